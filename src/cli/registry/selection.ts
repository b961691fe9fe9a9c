import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { readStages } from "../../config";
import { branchOf } from "../../domain/image/branchVersion";
import { type ImageClass, repositoriesOf } from "../../domain/image/imageClass";
import { REGISTRY_ACCESS } from "../../domain/image/registryAccess";
import { registryParts, type RegistryParts } from "../../domain/image/registryAddress";
import { chooseRegistry, type WantedKind, wantedKind } from "../../domain/image/registryChoice";
import type { RegistryKind } from "../../domain/image/registryKind";
import { parseVersion, type VersionScheme, writeVersion } from "../../domain/image/version";
import { planStage } from "../../domain/plan/planStage";
import type { StageConfig } from "../../domain/plan/stageConfig";
import { isStage, lastStage, type Stage, stageOfAlias, type Stages } from "../../domain/stage";
import { kindOfEnvironment, namedKind, readOutputs, type StageOutputs } from "../../outputs";
import { type ProjectFile, readProjectFile } from "../../project";
import type { Io } from "../io";

/** What names a stage and a kind on the command line; `project` is the folder of Pulumi.yaml. */
interface SelectionOptions {
  environment?: string | undefined;
  branch?: string | undefined;
  ref?: string | undefined;
  type?: string | undefined;
  stage?: string | undefined;
  outputs?: string | undefined;
  project: string;
}

/** One registry as far as it is known; host, namespace and prefix are null where only the cloud names them. */
export interface SelectedRegistry extends Omit<RegistryParts, "image"> {
  stage: Stage;
  class: ImageClass;
  kind: RegistryKind;
  host: string | null;
  namespace: string | null;
  /** Host and namespace: what stands in front of an image's repository. */
  prefix: string | null;
  /** Name of the secret that pods pull with; null where they pull by identity. */
  pullSecret: string | null;
  pulledBy: string;
  why: string;
}

/** A stage's registry, from its outputs or from its file. */
interface Candidate {
  kind: RegistryKind;
  loginServer?: string;
  namespace?: string;
}

/** Which stage, and what asks for a kind there. */
interface Question {
  stage: Stage;
  wanted: WantedKind | undefined;
}

/**
 * The stage that options name, where its facts come from, and the kind of registry that is asked for there.
 *
 * @throws DualRegistryError USAGE for what names no stage, or two; CONFIG_INVALID where outputs or files do not decode
 */
export function askedStage(options: SelectionOptions, io: Io): Question & { from: StageConfig | StageOutputs } {
  const outputs = options.outputs === undefined ? undefined : readOutputs(options.outputs);
  const bySomething = [options.environment, options.branch, options.ref].some((each) => each !== undefined);
  // What is named by its kind, of outputs, needs no table.
  const project = outputs === undefined || bySomething ? readProjectFile(options.project) : undefined;
  const { stage, wanted } = questionOf(options, io, project, outputs);
  return { stage, wanted, from: outputs ?? configOf(project ?? readProjectFile(options.project), stage) };
}

function questionOf(
  options: SelectionOptions,
  { env }: Io,
  project: ProjectFile | undefined,
  outputs: StageOutputs | undefined,
): Question {
  const read = project === undefined ? [] : readStages(project, undefined);
  const shared = read.find(({ config }) => config !== undefined)?.config;
  const table = shared?.registryTypes;
  const product = { versionPrefix: outputs?.versionPrefix ?? shared?.product.versionPrefix ?? "v" } as const;
  const stages = outputs?.stages ?? shared?.stages;
  if (stages === undefined) {
    throw new DualRegistryError("CONFIG_INVALID", (read[0]?.problems ?? []).join("\n"));
  }
  const of = meantBy(options, { stages, ...product });
  const named = options.stage === undefined ? undefined : stageNamed("--stage", options.stage, stages);
  const stage = outputs?.stage ?? of.stage ?? named ?? stages[0];
  for (const other of [of.stage, named]) {
    if (other === undefined || other === stage) continue;
    const from = outputs === undefined ? "" : `, and the outputs are those of ${outputs.stage}`;
    throw new DualRegistryError(
      "USAGE",
      `Two stages are named, ${stage} and ${other}${from}; allowed: one, since no registry of another stage is chosen`,
    );
  }
  const asked = options.type === undefined ? kindOfEnvironment(env) : namedKind(options.type, "--type");
  return { stage, wanted: asked ?? (of.by === undefined ? undefined : wantedKind(table, of.by)) };
}

