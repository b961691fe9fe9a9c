const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** Bytes for people: 1.4 GB. Units are of 1,000. */
export function bytesText(bytes: number): string {
  let [value, power] = [bytes, 0];
  for (; value >= 999.5 && power < UNITS.length - 1; power++) value /= 1_000;
  return `${value.toFixed(power === 0 || value >= 99.95 ? 0 : 1)} ${UNITS[power] ?? ""}`;
}

/** A time for people: 820 ms, 3.4 s, 2 min 5 s. */
export function timeText(milliseconds: number): string {
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** What has flowed, and how fast: "312 MB of 1.0 GB, 410 MB/s". */
export function flowedText(done: number, total: number, milliseconds: number): string {
  const of = total > 0 ? ` of ${bytesText(total)}` : "";
  return `${bytesText(done)}${of}, ${bytesText(rateOf(done, milliseconds))}/s`;
}

/** The same while it flows, with the time it will take: "312 MB of 1.0 GB, 410 MB/s, 2.0 s left". */
export function flowText(done: number, total: number, milliseconds: number): string {
  const rate = rateOf(done, milliseconds);
  const left = rate > 0 && total > done ? `, ${timeText(((total - done) / rate) * 1_000)} left` : "";
  return `${flowedText(done, total, milliseconds)}${left}`;
}

/** Bytes a second. */
const rateOf = (done: number, milliseconds: number): number => (milliseconds > 0 ? (done / milliseconds) * 1_000 : 0);
