import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DualRegistryError } from "../../base/errors";
import { git, gitBytes } from "../../base/git";
import { quoted } from "../../base/text/quote";
import type { Secrets } from "../../base/text/redact";
import type { GitOpsRepository } from "../../domain/gitops";
import { gitError, gitVariables, secretsOfRepository, type Variables } from "./access";
import { isAsMade, sealedMessage } from "./seal";

/** Bytes of the largest file that is read. */
const MAX_FILE = 8 * 1024 * 1024;

const REGULAR = /^100(?:644|755)$/;

/** What an entry is that is no file, by its mode. Source: git-fast-import(1), "filemodify". */
const ODDITIES: Readonly<Record<string, string>> = {
  "120000": "a symbolic link, which may lead anywhere",
  "160000": "a submodule",
  "040000": "a folder",
};

interface Entry {
  mode: string;
  object: string;
}

/** Options of a push beside its branch. */
export interface PushOptions {
  /** The commit that the branch has now; undefined where there is none. A branch that moved meanwhile is not touched. */
  expected: string | undefined;
  /** Push options, as GitLab reads them. */
  options?: readonly string[];
}

/**
 * A GitOps repository on its way: a bare clone of one branch in a temporary folder, shallow and without what nobody reads,
 * so that its size matters little. There is no work tree: nothing of it is ever run, followed or left behind.
 */
export class GitOpsClone {
  private constructor(
    readonly repository: GitOpsRepository,
    private readonly folder: string,
    /** The commit that the branch had when it was read. */
    readonly base: string,
    private readonly variables: Readonly<Record<string, string>>,
    private readonly secrets: Secrets,
  ) {}

  /** @throws DualRegistryError NOT_FOUND for a branch that is not there, GIT_AUTH, GIT_UNAVAILABLE */
  static async open(repository: GitOpsRepository, env: Variables): Promise<GitOpsClone> {
    const folder = mkdtempSync(join(tmpdir(), "dualreg-gitops-"));
    const [variables, secrets] = [gitVariables(repository, env), secretsOfRepository(repository, env)];
    const { address, branch } = repository;
    try {
      const thin = ["--bare", "--depth=1", "--filter=blob:none", "--single-branch", "--no-tags", "--template="];
      await git(folder, ["clone", "--quiet", ...thin, `--branch=${branch}`, "--", address, "clone.git"], variables);
      const clone = join(folder, "clone.git");
      const base = (await git(clone, ["rev-parse", "--verify", `refs/heads/${branch}^{commit}`], variables)).trim();
      return new GitOpsClone(repository, clone, base, variables, secrets);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      if (error instanceof Error && "stderr" in error && /Remote branch .* not found/.test(String(error.stderr))) {
        const message = `${address} has no branch ${quoted(branch)}; allowed: the branch that is deployed from`;
        throw new DualRegistryError("NOT_FOUND", message, { cause: secrets.scrubError(error) });
      }
      throw gitError("Cannot read the repository", error, repository, secrets);
    }
  }

  close(): void {
    rmSync(join(this.folder, ".."), { recursive: true, force: true });
  }

