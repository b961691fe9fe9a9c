import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The packages of this project, which the tiny programs use. */
const PACKAGES = resolve(__dirname, "..", "..", "node_modules");

/** A program of one component whose input is the text. */
function programOf(text: string): string {
  return `const pulumi = require("@pulumi/pulumi");
new pulumi.ComponentResource("sample:index:Thing", "thing", { text: ${JSON.stringify(text)} });
`;
}

/** The files of a tiny project; it installs nothing of its own. */
export function projectFiles(text: string, stages: readonly string[] = ["dev"]): Record<string, string> {
  return {
    "Pulumi.yaml": "name: sample\nruntime: nodejs\n",
    "package.json": '{ "name": "sample", "version": "1.0.0", "main": "index.js" }\n',
    "package-lock.json":
      '{ "name": "sample", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": { "": { "name": "sample", "version": "1.0.0" } } }\n',
    "index.js": programOf(text),
    ".gitignore": "node_modules\n.cache/\n",
    ...Object.fromEntries(stages.map((stage) => [`Pulumi.${stage}.yaml`, "config: {}\n"])),
  };
}

/** A real repository in the temporary folder. */
export class GitProject {
  readonly root = mkdtempSync(join(tmpdir(), "dualreg-git-"));

  /** @param below folder of the project below the repository's root */
  constructor(readonly below = "") {
    this.git("init", "--quiet", "--initial-branch=main");
  }

  get projectDir(): string {
    return join(this.root, this.below);
  }

  /** Writes files of the project, and links the packages. */
  write(files: Record<string, string>): this {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.projectDir, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return this;
  }

  link(): this {
    symlinkSync(PACKAGES, join(this.projectDir, "node_modules"));
    return this;
  }

  commit(): string {
    this.git("add", "--all");
    this.git(
      "-c",
      "user.name=Test",
      "-c",
      "user.email=test@example.com",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "x",
    );
    return this.git("rev-parse", "HEAD").trim();
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", [...args], { cwd: this.root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
