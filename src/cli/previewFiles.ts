import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DualRegistryError } from "../errors";
import type { Recordings, RenderOptions } from "../preview/render/render";
import { RENDERERS, type Format } from "../preview/render/renderers";

/**
 * Writes `<stage>.<extension>` for each stage, `index.html` over all of them for HTML, and `changes.<extension>` where
 * there is a review. The folder is made; files of the same names are overwritten, others stay.
 *
 * @returns the names as they were written, in the order of the stages
 * @throws DualRegistryError USAGE when the folder or a file cannot be written
 */
export async function writeFiles(
  dir: string,
  format: Format,
  recordings: Recordings,
  { review, ...options }: RenderOptions,
): Promise<readonly string[]> {
  const { extension, render, changes } = RENDERERS[format];
  const all = review === undefined ? options : { ...options, review };
  const files = [
    ...[...recordings].map(([stack, recording]) => [stack, render(new Map([[stack, recording]]), options)] as const),
    ...(format === "html" ? [["index", render(recordings, all)] as const] : []),
    ...(review === undefined ? [] : [["changes", changes(review, options)] as const]),
  ].map(([name, text]) => ({ file: join(dir, `${name}.${extension}`), text }));
  try {
    await mkdir(dir, { recursive: true });
    for (const { file, text } of files) await writeFile(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DualRegistryError("USAGE", `Cannot write to --out "${dir}": ${reason}`, { cause: error });
  }
  return files.map(({ file }) => file);
}
