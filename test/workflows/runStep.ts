import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { OWN_ACTIONS, WORKFLOWS } from "./read";

/** The folder in which the steps of a job run, with the programs that are not here taking notes instead. */
export class StepFolder {
  readonly path = mkdtempSync(join(tmpdir(), "dualreg-steps-"));

  /** Writes a file that steps before would have left. */
  put(file: string, content: string | object): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), typeof content === "string" ? content : JSON.stringify(content));
  }

  read(file: string): string {
    return existsSync(join(this.path, file)) ? readFileSync(join(this.path, file), "utf8") : "";
  }

  /** A program that notes its arguments, a line a call, in `<name>.calls`, and prints what it is told to. */
  standIn(name: string, prints: object | string = ""): void {
    this.put(`prints/${name}`, prints);
    const script = `#!/usr/bin/env bash\nprintf '%s|' "$@" >> "${this.path}/${name}.calls"; echo >> "${this.path}/${name}.calls"\ncat "${this.path}/prints/${name}"\n`;
    this.put(`programs/${name}`, script);
    chmodSync(join(this.path, "programs", name), 0o755);
  }

  /** What a program was called with. */
  calls(name: string): string[][] {
    return this.read(`${name}.calls`)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("|").slice(0, -1));
  }

  /** Runs the step of that name. */
  run(file: string, job: string, step: RegExp, env: Readonly<Record<string, string>> = {}): void {
    const steps = WORKFLOWS.find((each) => each.file === file)?.jobs[job]?.steps ?? [];
    const found = steps.find(({ name, run }) => run !== undefined && step.test(String(name)));
    if (found?.run === undefined) throw new Error(`${file} ${job} has no step ${String(step)}`);
    this.bash(found.run, env, `${file} ${job}`);
  }

  /** Runs the lines of one of our own actions, with what its inputs become as variables. */
  act(name: string, env: Readonly<Record<string, string>>): void {
    for (const { run } of OWN_ACTIONS[name]?.runs.steps ?? []) if (run !== undefined) this.bash(run, env, name);
  }

  /** Runs lines as GitHub does: by bash, which ends at the first failure. */
  bash(lines: string, env: Readonly<Record<string, string>> = {}, name = "the step"): void {
    const { status, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", lines], {
      cwd: this.path,
      encoding: "utf8",
      env: {
        PATH: `${join(this.path, "programs")}:${process.env["PATH"] ?? ""}`,
        GITHUB_OUTPUT: join(this.path, "output"),
        GITHUB_ENV: join(this.path, "env"),
        GITHUB_STEP_SUMMARY: join(this.path, "summary"),
        TMPDIR: this.path,
        ...env,
      },
    });
    if (status !== 0) throw new Error(`${name} ended with ${String(status)}: ${stderr}`);
  }

  end(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
