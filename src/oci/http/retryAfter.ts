import type { HttpAnswer } from "./transport";

/** What begins like a date: `Date.parse` alone reads a year even out of "-1". */
const DATE = /^(?:Mon|Tues?|Wed|Wednes|Thu|Thurs|Fri|Sat|Satur|Sun)(?:day)?,? /;

/**
 * How long a server asks to wait, in milliseconds. A date is taken relative to the server's own clock, which it sends
 * along: ours may differ. Source: RFC 9110, 10.2.3.
 *
 * @returns `undefined` where it says nothing readable
 */
export function retryAfter(answer: Pick<HttpAnswer, "header">, now = Date.now()): number | undefined {
  const value = answer.header("retry-after")?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const until = DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const theirs = Date.parse(answer.header("date") ?? "");
  return Math.max(0, until - (Number.isNaN(theirs) ? now : theirs));
}
