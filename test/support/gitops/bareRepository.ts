import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const PERSON = { GIT_AUTHOR_NAME: "Test", GIT_AUTHOR_EMAIL: "test@example.com" };

/** A GitOps repository as a server has it: bare, on disk, with hooks. */
export class BareRepository {
  readonly root = mkdtempSync(join(tmpdir(), "dualreg-bare-"));
  readonly folder = join(this.root, "deploy.git");
  private readonly work = join(this.root, "work");

  constructor(files: Readonly<Record<string, string>> = { "README.md": "# Deploy\n" }) {
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", this.folder]);
    this.git("config", "uploadpack.allowFilter", "true");
    this.git("config", "receive.advertisePushOptions", "true");
    execFileSync("git", ["clone", "--quiet", this.folder, this.work], { stdio: "ignore" });
    this.inWork("symbolic-ref", "HEAD", "refs/heads/main");
    this.commit(files);
  }

  get address(): string {
    return `file://${this.folder}`;
  }

  /** Runs git in the bare repository. */
  git(...args: readonly string[]): string {
    return execFileSync("git", [...args], { cwd: this.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Runs git in somebody's clone of it. */
  inWork(...args: readonly string[]): string {
    const env = { ...process.env, ...PERSON, GIT_COMMITTER_NAME: "Test", GIT_COMMITTER_EMAIL: "test@example.com" };
    return execFileSync("git", [...args], { cwd: this.work, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env });
  }

  get workFolder(): string {
    return this.work;
  }

  /** Commits files to a branch as somebody does who works on the repository. @returns the commit */
  commit(files: Readonly<Record<string, string>>, message = "Change files", branch = "main"): string {
    if (this.branches().size > 0) {
      this.inWork("fetch", "--quiet", "origin");
      this.inWork("checkout", "--quiet", "-B", branch, `origin/${branch}`);
    }
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.work, name)), { recursive: true });
      writeFileSync(join(this.work, name), text);
    }
    this.inWork("add", "--all");
    this.inWork("commit", "--quiet", "--allow-empty", "-m", message);
    this.inWork("push", "--quiet", "origin", branch);
    return this.inWork("rev-parse", "HEAD").trim();
  }

  /** Branches with their commits. */
  branches(): Map<string, string> {
    const listed = this.git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads");
    const rows = listed.split("\n").filter((line) => line !== "");
    return new Map(rows.map((line) => [line.slice(0, line.lastIndexOf(" ")), line.slice(line.lastIndexOf(" ") + 1)]));
  }

  /** A file of a branch. */
  show(path: string, branch = "main"): string {
    return this.git("show", `${branch}:${path}`);
  }

  /** Merges a branch into main, as its forge does. */
  merge(branch: string): void {
    this.inWork("fetch", "--quiet", "--prune", "origin");
    this.inWork("checkout", "--quiet", "-B", "main", "origin/main");
    this.inWork("merge", "--quiet", "--no-ff", "-m", `Merge ${branch}`, `origin/${branch}`);
    this.inWork("push", "--quiet", "origin", "main", `:${branch}`);
  }

  /** Lets a script of the server run, such as `pre-receive`. */
  hook(name: string, script: string): void {
    const file = join(this.folder, "hooks", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
