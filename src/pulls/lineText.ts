import { escapeUnsafe } from "../base/text/unsafe";
import type { PullLine } from "./line";

/** A line of the log as JSON on one line: every unsafe character is escaped, and it stays the same JSON. */
export const pullLineJson = (line: PullLine): string => `${escapeUnsafe(JSON.stringify(line))}\n`;

/** A line of the log for people. */
export function pullLineText(line: PullLine): string {
  const { time, verdict, reference, host, hostBasis, outcome, digest = "-", expectedClass = "-", why } = line;
  const who = [line.node, line.namespace, line.pod].filter((one) => one !== undefined).join("/") || "-";
  const asked = `${host} (${line.class ?? "unknown"}, by the ${hostBasis})`;
  const told = `${time} ${verdict} ${outcome} ${who} ${reference} ${digest} asked ${asked}, expected ${expectedClass}: ${why}`;
  return `${escapeUnsafe(told)}\n`;
}
