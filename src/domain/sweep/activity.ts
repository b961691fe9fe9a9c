import { DAY_MS } from "../../base/time";

/** Minutes that this machine's clock and the log's may differ. */
const CLOCK_MINUTES = 5;

/** Days without any event after which a log is taken to have been switched off, where nothing else is asked for. */
export const DEFAULT_MAX_GAP_DAYS = 7;

/** What the log of a registry says on one day. Times are ISO 8601. */
export interface LoggedDay {
  first: string;
  last: string;
  /** Absent on a day without one of its kind. */
  firstRepositoryEvent?: string;
  /** The log's own clock when it answered. */
  now: string;
}

/** What a log must reach over before anything is concluded from its silence. */
export interface Window {
  /** Days without a push or pull after which an image goes. */
  days: number;
  /** This machine's clock. */
  now: Date;
  maxGapDays: number;
  /** Categories that the stage sends to the log. */
  categories: readonly string[];
}

/** Begin of the time in which an image that stays must have been pushed or pulled. */
export const windowStart = ({ days, now }: Pick<Window, "days" | "now">): Date =>
  new Date(now.getTime() - days * DAY_MS);

/**
 * Why a log cannot say that nobody pulled an image in the window; empty where it can.
 *
 * @param logged the days with events, in any order, from well before the window on
 */
export function coverageProblems(logged: readonly LoggedDay[], window: Window): string[] {
  const missing = ["ContainerRegistryRepositoryEvents"].filter((category) => !window.categories.includes(category));
  const sent = missing.map((category) => `the stage sends no ${category} to it`);
  const days = [...logged].sort((a, b) => Date.parse(a.first) - Date.parse(b.first));
  const [first] = days;
  if (first === undefined) return [...sent, "it holds no event of the registry"];
  return [...sent, ...clockProblems(days, window), ...beginProblems(days, window), ...gapProblems(days, window)];
}

function clockProblems(days: readonly LoggedDay[], { now }: Window): string[] {
  const allowed = CLOCK_MINUTES * 60_000;
  const clock = days.map((day) => Date.parse(day.now)).find((at) => Math.abs(at - now.getTime()) > allowed);
  if (clock !== undefined) {
    const told = `its clock says ${new Date(clock).toISOString()}, this machine's ${now.toISOString()}`;
    return [`${told}: more than ${CLOCK_MINUTES} minutes apart`];
  }
  const late = days.find(({ last }) => Date.parse(last) > now.getTime() + allowed);
  return late === undefined ? [] : [`it holds an event dated ${late.last}, in the future`];
}

/** The log must hold a push or pull from before the window: then it was on, and nothing of the window has been dropped. */
function beginProblems(days: readonly LoggedDay[], window: Window): string[] {
  const start = windowStart(window);
  const times = days.flatMap(({ firstRepositoryEvent: at }) => (at === undefined ? [] : [Date.parse(at)]));
  const begin = Math.min(...times);
  if (begin <= start.getTime()) return [];
  const needed = `the last ${window.days} days begin at ${start.toISOString()}`;
  const remedy = `keep more days than ${window.days} in the workspace, and wait until it has them`;
  if (begin === Infinity) return [`it holds logins only, no push or pull: ${remedy}`];
  return [`its first push or pull is of ${new Date(begin).toISOString()}, and ${needed}: ${remedy}`];
}

function gapProblems(days: readonly LoggedDay[], { now, days: length, maxGapDays }: Window): string[] {
  const start = windowStart({ days: length, now }).getTime();
  const ends = [...days.slice(1).map(({ first }) => Date.parse(first)), now.getTime()];
  return days.flatMap(({ last }, at) => {
    const from = Date.parse(last);
    const to = ends[at] ?? now.getTime();
    if (to < start || to - from <= maxGapDays * DAY_MS) return [];
    const gap = `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
    return [`it is silent ${gap}: was it switched off? Say --max-gap ${Math.ceil((to - from) / DAY_MS)} if it was not`];
  });
}
