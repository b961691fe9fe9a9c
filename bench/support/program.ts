import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLoopbackServer } from "../../src/preview/record/monitor";
import { childEnvironment, findRuntime } from "../../src/preview/record/runProgram";
import { StageRecord } from "../../src/preview/record/stageRecord";
import { readProjectFile, readStackConfig } from "../../src/project";
import { measure, type Sample } from "./measure";

/** A Pulumi program to measure: its folder, the stack, and the node arguments that a trial adds to its own. */
export interface Program {
  folder: string;
  stack: string;
  nodeArgs?: readonly string[];
}

/**
 * Measures a program's own process under Pulumi's Node runtime, answered by the recorder of the preview, without the
 * preload of previews: what `pulumi up` costs on the side of the program.
 *
 * @param temporary the TMPDIR of the run, where the runtime keeps what it transpiled: an empty one makes the run cold
 */
export async function runUnderPulumi(program: Program, temporary: string): Promise<Sample & { resources: number }> {
  const project = readProjectFile(program.folder);
  const config = readStackConfig(project, program.stack);
  const record = new StageRecord(project.name, program.stack);
  const runtime = findRuntime(program.folder);
  const stacks = { outputsOf: () => Promise.resolve(undefined) };
  const server = await startLoopbackServer(record, stacks, [project.programDir, runtime]);
  const address = ["--monitor", server.address, "--engine", server.address];
  const names = ["--organization", "organization", "--project", project.name, "--stack", program.stack];
  const folders = ["--root-directory", project.root, "--pwd", project.programDir];
  const rest = ["--dry-run", "--parallel", "16", project.entry];
  try {
    const nodeArgs = [...project.nodeArgs, ...(program.nodeArgs ?? [])];
    const sample = await measure([...nodeArgs, runtime, ...address, ...names, ...folders, ...rest], {
      cwd: project.programDir,
      env: { ...childEnvironment(project, config, temporary), TMPDIR: temporary },
    });
    return { ...sample, resources: record.resources.size };
  } finally {
    server.close();
  }
}

/** A new empty folder for the time of a call. */
export async function withTemporary<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-tmp-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