/** What environment, branch or ref stand for: a line of the table, and a stage where they name one. */
function meantBy(
  { environment, branch, ref }: SelectionOptions,
  scheme: VersionScheme,
): { stage?: Stage; by?: Parameters<typeof wantedKind>[1] } {
  if (environment !== undefined) {
    return {
      stage: stageNamed("--environment", environment, scheme.stages),
      by: { environment, stages: scheme.stages },
    };
  }
  if (branch === undefined && ref === undefined) return {};
  const [option, name] = branch === undefined ? ["--ref", ref ?? ""] : ["--branch", branch];
  const [, tag] = /^refs\/tags\/(.+)$/.exec(name) ?? [];
  if (tag !== undefined && option === "--ref") {
    const stage = stageOfTag(tag, scheme);
    return { stage, by: { environment: stage, stages: scheme.stages } };
  }
  const meant = branchOf(name);
  if (meant !== undefined) return { by: { branch: meant } };
  const allowed = `a branch, such as main or refs/heads/main${option === "--ref" ? ", or refs/tags/<version>" : ""}`;
  throw new DualRegistryError("USAGE", `${option} ${quoted(name)} is not allowed; allowed: ${allowed}`);
}

function stageOfTag(tag: string, scheme: VersionScheme): Stage {
  const { stages } = scheme;
  const version = parseVersion(tag, scheme);
  if (version?.kind === "stage" && version.stage !== undefined) return version.stage;
  if (version?.kind === "release") return lastStage(stages);
  const release = `refs/tags/${writeVersion("1.2.3", scheme)}`;
  const form = `${release} of ${lastStage(stages)}, ${release}-<stage> of the others`;
  throw new DualRegistryError(
    "USAGE",
    `--ref ${quoted(`refs/tags/${tag}`)} names no stage's release; allowed: ${form}`,
  );
}

function stageNamed(option: string, name: string, stages: Stages): Stage {
  const stage = isStage(name, stages) ? name : stageOfAlias(name, stages);
  if (stage !== undefined) return stage;
  throw new DualRegistryError("USAGE", `${option} ${quoted(name)} is not a stage; allowed: ${stages.join(", ")}`);
}

/** @throws DualRegistryError CONFIG_INVALID where the stage's file does not decode */
function configOf(project: ProjectFile, stage: Stage): StageConfig {
  const [read] = readStages(project, stage);
  if (read?.config !== undefined) return read.config;
  throw new DualRegistryError("CONFIG_INVALID", (read?.problems ?? []).join("\n"));
}

function candidatesOf(from: StageConfig | StageOutputs, imageClass: ImageClass): [Candidate, ...Candidate[]] {
  const { registries, alternatives } = "version" in from ? from : planStage(from);
  return [registries[imageClass], ...(alternatives?.[imageClass] ?? [])];
}

/**
 * The registry of one class in a stage: its own, or the one of the kind that is asked for.
 *
 * @throws DualRegistryError GATE_REFUSED where the stage has none of that kind
 */
export function selectRegistry(
  from: StageConfig | StageOutputs,
  stage: Stage,
  imageClass: ImageClass,
  wanted: WantedKind | undefined,
): SelectedRegistry {
  const choice = chooseRegistry(candidatesOf(from, imageClass), wanted);
  if ("problem" in choice) {
    const todo = `or name it in alternatives of Pulumi.${stage}.yaml`;
    throw new DualRegistryError("GATE_REFUSED", `${stage}, class ${imageClass}: ${choice.problem}; ${todo}`);
  }
  const { kind, loginServer, namespace } = choice.registry;
  const [repository = "image"] = repositoriesOf(from.images, imageClass);
  const path = namespace === undefined ? repository : `${namespace}/${repository}`;
  const { account, region, project, owner, registry } =
    loginServer === undefined ? {} : registryParts(kind, loginServer, path);
  const { pullSecret, pulledBy } = REGISTRY_ACCESS[kind];
  return {
    ...{ stage, class: imageClass, kind, host: loginServer ?? null, namespace: namespace ?? null },
    prefix: loginServer === undefined ? null : [loginServer, ...(namespace === undefined ? [] : [namespace])].join("/"),
    ...defined({ account, region, project, owner, registry }),
    ...{ pullSecret: pullSecret ?? null, pulledBy, why: choice.why },
  };
}
