import { nameInId } from "../../base/azure/armId";
import { azureTypeOf, isAzureType } from "../../base/azure/typeToken";
import { defined } from "../../base/defined";
import type { EnvironmentPurpose } from "../../domain/identity/environments";
import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import { DEFAULT_STAGES, isStage, placeOf, type Stage, type StagePlace, type Stages } from "../../domain/stage";
import type { ComplianceFacts, GateFacts, Known, RegistryFacts, StageFacts, TokenFacts } from "../facts";
import { consolesOf } from "./consoles";
import { acrFacts, classOf, otherRegistryKind, unknownRegistry } from "./acr";
import { families, type Family, read, readList, readText, type ResourceBag, setting } from "./resourceBag";
import type { ComplianceSettings } from "../../domain/plan/compliance";

/** What resources do not say, and whoever asks may. */
export interface ResourceContext {
  stage: Known<Stage>;
  /** Default: {@link DEFAULT_STAGES}. */
  stages?: Stages;
  auditYears?: number;
  allowedLocations?: readonly string[];
  namePrefix?: string;
}

/** Both names that the subscription's setting for registries has had. */
const DEFENDER_PLANS: readonly unknown[] = ["Containers", "ContainerRegistry"];

function defenderOf(resources: readonly ResourceBag[]): Known<boolean> {
  const pricing = resources.find(
    ({ type, inputs }) => isAzureType(type, "security:Pricing") && DEFENDER_PLANS.includes(read(inputs, "pricingName")),
  );
  if (pricing === undefined) return "unknown";
  const tier = read(pricing.outputs ?? pricing.inputs, "pricingTier");
  return typeof tier === "string" && tier !== "unknown" ? tier === "Standard" : "unknown";
}

/** Days that the one workspace of the stack keeps its data; with an archive beside it nobody can tell from resources. */
function auditDaysOf(resources: readonly ResourceBag[]): Known<number> {
  const found = resources.filter(({ type }) => isAzureType(type, "operationalinsights:Workspace"));
  const archived = resources.some(({ type }) => isAzureType(type, "storage:BlobContainerImmutabilityPolicy"));
  const [workspace] = found;
  if (found.length !== 1 || workspace === undefined || archived) return "unknown";
  const days = read(workspace.outputs ?? workspace.inputs, "retentionInDays");
  return typeof days === "number" ? days : "unknown";
}

function stageFacts(
  resources: readonly ResourceBag[],
  context: ResourceContext,
  registries: readonly RegistryFacts[],
): StageFacts {
  const { allowedLocations, namePrefix } = context;
  const settings: Partial<ComplianceSettings> = {
    ...defined({ allowedLocations, namePrefix }),
  };
  return {
    stage: context.stage,
    place: stagePlace(context),
    signOffRoles: "unknown",
    foreignSigners: "unknown",
    alternatives: "unknown",
    basis: resources.some(({ outputs }) => outputs !== undefined) ? "deployed" : "planned",
    images: "unknown",
    identities: "unknown",
    retention: "unknown",
    auditDays: auditDaysOf(resources),
    auditYears: context.auditYears ?? "unknown",
    ...settings,
    defender: defenderOf(resources),
    passwordsInState: passwordsIn(resources),
    consoles: consolesOf(
      resources,
      registries.map(({ name }) => name),
    ),
    driftWatched: "unknown",
  };
}

/**
 * The facts of a stack as its resources say them: those of a run, or those of the engine's policy request.
 * Pure; works on any program's azure-native and github resources, and knows less of those that are not this project's.
 */
export function factsOfResources(resources: readonly ResourceBag[], context: ResourceContext): ComplianceFacts {
  const grouped = [...families(resources)];
  const at = { stage: context.stage, place: stagePlace(context) };
  const others = resources.flatMap((resource) => {
    const kind = otherRegistryKind(resource);
    return kind === undefined ? [] : [unknownRegistry(resource, kind, at)];
  });
  const registries = [...grouped.map(([registry, family]) => acrFacts(registry, family, at)), ...others];
  return {
    stage: stageFacts(resources, context, registries),
    registries,
    registriesComplete: IMAGE_CLASSES.every((imageClass) => registries.some((one) => one.class === imageClass)),
    gates: gatesOf(resources, context),
    tokens: grouped.flatMap(([registry, family]) => tokensOf(registry, family, context.stage)),
  };
}

function stagePlace({ stage, stages = DEFAULT_STAGES }: ResourceContext): Known<StagePlace> {
  return stage !== "unknown" && isStage(stage, stages) ? placeOf(stage, stages) : "unknown";
}

const OWN = /^([a-z0-9]+)(?:-(signoff|publish|preview|operations)(?:-(.+))?)?$/;
const PURPOSES: Readonly<Record<string, EnvironmentPurpose>> = {
  signoff: "sign-off",
  publish: "publish",
  preview: "preview",
  operations: "operations",
};

/** What an environment is for: its name says it where this project made it. */
function purposeOf(name: string, stages: Stages): { purpose: Known<EnvironmentPurpose>; role?: string } {
  const [, stage, word, rest] = OWN.exec(name) ?? [];
  if (stage === undefined || !isStage(stage, stages)) return { purpose: "unknown" };
  if (word === undefined) return { purpose: "deploy" };
  return { purpose: PURPOSES[word] ?? "unknown", ...(word === "signoff" && rest !== undefined ? { role: rest } : {}) };
}

