import type { Command } from "@commander-js/extra-typings";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { defined } from "../base/defined";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { fieldsOf } from "../base/json";
import { quoted } from "../base/text/quote";
import { redactSecrets } from "../base/text/redact";
import { exampleWarning, findExampleValues, selectStages } from "../config";
import { readProjectFile } from "../project";
import { RENDERERS } from "../reports";
import { readFormer } from "../reports/changes";
import { readGatesReview, withGatesReview } from "../reports/gatesEvidence";
import { readRegistryCheck, withRegistryChecks } from "../reports/registryEvidence";
import { readReconciliation, withReconciliations } from "../reports/pullsEvidence";
import { isRefused, makeReport, unknownRefusals } from "../reports/makeReport";
import type { StageSource } from "../reports/model";
import { previewStages, readOutputsFiles } from "../reports/stages";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { formatOption, projectOption } from "./options";
import { toolVersion } from "./toolVersion";

const EXITS = `
Without --outputs the stages are previewed: no cloud, no login and no Pulumi CLI is needed. SOURCE_DATE_EPOCH, in
seconds, sets the moment of the report.
Exit codes: 0 no mandatory control fails, 1 one does or what stands does not say, 2 wrong usage, configuration or file`;

const declare = (command: Command) =>
  command
    .option("--stage <name...>", "only these stages (default: every stage that has a file)")
    .option(
      "--outputs <file...>",
      "what `pulumi stack output --json` wrote, a file for each stage; - is standard input",
    )
    .option("--gates <file>", "what `dualreg gates review --format json` wrote: evidence of what is deployed on GitHub")
    .option(
      "--registry-check <file...>",
      "what `dualreg registry check --format json` wrote, a file for each stage: evidence of settings of registries",
    )
    .option(
      "--pulls <file...>",
      "what `dualreg pulls reconcile --format json` wrote, a file for each stage: evidence that pulls are logged",
    )
    .option("--since <file>", "say what changed since this former JSON report or outputs file")
    .addOption(formatOption("table", "json", "markdown", "html", "sarif", "oscal", "oscal-plan", "oscal-component"))
    .option("--out <file>", "write it there and print the file's name")
    .addOption(projectOption())
    .addHelpText("after", EXITS);

export type ComplianceOptions = OptionsOf<typeof declare>;

/**
 * Reads the stages, compares them with a former report where one is given, and shows what each control says.
 *
 * @returns 0, or 1 where a mandatory control fails, or is unknown of what stands
 * @throws DualRegistryError with exit code 2 for wrong usage, and for what cannot be read
 */
async function run(options: ComplianceOptions, io: Io): Promise<ExitCode> {
  return report(options, io).catch(rethrow);
}

export const compliance = defineCommand(declare, run);

/** A message quotes what is wrong, and what is wrong may be a secret that stands where none belongs. */
function rethrow(error: unknown): never {
  if (!(error instanceof DualRegistryError)) throw error;
  throw new DualRegistryError(error.code, redactSecrets(error.message), { cause: error });
}

async function report(options: ComplianceOptions, io: Io): Promise<ExitCode> {
  checkUsage(options);
  const now = momentOf(io);
  const former = options.since === undefined ? undefined : readFormer(options.since);
  const stages = await stagesOf(options, io, now);
  const reviewed = options.gates === undefined ? stages : withGatesReview(stages, readGatesReview(options.gates, now));
  const checks = (options.registryCheck ?? []).map((file) => readRegistryCheck(file, now));
  const joined = (options.pulls ?? []).map((file) => readReconciliation(file, now));
  const made = makeReport(withReconciliations(withRegistryChecks(reviewed, checks), joined), now, former);
  const folder = folderOf(options.project, io);
  const text = RENDERERS[options.format](made, { now, toolVersion: toolVersion(), folder });
  io.stdout.write(options.out === undefined ? text : `${await write(options.out, text)}\n`);
  for (const line of unknownRefusals(made)) io.stderr.write(`${line}\n`);
  return isRefused(made) ? 1 : 0;
}

function checkUsage({ outputs = [], gates, registryCheck = [], pulls = [], since, out }: ComplianceOptions): void {
  const stdin = [...outputs, ...registryCheck, ...pulls, gates, since].filter((file) => file === "-");
  const problems = [
    ...(stdin.length > 1
      ? [
          "Standard input can be read once: allowed: one - among --outputs, --gates, --registry-check, --pulls and --since",
        ]
      : []),
    ...(out === "-" ? ["--out names a file: leave it out for standard output"] : []),
  ];
  if (problems.length > 0) throw new DualRegistryError("USAGE", problems.join("\n"));
}

/** The moment of the report: now, or what reproducible builds say it is. */
function momentOf({ env, now }: Io): Date {
  const epoch = env["SOURCE_DATE_EPOCH"] ?? "";
  if (epoch === "") return now();
  if (/^\d{1,11}$/.test(epoch)) return new Date(Number(epoch) * 1000);
  throw new DualRegistryError("USAGE", `SOURCE_DATE_EPOCH ${quoted(epoch)}: allowed: seconds since 1970, digits only`);
}

async function stagesOf({ project, stage, outputs }: ComplianceOptions, io: Io, now: Date): Promise<StageSource[]> {
  const stages = defined({ stages: stage });
  if (outputs === undefined) {
    const projectDir = resolve(io.cwd, project);
    warnOfExample(projectDir, stage, io);
    const onWarning = (warning: string): void => io.stderr.write(`Warning: ${redactSecrets(warning)}\n`);
    return previewStages({ projectDir, ...stages, now, onWarning });
  }
  return readOutputsFiles(outputs, { ...stages, ...defined({ product: productOf(project) }) });
}

function warnOfExample(projectDir: string, named: readonly string[] | undefined, io: Io): void {
  const project = readProjectFile(projectDir);
  const { selected } = selectStages(project, named);
  const warning = exampleWarning(findExampleValues(project, selected));
  if (warning !== undefined) io.stderr.write(`Warning: ${warning}\n`);
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
function folderOf(project: string, { cwd }: Io): string {
  const path = relative(cwd, resolve(cwd, project)).split(sep).join("/");
  return path.startsWith("..") ? "" : path;
}
