import pino, { type Logger } from "pino";
import { escapeUnsafeLines } from "../base/text/unsafe";

export type { Logger } from "pino";

/**
 * A log of one JSON object a line, whose texts hold no character that could act.
 *
 * @param write gets each line with its end
 */
export function consoleLog(write: (line: string) => void): Logger {
  const options = { base: { service: "dual-registry-console" }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, { write: (line) => write(escapeUnsafeLines(line)) });
}

/**
 * Writes the lines of one turn of the event loop at once: under load a call for each would cost more than the answer.
 * What is left when the process exits is written then.
 */
export function batched(write: (text: string) => void): (line: string) => void {
  let waiting = "";
  const flush = () => {
    const text = waiting;
    waiting = "";
    if (text !== "") write(text);
  };
  process.once("exit", flush);
  return (line) => {
    if (waiting === "") setImmediate(flush);
    waiting += line;
  };
}
