import type { Job, Workflow } from "./read";

/** What a called workflow's inputs are where its caller names none: their defaults. */
export const defaultsOf = ({ on }: Workflow): Record<string, string> => {
  const { inputs = {} } = (on["workflow_call"] ?? {}) as { inputs?: Record<string, { default?: unknown }> };
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { default: value }]) => [name, typeof value === "string" ? value : ""]),
  );
};

/** True for a job or step that these inputs leave out: what no caller gave is empty, and what one computes may be so. */
export const isNever = ({ if: condition }: Pick<Job, "if">, inputs: Readonly<Record<string, string>>): boolean =>
  !String(condition ?? "").includes("||") &&
  [...String(condition ?? "").matchAll(/(?:^|&& |\{\{ )inputs\.([\w-]+) != ''(?= &&| \}\}|$)/g)].some(
    ([, name = ""]) => inputs[name] === "",
  );

/** A text with the inputs of a called workflow as its caller wrote them. */
export const traced = (text: string, inputs: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (whole, name: string) => inputs[name] ?? whole);
