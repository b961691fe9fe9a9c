import { DualRegistryError } from "../../base/errors";
import { git, lastWords } from "../../base/git";
import { quoted } from "../../base/text/quote";
import { isUnsafe } from "../../base/text/unsafe";

/** The commit a base stands for, and where the project stands in it. */
export interface BaseCommit {
  /** Full id of the commit. */
  sha: string;
  /** The project's folder below the repository's root, with a slash at its end; empty at the root itself. */
  prefix: string;
}

/**
 * Finds the commit of a ref.
 *
 * @throws DualRegistryError USAGE for a ref that git would take for an option; BASE_UNUSABLE for a folder that is in no
 * repository, and for a ref or commit that is not there
 */
export async function resolveBase(projectDir: string, ref: string): Promise<BaseCommit> {
  if (ref === "" || ref.startsWith("-") || isUnsafe(ref)) {
    const message = `Cannot use ${quoted(ref)} as --base: a ref is a branch, a tag or a commit, such as "main".`;
    throw new DualRegistryError("USAGE", message);
  }
  const prefix = await findPrefix(projectDir);
  try {
    const sha = await git(projectDir, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
    return { sha: sha.trim(), prefix };
  } catch (error) {
    throw unusable(await missing(projectDir, ref), error);
  }
}

/** True when the commit has the file. */
export async function hasFile(projectDir: string, sha: string, path: string): Promise<boolean> {
  return git(projectDir, ["cat-file", "-e", `${sha}:${path}`]).then(
    () => true,
    () => false,
  );
}

/** The error of a base that cannot be used; its message names cause and remedy. */
export function unusable(message: string, cause?: unknown): DualRegistryError {
  return new DualRegistryError("BASE_UNUSABLE", message, { cause });
}

async function findPrefix(projectDir: string): Promise<string> {
  try {
    return (await git(projectDir, ["rev-parse", "--show-prefix"])).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw unusable(`Cannot read --base: git was not found, or "${projectDir}" is no folder. Install git.`, error);
    }
    if (/dubious ownership/.test(lastWords(error))) {
      throw unusable(`Cannot read --base: ${lastWords(error)}`, error);
    }
    const remedy = "Run the preview in a clone of the project, or leave --base out.";
    throw unusable(`Cannot read --base: "${projectDir}" is in no git repository. ${remedy}`, error);
  }
}

async function missing(projectDir: string, ref: string): Promise<string> {
  const what = `Cannot read --base ${JSON.stringify(ref)}: this clone has no such commit`;
  const shallow = await git(projectDir, ["rev-parse", "--is-shallow-repository"]).catch(() => "");
  if (shallow.trim() === "true") {
    return `${what}, and it is a shallow one. Run \`git fetch --unshallow\`; in a workflow set \`fetch-depth: 0\` on the checkout.`;
  }
  return `${what}. Name a branch, a tag or a commit that \`git log\` shows; a branch only the remote has is "origin/<name>".`;
}
