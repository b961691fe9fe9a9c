import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DualRegistryError, type ExitCode } from "../../../src/base/errors";
import type { Surroundings } from "../../../src/cli/previewRun";
import { type CheckOptions, runCheck } from "../../../src/cli/release/check";
import { type CutOptions, runCut, runTag } from "../../../src/cli/release/moves";
import { runNext } from "../../../src/cli/release/next";
import type { StepOptions } from "../../../src/cli/release/options";
import { type RequestOptions, runRequest } from "../../../src/cli/release/request";
import { runSignOffs, type SignOffsOptions } from "../../../src/cli/release/signOffs";
import type { ReleaseStage } from "../../../src/domain/flow/step";
import type { Ran } from "../release/dualreg";
import { APP, type Company, PEOPLE } from "./company";
import type { Account } from "./state";

const ROOT = resolve(__dirname, "../../..");

/** The project's own stage files in a folder, with the automation's App and what else is given among the gates. */
function projectCopy(more: string): string {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-flow-"));
  for (const file of readdirSync(ROOT).filter((name) => /^Pulumi\..*yaml$/.test(name))) {
    const text = readFileSync(join(ROOT, file), "utf8").replace(/^ *automation: .*\n/m, "");
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

  /** @param gates further lines of the gates in Pulumi.yaml */
  constructor(
    private readonly company: Company,
    gates = "",
  ) {
    this.project = projectCopy(gates);
    this.flow = { project: this.project, workflow: "tag.yml", format: "text" } as const;
  }

  check(tag: string, options: Partial<CheckOptions> = {}): Promise<Ran> {
    return this.run((around) => runCheck(tag, { ...this.flow, ...options }, around));
  }

  tag(tag: string, options: Partial<StepOptions> = {}, by?: Account): Promise<Ran> {
    return this.run((around) => runTag(tag, { ...this.flow, ...options }, around), by);
  }

  cut(branch: string | undefined, options: Partial<CutOptions>): Promise<Ran> {
    return this.run((around) => runCut(branch, { ...this.flow, ...options }, around));
  }

  request(tag: string, options: Partial<RequestOptions> = {}): Promise<Ran> {
    return this.run((around) => runRequest(tag, { ...this.flow, ...options }, around));
  }

  next(stage: ReleaseStage, format: "text" | "json" = "text"): Promise<Ran> {
    return this.run((around) => runNext({ ...this.flow, stage, format }, around));
  }

  signOffs(
    tag: string,
    options: Partial<SignOffsOptions> = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    return this.run((around) =>
      runSignOffs(tag, { ...this.flow, ...options }, { ...around, env: { ...around.env, ...env } }),
    );
  }

  end(): void {
    rmSync(this.project, { recursive: true, force: true });
  }

  private async run(
    command: (around: Surroundings) => Promise<ExitCode>,
    by: Account = PEOPLE.automation,
  ): Promise<Ran> {
    const said = { stdout: "", stderr: "" };
    const streamTo = (name: keyof typeof said) => ({ write: (text: string) => (said[name] += text) });
    const env = this.company.envOf(by);
    const code = await command({ stdout: streamTo("stdout"), stderr: streamTo("stderr"), env }).catch(
      (error: unknown) => {
        if (!(error instanceof DualRegistryError)) throw error;
        said.stderr += `${error.code} ${error.message}\n`;
        return error.exitCode;
      },
    );
    return { code, ...said };
  }
}
