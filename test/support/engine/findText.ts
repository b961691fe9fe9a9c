import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The files below a folder that hold one of the texts; links are not followed. */
export function filesHolding(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesHolding(path, texts);
    if (!entry.isFile() || statSync(path).size === 0) return [];
    const content = readFileSync(path, "latin1");
    return texts.some((text) => content.includes(text)) ? [path] : [];
  });
}

/** A text as it may stand in a file: open, or in base64, whose end depends on what follows. */
export function disguises(text: string): string[] {
  return [text, Buffer.from(text).toString("base64").replace(/=+$/, "").slice(0, -1)];
}