/** Ids of teams and users; GitHub's resource keeps them in a list of one. */
function reviewersOf(settings: Readonly<Record<string, unknown>>): Known<readonly string[]> {
  const listed = read(settings, "reviewers");
  if (listed === undefined) return [];
  if (!Array.isArray(listed)) return "unknown";
  const ids = listed.flatMap((one: unknown): Known<string>[] => {
    if (typeof one !== "object" || one === null) return ["unknown"];
    return (["teams", "users"] as const).flatMap((key): Known<string>[] => {
      // The provider answers null for a set without members.
      const found = (Reflect.get(one, key) ?? undefined) === undefined ? [] : readList({ ...one }, key);
      return found === "unknown" ? [found] : found.map((id) => `${key.slice(0, -1)} ${String(id)}`);
    });
  });
  return ids.includes("unknown") || ids.some((id) => id.endsWith("[unknown]")) ? "unknown" : ids;
}

const known = (value: unknown, absent: Known<boolean>): Known<boolean> =>
  typeof value === "boolean" ? value : value === undefined ? absent : "unknown";

/** The facts of the GitHub environments of a stack. Where a setting is left out, GitHub's own default holds. */
function gatesOf(resources: readonly ResourceBag[], { stage, stages = DEFAULT_STAGES }: ResourceContext): GateFacts[] {
  return resources
    .filter(({ type }) => type === "github:index/repositoryEnvironment:RepositoryEnvironment")
    .map((resource) => {
      const settings = resource.outputs ?? resource.inputs;
      const policy = read(settings, "deploymentBranchPolicy");
      const named =
        policy === undefined ? false : known(read(settings, "deploymentBranchPolicy.customBranchPolicies"), false);
      const name = readText(settings, "environment");
      return {
        stage,
        environment: name === "unknown" ? resource.name : name,
        basis: resource.outputs === undefined ? "planned" : "deployed",
        ...purposeOf(name, stages),
        reviewers: reviewersOf(settings),
        preventSelfReview: known(read(settings, "preventSelfReview"), false),
        canAdminsBypass: known(read(settings, "canAdminsBypass"), true),
        refsNamed: named,
      };
    });
}

/** Types whose properties can hold a login of a registry. */
const isHolder = (type: string): boolean =>
  azureTypeOf(type)?.module === "containerregistry" || /^docker(?:-build)?:/.test(type);

/** Names of properties that hold one. */
const PASSWORD = /^(?:password|password1|password2|adminPassword|registryPassword|accessToken)$/;

/** A token's credentials have a list of passwords; each has its value only where somebody put it there. */
const isValue = (path: readonly string[], key: string) => key === "value" && path.includes("passwords");

function* find(value: unknown, path: readonly string[]): Generator<string> {
  if (typeof value !== "object" || value === null || path.length > 8) return;
  for (const [key, inner] of Object.entries(value)) {
    const filled = typeof inner === "string" && inner !== "";
    if (filled && (PASSWORD.test(key) || isValue(path, key))) yield [...path, key].join(".");
    else yield* find(inner, [...path, key]);
  }
}

/**
 * Properties that put a password into the state: `<resource>.<property>`, sorted. An encrypted one counts as well, since
 * whoever may read the stack may decrypt it. Only names are told, never a value.
 */
function passwordsIn(resources: readonly ResourceBag[]): readonly string[] {
  const found = resources
    .filter(({ type }) => isHolder(type))
    .flatMap(({ name, inputs, outputs }) =>
      [inputs, outputs ?? {}].flatMap((bag) => [...find(bag, [])].map((path) => `${name}.${path}`)),
    );
  return [...new Set(found)].sort();
}

/** Azure's own scope maps begin so; each reaches every repository. */
const AZURES_OWN = "_repositories_";

/** A name as the program says it, else as Azure answers it. */
function nameOf({ inputs, outputs = {} }: ResourceBag, key: string): Known<string> {
  const said = readText(inputs, key);
  return said === "unknown" ? readText(outputs, "name") : said;
}

/** The actions of the scope map that a token names; where its id is not known yet, of the one of the same name. */
function actionsOf(token: ResourceBag, { scopeMaps }: Family): Known<readonly string[]> {
  const id = readText(token.outputs ?? token.inputs, "scopeMapId");
  const name = nameInId(id, "scopeMaps") ?? nameOf(token, "tokenName");
  if (name.startsWith(AZURES_OWN)) return [name];
  const scope = scopeMaps.find((map) => name !== "unknown" && nameOf(map, "scopeMapName") === name);
  if (scope === undefined) return "unknown";
  const actions = readList(scope.outputs ?? scope.inputs, "actions");
  return actions === "unknown" || !actions.every((action) => typeof action === "string") ? "unknown" : actions;
}

/** The facts of a registry's tokens. When a password expires no token says; see the plan for it. */
function tokensOf(registry: ResourceBag, family: Family, stage: Known<Stage>): TokenFacts[] {
  return family.tokens.map((token) => {
    const name = nameOf(token, "tokenName");
    const status = setting(token, "status", "enabled");
    return {
      stage,
      registry: classOf(registry),
      registryName: family.name,
      basis: token.outputs === undefined ? "planned" : "deployed",
      name: name === "unknown" ? token.name : name,
      consumer: "unknown",
      enabled: status === "enabled" ? true : status === "disabled" ? false : "unknown",
      actions: actionsOf(token, family),
      expiresAfterDays: "unknown",
      ceilingDays: "unknown",
    };
  });
}
