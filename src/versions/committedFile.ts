import { posix } from "node:path";
import { DualRegistryError } from "../base/errors";
import { gitBytes, gitFailed } from "../base/git";
import { quoted } from "../base/text/quote";
import { ask, type Clone } from "./repository";

/** A file of a commit, with its text. */
export interface CommittedFile {
  path: string;
  mode: string;
  text: string;
}

/** A path below the repository's root. @throws DualRegistryError USAGE for one that leads out of the project's folder */
export function pathBelow({ prefix }: Clone, path: string): string {
  const below = posix.normalize(path);
  if (posix.isAbsolute(below) || below === ".." || below.startsWith("../")) {
    const allowed = "allowed: a path below the project's folder, such as deploy/Chart.yaml";
    throw new DualRegistryError("USAGE", `--chart ${quoted(path)} leads out of the project's folder; ${allowed}`);
  }
  return `${prefix}${below}`;
}

/** A file of a commit; undefined where it is not there. @throws DualRegistryError CONTENT_INVALID for no plain file */
export async function fileAt(
  clone: Clone,
  commit: string,
  path: string,
  limit: number,
): Promise<CommittedFile | undefined> {
  const listed = await ask(clone, ["ls-tree", "-z", "--full-tree", "--long", commit, "--", path]);
  const [, mode = "", type = "", id = "", size = ""] =
    /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t/.exec(listed.split("\0").find((line) => line.endsWith(`\t${path}`)) ?? "") ??
    [];
  if (id === "") return undefined;
  const refuse = (why: string) => new DualRegistryError("CONTENT_INVALID", `${quoted(path)} ${why}`);
  if (type !== "blob" || !mode.startsWith("100")) throw refuse("is a link or a folder; wanted: a file of its own");
  if (Number(size) > limit) throw refuse(`has ${size} bytes; allowed: at most ${limit}`);
  try {
    const bytes = await gitBytes(clone.folder, ["cat-file", "blob", id]);
    return { path, mode, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) throw refuse("is not UTF-8");
    throw gitFailed(`${quoted(path)} cannot be read`, error);
  }
}
