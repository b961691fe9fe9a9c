import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { defined } from "../base/defined";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { fieldsOf } from "../base/json";
import { quoted } from "../base/text/quote";
import { redactSecrets } from "../base/text/redact";
import { readProjectFile } from "../project/projectFile";
import { RENDERERS } from "../reports";
import { readFormer } from "../reports/changes";
import { isRefused, makeReport } from "../reports/makeReport";
import type { StageSource } from "../reports/model";
import { previewStages, readOutputsFiles } from "../reports/stages";
import type { ComplianceOptions } from "./compliance";
import type { Surroundings } from "./previewRun";

/**
 * Reads the stages, compares them with a former report where one is given, and shows what each control says.
 *
 * @returns 0, or 1 where a mandatory control fails
 * @throws DualRegistryError with exit code 2 for wrong usage, and for what cannot be read
 */
export async function runCompliance(options: ComplianceOptions, around: Surroundings): Promise<ExitCode> {
  return run(options, around).catch(rethrow);
}

/** A message quotes what is wrong, and what is wrong may be a secret that stands where none belongs. */
function rethrow(error: unknown): never {
  if (!(error instanceof DualRegistryError)) throw error;
  throw new DualRegistryError(error.code, redactSecrets(error.message), { cause: error });
}

async function run(options: ComplianceOptions, around: Surroundings): Promise<ExitCode> {
  checkUsage(options);
  const now = momentOf(around.env["SOURCE_DATE_EPOCH"]);
  const former = options.since === undefined ? undefined : readFormer(options.since);
  const report = makeReport(await stagesOf(options, now), now, former);
  const toolVersion = version();
  const text = RENDERERS[options.format](report, { now, toolVersion, folder: folderOf(options.project) });
  if (options.out === undefined) around.stdout.write(text);
  else around.stdout.write(`${await write(options.out, text)}\n`);
  return isRefused(report) ? 1 : 0;
}

function checkUsage({ outputs = [], since, out }: ComplianceOptions): void {
  const stdin = [...outputs, ...(since === undefined ? [] : [since])].filter((file) => file === "-");
  const problems = [
    ...(stdin.length > 1 ? ["Standard input can be read once: allowed: one - among --outputs and --since"] : []),
    ...(out === "-" ? ["--out names a file: leave it out for standard output"] : []),
  ];
  if (problems.length > 0) throw new DualRegistryError("USAGE", problems.join("\n"));
}

/** The moment of the report: now, or what reproducible builds say it is. */
function momentOf(epoch: string | undefined): Date {
  if (epoch === undefined || epoch === "") return new Date();
  if (/^\d{1,11}$/.test(epoch)) return new Date(Number(epoch) * 1000);
  throw new DualRegistryError("USAGE", `SOURCE_DATE_EPOCH ${quoted(epoch)}: allowed: seconds since 1970, digits only`);
}

async function stagesOf({ project, stage, outputs }: ComplianceOptions, now: Date): Promise<StageSource[]> {
  const stages = defined({ stages: stage });
  if (outputs === undefined) return previewStages({ projectDir: resolve(project), ...stages, now });
  const product = productOf(project);
  return readOutputsFiles(outputs, { ...stages, ...defined({ product }) });
}

/** The product of the project it is run beside; undefined where there is none, or where it is not named. */
function productOf(project: string): string | undefined {
  if (!existsSync(join(project, "Pulumi.yaml"))) return undefined;
  const { config, name: namespace } = readProjectFile(project);
  const declared = fieldsOf(config["product"] ?? config[`${namespace}:product`]);
  const { name } = fieldsOf(declared["value"]);
  return typeof name === "string" ? name : undefined;
}

async function write(file: string, text: string): Promise<string> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unwritable";
    throw new DualRegistryError("USAGE", `--out ${quoted(file)} cannot be written (${why}); name a file that can`, {
      cause,
    });
  }
}

/** From where it is run to the project, for addresses of files in the repository; empty for a folder elsewhere. */
function folderOf(project: string): string {
  const path = relative(process.cwd(), resolve(project)).split(sep).join("/");
  return path.startsWith("..") ? "" : path;
}

function version(): string {
  const { version: found } = fieldsOf(
    JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as unknown,
  );
  return typeof found === "string" ? found : "unknown";
}
