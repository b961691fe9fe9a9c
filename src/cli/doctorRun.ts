import { defined } from "../base/defined";
import type { ExitCode } from "../base/errors";
import { examine } from "../doctor/examine";
import { reportJson, reportText } from "../doctor/finding";
import { makeProbe, type Variables } from "../doctor/probe";
import { readProjectFile } from "../project/projectFile";
import type { DoctorOptions } from "./doctor";

/** What of its process the command uses. */
export interface DoctorSurroundings {
  stdout: { write: (text: string) => unknown; isTTY?: boolean };
  env: Variables;
  /** Node.js's version, such as `v20.19.0`. */
  version: string;
}

/**
 * Examines the project and prints what was found.
 *
 * @returns 0, or 1 where there is a problem
 * @throws DualRegistryError where the project or the stage cannot be read
 */
export async function runDoctor(options: DoctorOptions, around: DoctorSurroundings): Promise<ExitCode> {
  const { stdout, env, version } = around;
  const project = readProjectFile(options.project);
  const findings = await examine({
    project,
    ...defined({ stage: options.stage }),
    nodeVersion: version,
    env,
    probe: makeProbe({ cwd: project.root, env }),
  });
  const color = stdout.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  stdout.write(options.format === "json" ? reportJson(findings) : reportText(findings, color));
  return findings.some(({ status }) => status === "problem") ? 1 : 0;
}
