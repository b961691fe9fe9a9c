/** Milliseconds. */
export const HOUR_MS = 60 * 60 * 1000;
/** Milliseconds. */
export const DAY_MS = 24 * HOUR_MS;

/** How far another machine's clock may be ahead of this one's, in milliseconds. */
export const CLOCK_SKEW = 5 * 60 * 1000;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A time of RFC 3339 in UTC; undefined for anything else. */
export function utcTime(text: unknown): string | undefined {
  if (typeof text !== "string" || !TIME.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** True for a day of the calendar, written as 2027-01-31. */
export function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}
