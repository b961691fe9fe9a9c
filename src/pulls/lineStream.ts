import { StringDecoder } from "node:string_decoder";

/** Characters of the longest line that is read; what is longer is counted and left out. */
const LONGEST_LINE = 64 * 1024;

/**
 * The lines of a stream, in memory of one line at most.
 *
 * @param onTooLong called for each line that is longer than that
 */
export async function* lineStream(
  input: AsyncIterable<Buffer | string>,
  onTooLong: () => void,
): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let skipping = false;
  const finish = (line: string): string | undefined => {
    const whole = !skipping && line.length <= LONGEST_LINE;
    if (!whole) onTooLong();
    skipping = false;
    return whole ? line.replace(/\r$/, "") : undefined;
  };
  for await (const part of input) {
    const pieces = (rest + (typeof part === "string" ? part : decoder.write(part))).split("\n");
    rest = pieces.pop() ?? "";
    for (const piece of pieces) {
      const line = finish(piece);
      if (line !== undefined) yield line;
    }
    if (rest.length > LONGEST_LINE) {
      skipping = true;
      rest = "";
    }
  }
  if (rest !== "" || skipping) {
    const line = finish(rest);
    if (line !== undefined) yield line;
  }
}
