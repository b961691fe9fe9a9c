import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type RecordRequest, type RecordResult, recordStages } from "../../src/preview/record/recordStages";
import type { RecordedResource, Recording } from "../../src/preview/recording";

const REPOSITORY = resolve(__dirname, "../..");

/** The name of projects made here. */
const SAMPLE = "sample";

/** A project to be written to a temporary folder. */
export interface SampleProject {
  /** The program's TypeScript; it may import the house's own rooms as `./src/...`. */
  program: string;
  /** Configuration by stack, by key (`sample:key`, or `key` for short); `{ secure: "..." }` is a secret. */
  stacks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Further lines of Pulumi.yaml. */
  projectYaml?: string;
  /** Further files by name. */
  files?: Readonly<Record<string, string>>;
}

/** Writes the project, hands its folder on, and removes it afterwards whatever happened. */
export async function withProject<T>(project: SampleProject, use: (dir: string) => Promise<T> | T): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "dualreg-recorder-"));
  try {
    await symlink(join(REPOSITORY, "node_modules"), join(dir, "node_modules"), "junction");
    await symlink(join(REPOSITORY, "src"), join(dir, "src"), "junction");
    const compilerOptions = { noCheck: true, module: "commonjs", moduleResolution: "node", target: "ES2022" };
    const files: Record<string, string> = {
      "Pulumi.yaml": `name: ${SAMPLE}\nruntime: nodejs\n${project.projectYaml ?? ""}`,
      "package.json": JSON.stringify({ name: SAMPLE, main: "index.ts" }),
      "tsconfig.json": JSON.stringify({ compilerOptions: { ...compilerOptions, esModuleInterop: true } }),
      "index.ts": project.program,
      ...project.files,
    };
    for (const [stack, config] of Object.entries(project.stacks)) {
      files[`Pulumi.${stack}.yaml`] = JSON.stringify({ config });
    }
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(dir, name), text)));
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Records a project's stages; see {@link recordStages}. */
export async function recordProject(
  project: SampleProject,
  request: Omit<RecordRequest, "projectDir"> = {},
): Promise<RecordResult> {
  return withProject(project, (projectDir) => recordStages({ ...request, projectDir }));
}

/** One program and one stack. */
export interface ProgramToRecord {
  /** A project's folder, run where it is; or the program's TypeScript, which may import `./src/...`. */
  program: string;
  /** The stack's configuration, for a program given as text. */
  config?: Readonly<Record<string, unknown>>;
  /** Default `dev`. */
  stack?: string;
}

/** Records a program for one stack; a failed run is an error with the program's own message. */
export async function recordProgram({ program, config = {}, stack = "dev" }: ProgramToRecord): Promise<Recording> {
  const isFolder = !program.includes("\n") && statSync(program, { throwIfNoEntry: false })?.isDirectory() === true;
  const result = isFolder
    ? await recordStages({ projectDir: program, stages: [stack] })
    : await recordProject({ program, stacks: { [stack]: config } }, { stages: [stack] });
  const recording = result.recordings.get(stack);
  assert.ok(recording, result.failures.map((failure) => `${failure.stack}: ${failure.message}`).join("\n"));
  return recording;
}

/** Fails when a type was registered or read, or a provider's function called, that the test does not expect. */
export function assertNoUnexpected(recording: Recording, allowedTypes: readonly string[]): void {
  const allowed = new Set(["pulumi:pulumi:Stack", ...allowedTypes]);
  const seen = [...recording.resources, ...(recording.reads ?? [])].map((resource) => resource.type);
  const unexpected = [...seen, ...(recording.calls ?? [])].filter((token) => !allowed.has(token));
  assert.deepEqual([...new Set(unexpected)], [], "unexpected types or calls");
}

/** The one resource of that type and name. */
export function theResource(recording: Recording, type: string, name: string): RecordedResource {
  const found = recording.resources.filter((resource) => resource.type === type && resource.name === name);
  assert.equal(found.length, 1, `${found.length} resources '${name}' of type ${type}`);
  return found[0] as RecordedResource;
}
