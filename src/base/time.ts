/** How far another machine's clock may be ahead of this one's, in milliseconds. */
export const CLOCK_SKEW = 5 * 60 * 1000;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A time of RFC 3339 in UTC; undefined for anything else. */
export function utcTime(text: unknown): string | undefined {
  if (typeof text !== "string" || !TIME.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
