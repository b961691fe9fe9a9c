import { createTwoFilesPatch } from "diff";
import { lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { DualRegistryError } from "../../base/errors";
import { explainedDisk, readBounded } from "../../base/file";
import { quoted } from "../../base/text/quote";
import type { Io } from "../io";

/** Bytes of the longest file that is changed. */
const MAX_FILE = 4 * 1024 * 1024;

/** A file of a work tree that a command changes. */
export interface EditedFile {
  /** As it was given. */
  name: string;
  path: string;
  /** A byte order mark and the line ends stay in it. */
  text: string;
}

/**
 * Reads a file that is to be changed.
 *
 * @throws DualRegistryError USAGE for what is no file, such as a link; CONTENT_INVALID for what is no UTF-8
 */
export function readEdited(name: string, { cwd }: Pick<Io, "cwd">): EditedFile {
  const path = resolve(cwd, name);
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new DualRegistryError(
      "USAGE",
      `${quoted(name)} is no file; name a file of the work tree, not a link or folder`,
    );
  }
  const bytes = readBounded(path, MAX_FILE);
  try {
    return { name, path, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    throw new DualRegistryError("CONTENT_INVALID", `${quoted(name)} is not UTF-8; save it as UTF-8`);
  }
}

/** Puts another text in the place of a file's, whole or not at all; its mode stays. @throws DualRegistryError */
export function writeEdited({ path, name }: EditedFile, text: string): void {
  const next = `${path}.dualreg-${process.pid}`;
  try {
    writeFileSync(next, text, { mode: lstatSync(path).mode, flag: "wx" });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw explainedDisk(error, quoted(name));
  }
}

/** What changes in a file, as a patch; empty where nothing does. */
export function patchOf({ name, text }: EditedFile, changed: string): string {
  if (text === changed) return "";
  const below = name.replace(/^\/+/, "");
  return createTwoFilesPatch(`a/${below}`, `b/${below}`, text, changed, "", "", { context: 2 }).replace(/^=+\n/, "");
}
