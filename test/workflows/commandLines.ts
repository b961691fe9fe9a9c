import { STEPS } from "./read";

/** A command of ours in a workflow: its words, as the shell would hand them over. */
export interface CommandLine {
  where: string;
  words: readonly string[];
}

const START = "node bin/dualreg.js ";

/** What variables stand for, where a command takes certain words only. Anything else is "value". */
const SAMPLES: Readonly<Record<string, string>> = { STAGE: "qa", TO: "qa", CLASS: "secure" };

const sample = (text: string): string =>
  text
    .replace(/\$\(.*?\)/g, "value")
    .replace(/\$\{?([A-Za-z_]+)(?:\[@\])?\}?/g, (_, name: string) => SAMPLES[name] ?? "value");

/** `${x:+--image "${x[@]}"}` is nothing or its words: here they count, since the command must take them. */
const optional = (line: string): string => line.replace(/\$\{\w+:\+((?:[^{}]|\$\{[^}]*\})*)\}/g, "$1");

/** The words up to the end of the command: a pipe, a redirection, a list's next part, or a closing bracket. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  const token = /\s*(?:("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'|;&<>()]+(?:"[^"]*")?)|([|;&<>()]))/gy;
  for (let found = token.exec(line); found !== null; found = token.exec(line)) {
    const [, word, end] = found;
    if (end !== undefined || word === undefined) break;
    words.push(sample(word.replace(/["']/g, "")));
  }
  return words;
}

/** The commands of ours in the lines of one step. */
export function commandsIn(run: string): string[][] {
  const lines = optional(run.replace(/\\\n\s*/g, " ")).split("\n");
  return lines.flatMap((line) => line.split(START).slice(1).map(wordsOf));
}

/** Every command of ours that a workflow runs. */
export const COMMAND_LINES: readonly CommandLine[] = STEPS.flatMap(({ step, name }) =>
  commandsIn(step.run ?? "").map((words) => ({ where: name, words })),
);
