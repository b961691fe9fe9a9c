/**
 * Text as lines of at most so many characters, broken between words; a longer word stays whole, so that it can be copied.
 *
 * @param width at least one word a line, however small; undefined: one line
 */
export function wrapText(text: string, width?: number): readonly string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
