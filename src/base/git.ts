import { execFile } from "node:child_process";
import { DualRegistryError } from "./errors";
import { quoted } from "./text/quote";

/** Variables that point git at another repository than the one a folder stands in, as hooks set them. */
const REPOSITORY_VARIABLES = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"];

/** What a run of git is given beside its words. */
export interface GitOptions {
  /** Further variables, such as an index of one's own. */
  env?: Readonly<Record<string, string>>;
  /** Standard input. @default nothing */
  input?: string | Buffer;
}

/** Bytes of the longest answer that is taken. */
const MAX_ANSWER = 64 * 1024 * 1024;

/**
 * Runs git in a folder and returns what it prints, byte for byte.
 *
 * @throws the child's error, with git's own words in `stderr`
 */
export function gitBytes(folder: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const inherited = Object.entries(process.env).filter(([name]) => !REPOSITORY_VARIABLES.includes(name));
  const env = { ...Object.fromEntries(inherited), ...options.env };
  return new Promise((resolve, reject) => {
    const settings = { cwd: folder, env, maxBuffer: MAX_ANSWER, encoding: "buffer" } as const;
    const child = execFile("git", [...args], settings, (error, stdout, stderr) => {
      const failure: Error | null = error && Object.assign(error, { stderr: stderr.toString("utf8") });
      if (failure) reject(failure);
      else resolve(stdout);
    });
    // A git that ends before it has read everything says why by its exit.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}

/** As {@link gitBytes}, as text. */
export async function git(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return (await gitBytes(folder, args, { env })).toString("utf8");
}

/** The last words of a child that failed. */
export function lastWords(error: unknown): string {
  const said = error instanceof Error && "stderr" in error && typeof error.stderr === "string" ? error.stderr : "";
  const text = said.trim() === "" && error instanceof Error ? error.message : said;
  return text.trim().split("\n").slice(-5).join("\n");
}

/** The error of a git that failed, with its own words. @param what was tried, as a sentence begins */
export const gitFailed = (what: string, error: unknown): DualRegistryError =>
  new DualRegistryError("CONTENT_INVALID", `${what}: git says ${quoted(lastWords(error), 500)}`, { cause: error });
