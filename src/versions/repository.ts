import { DualRegistryError } from "../base/errors";
import { git, gitBytes, gitFailed, type GitOptions, lastWords } from "../base/git";
import { hasCode } from "../base/file";
import { quoted } from "../base/text/quote";
import type { GitTag } from "../domain/flow/versionList";

/** A clone of the product's repository, and where the project stands in it. */
export interface Clone {
  /** The project's folder. */
  folder: string;
  /** The same below the repository's root, with a slash at its end; empty at the root. */
  prefix: string;
}

/**
 * Opens the repository that a folder stands in.
 *
 * @throws DualRegistryError USAGE where it stands in none, or there is no git
 */
export async function openClone(folder: string): Promise<Clone> {
  try {
    return { folder, prefix: (await git(folder, ["rev-parse", "--show-prefix"])).replace(/\n$/, "") };
  } catch (cause) {
    const missing = hasCode(cause, "ENOENT");
    const why = missing ? "git was not found, or the folder is not there" : quoted(lastWords(cause), 500);
    const remedy = missing ? "install git" : "run this in a clone of the product's repository, or name it by --project";
    throw new DualRegistryError("USAGE", `${quoted(folder)} cannot be read as a clone: ${why}; ${remedy}`, { cause });
  }
}

/**
 * All tags of a clone with the commits that they stand for; a tag of anything else than a commit is left out.
 *
 * @throws DualRegistryError CONTENT_INVALID
 */
export async function readTags(clone: Clone): Promise<GitTag[]> {
  const fields = ["refname:strip=2", "objecttype", "objectname", "*objecttype", "*objectname"];
  const format = `--format=${fields.map((field) => `%(${field})`).join("%09")}`;
  const text = await ask(clone, ["for-each-ref", format, "refs/tags"]);
  // A ref's name has neither tab nor line feed. Source: git-check-ref-format.
  return text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line): GitTag[] => {
      const [name = "", type, id = "", innerType, innerId = ""] = line.split("\t");
      if (type === "commit") return [{ name, commit: id }];
      return innerType === "commit" ? [{ name, commit: innerId }] : [];
    });
}

/**
 * What git answers in a clone, without the line feed at its end.
 *
 * @throws DualRegistryError CONTENT_INVALID with git's own words
 */
export async function ask({ folder }: Clone, args: readonly string[], options: GitOptions = {}): Promise<string> {
  try {
    return (await gitBytes(folder, args, options)).toString("utf8").replace(/\n$/, "");
  } catch (error) {
    throw gitFailed(`git ${args[0] ?? ""} failed`, error);
  }
}

/** Whether the history of a clone is cut off, so that what is older is not known here. */
export const isShallow = async (clone: Clone): Promise<boolean> =>
  (await ask(clone, ["rev-parse", "--is-shallow-repository"])) === "true";

/**
 * The whole commit that a revision stands for; undefined where there is none here.
 *
 * @throws DualRegistryError CONTENT_INVALID where git fails otherwise, such as for digits that several begin with
 */
export async function commitOf({ folder }: Clone, revision: string): Promise<string | undefined> {
  try {
    const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
    return (await git(folder, words)).trim();
  } catch (error) {
    // What is not there ends with 1. Source: git-rev-parse, --verify and --quiet.
    if (error instanceof Error && "code" in error && error.code === 1) return undefined;
    throw gitFailed(`${quoted(revision)} cannot be looked up`, error);
  }
}

/**
 * Makes an annotated tag in a clone. One that stands for the same commit already stays as it is.
 *
 * @returns whether it was made now
 * @throws DualRegistryError GATE_REFUSED where it stands for another commit, CONTENT_INVALID where git does not make it
 */
export async function makeTag(clone: Clone, tag: string, commit: string, message: string): Promise<boolean> {
  const stands = async (): Promise<boolean> => {
    const there = await commitOf(clone, `refs/tags/${tag}`);
    if (there === undefined || there === commit) return there === commit;
    const what = `Tag ${quoted(tag)} stands for ${there.slice(0, 12)}, and would be ${commit.slice(0, 12)}`;
    throw new DualRegistryError("GATE_REFUSED", `${what}; tags never move: take another version`);
  };
  if (await stands()) return false;
  try {
    await git(clone.folder, ["tag", "--annotate", `--message=${message}`, "--", tag, commit]);
    return true;
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (await stands()) return false;
    throw gitFailed(`Tag ${quoted(tag)} cannot be made`, error);
  }
}
