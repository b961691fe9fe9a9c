import { defined } from "../base/defined";
import { formatJson } from "../base/json";
import { escapeUnsafeLines } from "../base/text/unsafe";

/** How a check ended. A warning can be lived with; what needs something that failed is skipped. */
export type Status = "ok" | "warning" | "problem" | "skipped";

/** What one check found. */
export interface Finding {
  /** `<check>` or `<check>.<stage>`; never changes its meaning. */
  id: string;
  status: Status;
  /** What was found, in words; further lines are details. Never a secret. */
  found: string;
  /** What to run or to do about it, a command a line; absent where there is nothing to do. */
  remedy?: string;
}

/** All is well. */
export function ok(id: string, found: string): Finding {
  return { id, status: "ok", found };
}

/** Works, but is not as it should stay. */
export function warning(id: string, found: string, remedy?: string): Finding {
  return { id, status: "warning", found, ...defined({ remedy }) };
}

/** Stops `pulumi up`, or makes it do the wrong thing. */
export function problem(id: string, found: string, remedy: string): Finding {
  return { id, status: "problem", found, remedy };
}

/** Could not be looked at; `reason` names what failed before. */
export function skipped(id: string, reason: string, remedy?: string): Finding {
  return { id, status: "skipped", found: reason, ...defined({ remedy }) };
}

const MARKS: Readonly<Record<Status, string>> = { ok: "✔", problem: "✖", warning: "▲", skipped: "–" };

/** ANSI colour codes: green, red, yellow, grey. */
const COLORS: Readonly<Record<Status, number>> = { ok: 32, problem: 31, warning: 33, skipped: 90 };

/** One line a check, its details and its remedy indented below, and how many problems there are. */
export function reportText(findings: readonly Finding[], color: boolean): string {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[39m` : text);
  const width = Math.max(0, ...findings.map(({ id }) => id.length));
  const lines = findings.flatMap(({ id, status, found, remedy }) => {
    const [head = "", ...details] = escapeUnsafeLines(found).split("\n");
    const commands =
      remedy === undefined
        ? []
        : escapeUnsafeLines(remedy)
            .split("\n")
            .map((command) => `    → ${command}`);
    const mark = paint(COLORS[status], MARKS[status]);
    return [`${mark} ${id.padEnd(width)}  ${head}`, ...details.map((detail) => `    ${detail}`), ...commands];
  });
  return [...lines, "", summary(findings), ""].join("\n");
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Status) => findings.filter((finding) => finding.status === status).length;
  const some = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  return `${some(count("problem"), "problem")}, ${some(count("warning"), "warning")}, ${count("skipped")} skipped`;
}

/** `{ version: 1, checks: [{ id, status, found, remedy? }] }`. */
export function reportJson(findings: readonly Finding[]): string {
  const checks = findings.map(({ id, status, found, remedy }) => ({ id, status, found, remedy }));
  return formatJson({ version: 1, checks });
}
