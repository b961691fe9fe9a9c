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
