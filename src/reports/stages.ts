import { z } from "zod";
import { reportProblems } from "../base/decode/problems";
import { salvage } from "../base/decode/salvage";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import { readStages, selectStages } from "../config";
import { driftWatched, factsOfPlan } from "../controls/adapters/plan";
import { CONTROLS } from "../controls/catalogue";
import type { Compliance, ReportedRegistry, StageCompliance } from "../controls/control";
import { evaluate, refusal } from "../controls/evaluate";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { REGISTRY_KINDS, REGISTRY_MODES } from "../domain/image/registryKind";
import { RULES } from "../domain/image/ruleSupport";
import { planStage } from "../domain/plan/planStage";
import { isStageName, STAGE_NAME_FORM } from "../domain/stage";
import { complianceSchema, formerComplianceSchema, readOutputs, type StageOutputs, supportSchema } from "../outputs";
import { type RecordResult, recordStages, type StageFailure, warningsOf } from "../preview/record/recordStages";
import type { Recording } from "../preview/recording";
import { type ProjectFile, readProjectFile } from "../project";
import type { StageSource } from "./model";
import { cleanStage } from "./redact";

const registry: z.ZodType<ReportedRegistry> = z.object({
  class: z.enum(IMAGE_CLASSES),
  kind: z.enum(REGISTRY_KINDS),
  mode: z.enum(REGISTRY_MODES),
  rules: z.record(z.enum(RULES), supportSchema),
});

const product = z.string().min(1).max(1000);
const stage = z.string().refine(isStageName, `allowed: ${STAGE_NAME_FORM}`);

/** What a report needs of a stage's outputs; the rest, such as hosts, a preview does not know. */
const previewPartSchema = z.object({
  product,
  stage,
  registries: z.object({ secure: registry, standard: registry }),
  compliance: complianceSchema,
});

/** One stage of a former JSON report. */
export const formerStageSchema: z.ZodType<StageCompliance> = z.object({
  product,
  stage,
  registries: z.array(registry).max(10),
  compliance: formerComplianceSchema,
});

/** A stage's part of a report from its outputs, whole or not. */
export function stagePart(
  outputs: Omit<StageCompliance, "registries"> & {
    registries: Readonly<Record<"secure" | "standard", ReportedRegistry>>;
  },
): StageCompliance {
  const registries = IMAGE_CLASSES.map((imageClass): ReportedRegistry => {
    const { kind, mode, rules } = outputs.registries[imageClass];
    return { class: imageClass, kind, mode, rules };
  });
  return { product: outputs.product, stage: outputs.stage, registries, compliance: outputs.compliance };
}

const AGAIN = "run `pulumi up` with this version of the program, and write its outputs again";

const invalid = (message: string) => new DualRegistryError("CONFIG_INVALID", message);

/** Controls that the file says nothing of: it is of another version, and silence is no pass. */
function checkWhole({ controls }: Compliance, name: string): void {
  const missing = CONTROLS.filter(({ id }) => !Object.hasOwn(controls, id)).map(({ id }) => id);
  if (missing.length > 0) throw invalid(`${name}: compliance.controls: missing ${missing.join(", ")}; ${AGAIN}`);
  const empty = CONTROLS.filter(({ id }) => controls[id]?.findings.length === 0).map(({ id }) => id);
  if (empty.length > 0) {
    throw invalid(`${name}: compliance.controls: no finding for ${empty.join(", ")}; allowed: at least one; ${AGAIN}`);
  }
}

/**
 * A stage's part of a report from its decoded outputs.
 *
 * @param name names the file, for messages
 * @throws DualRegistryError CONFIG_INVALID where the outputs hold no evaluation, or not a whole one
 */
export function stageOfOutputs(outputs: StageOutputs, name: string): StageSource {
  const { compliance } = outputs;
  if (compliance === undefined) throw invalid(`${name}: compliance: missing; ${AGAIN}`);
  checkWhole(compliance, name);
  return { ...cleanStage(stagePart({ ...outputs, compliance })), source: "outputs" };
}

/** What outputs must be of, where that is said. */
export interface Wanted {
  /** The project's product; absent where it is run beside no project. */
  product?: string;
  /** Absent: any stage. */
  stages?: readonly string[];
}

/**
 * Reads files of outputs (`-` for standard input), each of another stage of one product.
 *
 * @throws DualRegistryError CONFIG_INVALID for a file that is not such outputs, or of another product or stage; USAGE
 *   for one that cannot be read
 */
