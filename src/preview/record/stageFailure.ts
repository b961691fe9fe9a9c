import type { ProgramExit } from "./runProgram";
import { EXIT_LOGGED } from "./runProgram";
import type { StageRecord } from "./stageRecord";

/** Why a stage could not be recorded. */
export interface StageFailure {
  stack: string;
  message: string;
  /** True when it failed only because a stage it refers to failed. */
  consequence: boolean;
}

/**
 * Decides whether a stage failed, and says why in the fewest words that are known: what the recorder refused, else what
 * the program logged as errors, else how its process ended and the end of what it wrote.
 *
 * @param passedSeconds the time limit, when that ended the program
 * @returns `undefined` when the program ended well, gave the stack's outputs, which is the last that Pulumi's runtime
 *   does, and nothing was refused
 */
export function explainFailure(
  record: StageRecord,
  exit: ProgramExit,
  passedSeconds: number | undefined,
): StageFailure | undefined {
  const { stack, refusals, consequences } = record;
  if (passedSeconds !== undefined) {
    const message = `The program registered nothing for ${passedSeconds} s and was ended: what does it wait for?`;
    return { stack, message: withOutput(message, exit), consequence: false };
  }
  if (exit.code === 0 && refusals.length === 0 && record.stackOutputs !== undefined) return undefined;
  const known = [...refusals, ...consequences];
  const errors = record.logs.filter((log) => log.severity === "error").map((log) => log.message);
  const others = errors.filter((error) => !known.some((message) => error.includes(message)));
  const consequence = consequences.length > 0 && refusals.length === 0 && others.length === 0;
  const messages = [...new Set([...known, ...others])];
  const told = messages.length > 0 && (exit.code === EXIT_LOGGED || exit.code === 0 || known.length > 0);
  if (told) return { stack, message: messages.join("\n"), consequence };
  const halfway = exit.code === 0 ? ", before it had given the stack's outputs" : "";
  const ending =
    exit.code === null ? "The program was ended by a signal" : `The program ended with code ${exit.code}${halfway}`;
  return { stack, message: withOutput([...messages, ending].join("\n"), exit), consequence };
}

function withOutput(message: string, exit: ProgramExit): string {
  const output = exit.output.trim();
  return output === "" ? message : `${message}\nIts last output:\n${output}`;
}
