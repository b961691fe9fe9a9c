const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** Bytes for people: 1.4 GB. Units are of 1,000. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[power] ?? ""}`;
}

/** A time for people: 820 ms, 3.4 s, 2 min 5 s. */
export function timeText(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** What has flowed, how fast, and how long it will take: "312 MB of 1.0 GB, 410 MB/s, 2 s left". */
export function flowText(done: number, total: number, milliseconds: number): string {
  const rate = milliseconds > 0 ? (done / milliseconds) * 1_000 : 0;
  const of = total > 0 ? ` of ${bytesText(total)}` : "";
  const left = rate > 0 && total > done ? `, ${timeText(((total - done) / rate) * 1_000)} left` : "";
  return `${bytesText(done)}${of}, ${bytesText(rate)}/s${left}`;
}