export function readOutputsFiles(files: readonly string[], wanted: Wanted = {}): StageSource[] {
  const stages: StageSource[] = [];
  for (const file of files) {
    const name = file === "-" ? "standard input" : quoted(file);
    const stage = stageOfOutputs(readOutputs(file), name);
    const product = wanted.product ?? stages[0]?.product ?? stage.product;
    const of = `${name}: outputs of ${quoted(stage.product)}, ${stage.stage}`;
    if (stage.product !== product) {
      throw invalid(
        `${of}; allowed: outputs of ${quoted(product)}; run it in that project's folder, or give --project`,
      );
    }
    if (wanted.stages?.includes(stage.stage) === false) {
      throw invalid(`${of}; allowed: ${wanted.stages.join(", ")}, as --stage says`);
    }
    if (stages.some((one) => one.stage === stage.stage)) throw invalid(`${of}; allowed: each stage once`);
    stages.push(stage);
  }
  return stages;
}

/** What to record. */
export interface PreviewRequest {
  projectDir: string;
  /** Default: every stage that has a file. */
  stages?: readonly string[];
  now: Date;
  /** Told of each warning of the programs. */
  onWarning?: (warning: string) => void;
}

function stageOfRecording({ stack, outputs }: Recording): StageSource {
  const { value, problems } = salvage(previewPartSchema, outputs, "outputs", stack);
  if (problems.length === 0 && value) return { ...cleanStage(stagePart(value)), source: "preview" };
  const lead = `The program of stage ${stack} gives no outputs that a report can be made from`;
  throw new DualRegistryError("PREVIEW_FAILED", `${lead}\n${reportProblems(problems.slice(0, 50))}`);
}

/**
 * A stage whose run its own compliance stopped is what a report is for: it is evaluated from its files. Any other
 * failure is none of compliance's, and undefined.
 */
function refusedStage(project: ProjectFile, { stack, message }: StageFailure, now: Date): StageSource | undefined {
  if (!/^Stage \w+: \d+ mandatory controls? fails?\b/m.test(message)) return undefined;
  const stage = stageOfFiles(project, stack, now);
  if (refusal(stage.stage, stage.compliance) === undefined) return undefined;
  return { ...cleanStage(stage), source: "preview" };
}

/** Stages that compliance stopped, and those that only wait for one of them. */
function failedStages({ failures }: RecordResult, project: ProjectFile, now: Date): Map<string, StageSource> {
  const stages = new Map<string, StageSource>();
  const others: StageFailure[] = [];
  for (const failure of failures.filter(({ consequence }) => !consequence)) {
    const stage = refusedStage(project, failure, now);
    if (stage) stages.set(failure.stack, stage);
    else others.push(failure);
  }
  if (others.length > 0) {
    throw new DualRegistryError("PREVIEW_FAILED", [...new Set(others.map(({ message }) => message))].join("\n"));
  }
  for (const { stack } of failures.filter(({ consequence }) => consequence)) {
    stages.set(stack, { ...cleanStage(stageOfFiles(project, stack, now)), source: "preview" });
  }
  return stages;
}

/**
 * Stages as an offline preview knows them: no cloud, no login, no Pulumi CLI.
 *
 * @throws DualRegistryError USAGE, CONFIG_INVALID or PREVIEW_FAILED where a stage cannot be previewed for another
 *   reason than its compliance
 */
export async function previewStages({
  projectDir,
  stages,
  now,
  onWarning = () => undefined,
}: PreviewRequest): Promise<StageSource[]> {
  const project = readProjectFile(projectDir);
  const { stages: listed, selected: wanted } = selectStages(project, stages);
  const result = await recordStages({ projectDir, stages: wanted });
  const failed = failedStages(result, project, now);
  warningsOf(result.recordings.values()).forEach(onWarning);
  const all = new Map([...result.recordings].map(([stack, one]) => [stack, stageOfRecording(one)] as const));
  for (const [stack, stage] of failed) all.set(stack, stage);
  const kept = [...all].filter(([stack]) => wanted.includes(stack)).map(([, stage]) => stage);
  return kept.sort((a, b) => listed.indexOf(a.stage) - listed.indexOf(b.stage));
}

/**
 * A stage as its files say, without running the program: for a stage whose run its own compliance stops. Secrets are
 * not decrypted.
 *
 * @throws DualRegistryError CONFIG_INVALID with every problem of the files
 */
export function stageOfFiles(project: ProjectFile, stack: string, now: Date): StageCompliance {
  const [facts] = readStages(project, stack);
  if (facts?.config === undefined) throw new DualRegistryError("CONFIG_INVALID", (facts?.problems ?? []).join("\n"));
  const plan = planStage(facts.config);
  return {
    product: plan.product,
    stage: plan.stage,
    registries: IMAGE_CLASSES.map((imageClass) => {
      const { kind, mode, rules } = plan.registries[imageClass];
      return { class: imageClass, kind, mode, rules };
    }),
    compliance: evaluate(
      factsOfPlan(plan, driftWatched(project.root, plan.gates.elsewhere === undefined)),
      plan.compliance,
      now,
    ),
  };
}