  private run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    return git(this.folder, args, { ...this.variables, ...env });
  }

  /** As {@link run}, over the network. @param what fails where it does, as a sentence begins */
  private async talk(what: string, args: readonly string[]): Promise<string> {
    try {
      return await this.run(args);
    } catch (error) {
      throw gitError(what, error, this.repository, this.secrets);
    }
  }

  private async entry(commit: string, path: string): Promise<Entry | undefined> {
    const listed = await this.run(["ls-tree", "-z", "--full-tree", commit, "--", path]);
    const [, mode, object] = /^(\d{6}) [a-z]+ ([0-9a-f]+)\t/.exec(listed) ?? [];
    return mode === undefined || object === undefined ? undefined : { mode, object };
  }

  /**
   * A file's text; undefined where there is none.
   *
   * @param commit default: the branch as it was read
   * @throws DualRegistryError CONTENT_INVALID for a link, a folder, a path below a link, a file that is too large or not UTF-8
   */
  async read(path: string, commit = this.base): Promise<string | undefined> {
    const found = await this.entry(commit, path);
    if (found === undefined) {
      await this.refuseDetours(path, commit);
      return undefined;
    }
    const what = `${quoted(path)} of ${this.repository.address}`;
    if (!REGULAR.test(found.mode)) throw invalid(`${what} is ${ODDITIES[found.mode] ?? "no file"}; allowed: a file`);
    try {
      const bytes = await gitBytes(this.folder, ["cat-file", "blob", found.object], { env: this.variables });
      if (bytes.length > MAX_FILE) throw invalid(`${what} is larger than ${MAX_FILE} bytes; split it`);
      // A byte order mark belongs to the file, and stays.
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      if (error instanceof DualRegistryError) throw error;
      if (error instanceof TypeError) throw invalid(`${what} is not UTF-8; allowed: UTF-8`);
      throw gitError(`Cannot read ${quoted(path)}`, error, this.repository, this.secrets);
    }
  }

  /** A file that is to be made must not stand below a link or a file. */
  private async refuseDetours(path: string, commit: string): Promise<void> {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const above = parts.slice(0, depth).join("/");
      const found = await this.entry(commit, above);
      if (found === undefined) return;
      if (found.mode === "040000") continue;
      const what = ODDITIES[found.mode] ?? "a file";
      throw invalid(`${quoted(above)} of ${this.repository.address} is ${what}, and ${quoted(path)} is below it`);
    }
  }

  /** The commits that a commit was made on, also where those are not here. */
  async parents(commit: string): Promise<string[]> {
    const [head = ""] = (await this.run(["cat-file", "commit", commit])).split("\n\n", 1);
    return head.split("\n").flatMap((line) => (line.startsWith("parent ") ? [line.slice("parent ".length)] : []));
  }

  /** A commit's message. */
  message(commit: string): Promise<string> {
    return this.run(["log", "-1", "--format=%B", commit]);
  }

  /**
   * Makes one commit on top of the branch as it was read, of these files' texts. The last line of its message seals it for
   * {@link isAsMade}.
   */
  async commit(files: ReadonlyMap<string, string>, message: string): Promise<string> {
    const index = { GIT_INDEX_FILE: join(this.folder, "..", "index") };
    await this.run(["read-tree", this.base], index);
    for (const [path, text] of files) {
      const mode = (await this.entry(this.base, path))?.mode ?? "100644";
      const object = await this.object(text, ["-w"]);
      await this.run(["update-index", "--add", "--cacheinfo", `${mode},${object},${path}`], index);
    }
    // What the clone left out is at the other side.
    const tree = (await this.run(["write-tree", "--missing-ok"], index)).trim();
    const committer = await this.run(["var", "GIT_COMMITTER_IDENT"]);
    const input = sealedMessage({ tree, parents: [this.base], committer, message });
    const options = { env: this.variables, input };
    const made = await gitBytes(this.folder, ["commit-tree", tree, "-p", this.base, "-F", "-"], options);
    return made.toString().trim();
  }

  /** True for a commit of {@link commit}'s that nobody changed. */
  async isAsMade(commit: string): Promise<boolean> {
    return isAsMade(await this.run(["cat-file", "commit", commit]));
  }

  /** The name of a text as git keeps it. */
  private async object(text: string, more: readonly string[] = []): Promise<string> {
    const options = { env: this.variables, input: Buffer.from(text, "utf8") };
    return (await gitBytes(this.folder, ["hash-object", ...more, "--stdin"], options)).toString().trim();
  }

  /**
   * Whether a commit adds these texts to the branch, and nothing else: what a request of it shows, and a merge brings. Files
   * keep their modes. Where the branch moved on meanwhile, its history is fetched, without folders and files.
   *
   * @param branch the commit's own
   * @param files `needed`: the branch does not say it as it was read, so that the commit must
   */
  async addsExactly(
    commit: string,
    branch: string,
    { files, needed }: { files: ReadonlyMap<string, string>; needed: Iterable<string> },
  ): Promise<boolean> {
    const [parent, ...others] = await this.parents(commit);
    const isNext = parent === this.base && others.length === 0;
    if (!isNext) await this.fetchHistory(branch);
    const [from, ...more] = isNext ? [this.base] : await this.commonBases(commit);
    if (from === undefined || more.length > 0) return false;
    const listed = await this.run(["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", from, commit]);
    const rows = listed.split("\0");
    const seen = new Set<string>();
    for (let at = 0; at + 1 < rows.length; at += 2) {
      const [, old = "", mode = "", object] =
        /^:(\d{6}) (\d{6}) [0-9a-f]+ ([0-9a-f]+) [AM]$/.exec(rows[at] ?? "") ?? [];
      const path = rows[at + 1] ?? "";
      const text = files.get(path);
      if (text === undefined || mode !== (old === "000000" ? "100644" : old) || object !== (await this.object(text))) {
        return false;
      }
      seen.add(path);
    }
    return [...needed].every((path) => seen.has(path));
  }

  private async fetchHistory(branch: string): Promise<void> {
    const how = (await this.isWhole()) ? [] : ["--unshallow"];
    const refs = [this.repository.branch, branch].map((name) => `+refs/heads/${name}:refs/dualreg-history/${name}`);
    const words = ["fetch", "--quiet", ...how, "--filter=tree:0", "--no-tags", "origin", ...refs];
    await this.talk(`Cannot read the history of ${quoted(branch)}`, words);
  }

  /** The commits that the branch and a commit parted at; none where they have nothing in common. */
  private async commonBases(commit: string): Promise<string[]> {
    try {
      return (await this.run(["merge-base", "--all", this.base, commit])).split("\n").filter((line) => line !== "");
    } catch {
      return [];
    }
  }

  /** The branches of the remote whose names begin so, with their commits. */
  async remoteBranches(prefix: string): Promise<Map<string, string>> {
    const words = ["ls-remote", "--quiet", "origin", `refs/heads/${prefix}*`];
    const listed = await this.talk("Cannot list the branches", words);
    const rows = listed.split("\n").flatMap((line) => {
      const [, commit, name] = /^([0-9a-f]+)\trefs\/heads\/(.+)$/.exec(line) ?? [];
      return commit !== undefined && name?.startsWith(prefix) === true ? [[name, commit] as const] : [];
    });
    return new Map(rows);
  }

  /** Fetches a branch of the remote as shallow as the own. @returns its commit */
  async fetch(branch: string): Promise<string> {
    const ref = `refs/dualreg/${branch}`;
    const thin = ["--quiet", "--depth=1", "--filter=blob:none", "--no-tags"];
    await this.talk(`Cannot read the branch ${quoted(branch)}`, [
      ...["fetch", ...thin, "origin", `+refs/heads/${branch}:${ref}`],
    ]);
    return (await this.run(["rev-parse", "--verify", `${ref}^{commit}`])).trim();
  }

  /**
   * Pushes a commit to a branch of its own.
   *
   * @throws DualRegistryError GIT_REFUSED by a hook, a rule, or where the branch moved; GIT_AUTH; GIT_UNAVAILABLE
   */
  async push(branch: string, commit: string, { expected, options = [] }: PushOptions): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const words = options.map((option) => `--push-option=${option}`);
    const lease = `--force-with-lease=${ref}:${expected ?? ""}`;
    await this.talk(`Cannot push the branch ${quoted(branch)}`, [
      ...["push", "--quiet", "--no-verify", lease, ...words, "origin", `${commit}:${ref}`],
    ]);
  }

  /** Deletes a branch of the remote, unless it moved. */
  async deleteBranch(branch: string, expected: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const words = ["push", "--quiet", "--no-verify", `--force-with-lease=${ref}:${expected}`, "origin", `:${ref}`];
    await this.talk(`Cannot delete the branch ${quoted(branch)}`, words);
  }

  /** Fetches so many commits of the branch; every one of them where that is not said. */
  async deepen(depth?: number): Promise<void> {
    if (await this.isWhole()) return;
    const how = depth === undefined ? "--unshallow" : `--depth=${depth}`;
    const { branch } = this.repository;
    const ref = `+refs/heads/${branch}:refs/dualreg-history/${branch}`;
    const words = ["fetch", "--quiet", how, "--filter=blob:none", "--no-tags", "origin", ref];
    await this.talk("Cannot read the branch's history", words);
  }

  /** True where all commits before the branch's last are here. */
  async isWhole(): Promise<boolean> {
    return (await this.run(["rev-parse", "--is-shallow-repository"])).trim() !== "true";
  }

  /** The commits of the branch that are here and changed one of the files, the newest first. */
  async commitsOf(paths: readonly string[]): Promise<string[]> {
    const listed = await this.run(["log", "--format=%H", "--first-parent", this.base, "--", ...paths]);
    return listed.split("\n").filter((line) => line !== "");
  }

  /**
   * The whole name of a commit that the branch itself stood at; undefined for any other, those of branches that were merged
   * into it included: nothing deployed them.
   */
  async findInHistory(commit: string): Promise<string | undefined> {
    const verify = ["rev-parse", "--verify", "--quiet", `${commit}^{commit}`];
    const whole = (await this.run(verify).catch(() => "")).trim();
    const stood = await this.run(["rev-list", "--first-parent", this.base]);
    return whole !== "" && stood.split("\n").includes(whole) ? whole : undefined;
  }
}

const invalid = (message: string) => new DualRegistryError("CONTENT_INVALID", message);
