import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExitCode } from "../../../src/base/errors";
import type { Io } from "../../../src/cli/io";
import { check, type CheckOptions } from "../../../src/cli/release/check";
import { cut, type CutOptions } from "../../../src/cli/release/cut";
import { next } from "../../../src/cli/release/next";
import { request, type RequestOptions } from "../../../src/cli/release/request";
import { signOffs, type SignOffsOptions } from "../../../src/cli/release/signOffs";
import { tag, type TagOptions } from "../../../src/cli/release/tag";
import { runCommand } from "../io";
import type { Ran } from "../release/dualreg";
import { APP, type Company, PEOPLE } from "./company";
import type { Account } from "./state";
import { beginTagJob } from "./workflow";
import { example } from "../examples";

/** The stage files of a project in a folder, with the automation's App and what else is given among the gates; its checks of stages are left out. */
function projectCopy(from: string, more: string): string {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-flow-"));
  for (const file of readdirSync(from).filter((name) => /^Pulumi\..*yaml$/.test(name))) {
    const text = readFileSync(join(from, file), "utf8")
      .replace(/^ *automation: .*\n/m, "")
      .replace(/^ *stageChecks:\n.*\n/m, "");
    writeFileSync(
      join(dir, file),
      text.replace(/^( {2}gates:\n {4}value:\n)/m, `$1      automation: { app: ${APP} }\n${more}`),
    );
  }
  return dir;
}

/** The commands of the release flow in this process, as somebody runs them. */
export class FlowCommands {
  readonly project: string;
  private readonly flow;

  /**
   * @param gates further lines of the gates in Pulumi.yaml
   * @param from the project's folder
   */
  constructor(
    private readonly company: Company,
    gates = "",
    from = example("company"),
  ) {
    this.project = projectCopy(from, gates);
    // The stand-in of GitHub has one repository, whatever the project calls its own.
    this.flow = { project: this.project, repo: "company/orders", workflow: "tag.yml", format: "text" } as const;
  }

  check(name: string, options: Partial<CheckOptions> = {}): Promise<Ran> {
    return this.run((io) => check.run(name, { ...this.flow, ...options }, io));
  }

  /** As the job of the run that was approved for it, where all roles have approved; else at somebody's desk. */
  async tag(name: string, options: Partial<TagOptions> = {}, by?: Account): Promise<Ran> {
    const { state } = this.company.github;
    const run = state.runs.findLast(({ title, workflow }) => workflow === "tag.yml" && title.includes(` ${name} for `));
    const stage = /^Sign off \S+ for (\S+): /.exec(run?.title ?? "")?.[1];
    const end = run && stage !== undefined ? beginTagJob(state, run, stage) : undefined;
    const ran = await this.run((io) => tag.run(name, { ...this.flow, ...options }, io), by);
    end?.(ran.code === 0);
    return ran;
  }

  cut(branch: string | undefined, options: Partial<CutOptions>): Promise<Ran> {
    return this.run((io) => cut.run(branch, { ...this.flow, ...options }, io));
  }

  request(name: string, options: Partial<RequestOptions> = {}, by?: Account): Promise<Ran> {
    const env = { GITHUB_ACTOR: PEOPLE.releaser.login };
    return this.run((io) => request.run(name, { ...this.flow, ...options }, { ...io, env: { ...io.env, ...env } }), by);
  }

  next(
    stage: string,
    format: "text" | "json" = "text",
    more: { candidate?: true; branch?: string } = {},
  ): Promise<Ran> {
    return this.run((io) => next.run({ ...this.flow, stage, format, ...more }, io));
  }

  signOffs(
    name: string,
    options: Partial<SignOffsOptions> = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    return this.run((io) =>
      signOffs.run(name, { ...this.flow, days: 7, ...options }, { ...io, env: { ...io.env, ...env } }),
    );
  }

  end(): void {
    rmSync(this.project, { recursive: true, force: true });
  }

  private run(command: (io: Io) => Promise<ExitCode>, by: Account = PEOPLE.automation): Promise<Ran> {
    return runCommand(command, this.company.envOf(by));
  }
}
