import { reportProblems } from "../base/decode/problems";
import { DualRegistryError } from "../base/errors";
import { quotedValue } from "../base/text/quote";
import { DEFAULT_IDENTITIES } from "../domain/identity/identities";
import { DEFAULT_BRANCHES } from "../domain/image/branchVersion";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { defaultRetention } from "../domain/image/policy";
import type { StageConfig } from "../domain/plan/stageConfig";
import { planTokens } from "../domain/plan/tokens";
import { isStage, type Stage, stageOfAlias, type Stages } from "../domain/stage";
import { WORKSPACE_RETENTION } from "../domain/watch/audit";
import { type ProjectFiles, type RawConfig, SHARED_FILE, stageFileName } from "../project";
import { checkAdoption } from "./adoption";
import { checkBranches } from "./branches";
import { checkConsole } from "./checkConsole";
import { checkFiles } from "./files";
import { checkRegistries } from "./checkRegistries";
import { checkGates, checkGatesOff, readGates } from "./gates";
import { checkGitOps } from "./gitops";
import { checkLogins, checkOwner, checkWorkflows } from "./identities";
import { checkImagePolicies } from "./imagePolicies";
import {
  checkConsumers,
  checkConsumerStages,
  checkImages,
  checkTokens,
  IMAGES_EXAMPLE,
  PRODUCT_EXAMPLE,
  REPOSITORY_FORM,
} from "./images";
import { KeyReader } from "./keyReader";
import { SECRET_KEYS, SHARED, STAGE } from "./keys";
import { checkPasswords, checkPullAccess, checkVault, isHeldWay } from "./passwords";
import { checkPolicies, withOwnSigners } from "./policies";
import { checkNamespaces, checkProviders } from "./providers";
import { readRegistries } from "./registries";
import { checkRegistryPull } from "./registryPull";
import { checkRegistryTypes } from "./registryTypes";
import { checkBefore, checkTags } from "./stage";
import { decodeStages } from "./stages";
import { checkLevels, checkWaivers, readCompliance } from "./waivers";
import { checkWatch, readWatch } from "./watch";

const SUBSCRIPTION = "azure-native:subscriptionId";

/**
 * Decodes and checks the configuration of one stage, all of it, before anything is registered.
 *
 * @throws DualRegistryError CONFIG_INVALID with one line for each problem: file, path, value, what is allowed
 */
export function decodeConfig(raw: RawConfig): StageConfig {
  const stages = decodeStages(raw);
  const stage = decodeStack(raw.stack, stages);
  const sharedKeys: readonly string[] = Object.keys(SHARED);
  const reader = new KeyReader(raw, (key) => (sharedKeys.includes(key) ? SHARED_FILE : stageFileName(stage)));

  const gates = readGates(reader);
  const gated = gates.elsewhere === undefined;
  reader.problems.push(...checkFiles(raw.files, stage, stages, gated), ...checkNamespaces(raw, stage));
  const declared = reader.required("product", SHARED.product, PRODUCT_EXAMPLE);
  const images = reader.required("images", SHARED.images, IMAGES_EXAMPLE);
  const consumers = reader.optional("consumers", SHARED.consumers) ?? [];
  const branches = reader.optional("branches", SHARED.branches) ?? DEFAULT_BRANCHES;
  const registryTypes = reader.optional("registryTypes", SHARED.registryTypes);
  const tokens = reader.optional("tokens", SHARED.tokens) ?? { ceilingDays: { secure: 90, standard: 180 } };
  const identities = reader.optional("identities", SHARED.identities) ?? DEFAULT_IDENTITIES;
  const gitops = reader.optional("gitops", SHARED.gitops);
  const owner = raw.foreign.get("github:owner");
  const product = declared && { ...declared, repository: declared.repository ?? "" };
  if (gated && declared && declared.repository === undefined && !reader.tells("product.repository")) {
    reader.complain("product.repository", "missing", `allowed: ${REPOSITORY_FORM}`);
  }
  const own =
    gated && product && product.repository !== "" && owner !== undefined
      ? { ...identities, owner, repository: product.repository }
      : undefined;
  const policies = withOwnSigners(reader.optional("policies", SHARED.policies), own);
  const owns = reader.optional("owns", STAGE.owns) ?? [];
  const before = reader.optional("before", STAGE.before);
  const location = reader.required("location", STAGE.location, "westeurope");
  const resourceGroup = reader.optional("resourceGroup", STAGE.resourceGroup);
  const retention = reader.optional("retention", STAGE.retention) ?? defaultRetention(stage, stages);
  const audit = reader.optional("audit", STAGE.audit) ?? { retentionDays: WORKSPACE_RETENTION.default };
  const watch = readWatch(reader, audit);
  const compliance = readCompliance(reader, stage, stages);
  const tags = reader.optional("tags", STAGE.tags) ?? {};
  const vault = reader.optional("vault", STAGE.vault);
  const passwords = reader.optional("passwords", STAGE.passwords);
  const pulling = reader.optional("pullAccess", STAGE.pullAccess) ?? [];
  const pullAccess = pulling.filter(isHeldWay);
  const registryPull = pulling.flatMap((one, at) => (isHeldWay(one) ? [] : [{ at, one }]));
  const imagePolicies = reader.optional("imagePolicies", STAGE.imagePolicies);
  const console = reader.optional("console", STAGE.console);
  const protection = reader.optional("protection", STAGE.protection) ?? {};
  const registries = readRegistries(reader);
  const alternatives = reader.optional("alternatives", STAGE.alternatives) ?? { secure: [], standard: [] };
  const { secure, standard } = registries;

  for (const key of SECRET_KEYS) {
    if (!reader.has(key) || raw.secretKeys.has(key)) continue;
    reader.complain(key, "is in plain text", `encrypt it: pulumi config set --secret ${key}`);
  }
  const holds = secure?.mode !== "reference" || standard?.mode !== "reference";
  // A registry that could not be read may be one that is only named.
  const needsAzure = Object.values(registries).some(({ mode }) => mode !== "reference");
  reader.add([
    ...checkBefore(stage, stages, before),
    ...checkProviders(stage, raw.foreign, { azure: needsAzure, github: gated }),
    ...(images ? checkImages(images) : []),
    ...checkBranches(branches),
    ...checkRegistryTypes(registryTypes, stages),
    ...checkGitOps(gitops, { images, stages }),
    ...checkImagePolicies(stage, stages, imagePolicies, images),
    ...checkTags(stage, tags, { archive: watch.archive !== undefined }),
    ...checkVault(stage, vault),
    ...checkWatch(stage, watch, {
      owns,
      holds,
      hidesSubscription: [...raw.foreign].some(([key, value]) => key === SUBSCRIPTION && value === undefined),
    }),
    ...checkAdoption(stage, registries, {
      product: product?.name,
      resourceGroup,
      subscriptionId: raw.foreign.get(SUBSCRIPTION),
    }),
    ...checkConsumers(consumers, images, tokens.ceilingDays, product),
    ...checkConsumerStages(consumers, stages),
    ...checkGates(gates, stages),
    ...checkGatesOff(stage, gates, { owns, policies }),
    ...checkLevels(stage, stages, compliance.levels),
    ...(gated ? checkWaivers(stage, compliance.waivers, gates.roles) : []),
    ...checkWorkflows(identities),
    ...checkLogins(identities, stages),
    ...checkOwner(stage, raw.foreign),
    ...checkPolicies(policies, own),
    ...checkPasswords(stage, passwords, { product: product?.name, consumers }),
    ...checkPullAccess(stage, pulling, {
      product: product?.name,
      consumers,
      passwords,
      holds,
    }),
    ...checkRegistries(stage, registries, {
      product: product?.name,
      location,
      webhookAuthorization: reader.has("webhookAuthorization"),
      alternatives,
      images: images ?? [],
    }),
  ]);
  if (product && images && secure && standard) {
    const input = { stage, product, images, consumers, tokenCeilingDays: tokens.ceilingDays };
    reader.add(checkTokens({ ...input, registries: { secure, standard } }));
    reader.add(checkRegistryPull(stage, registryPull, { ...input, registries: { secure, standard } }));
    const vault = passwords !== "off" && planTokens({ ...input, registries: { secure, standard } }).length > 0;
    const ground = { images, product, registries: { secure, standard }, vault, pullAccess: pulling };
    reader.add(checkConsole(stage, console, ground));
  }
  if (reader.problems.length > 0 || !product || !images || location === undefined || !secure || !standard) {
    throw new DualRegistryError("CONFIG_INVALID", reportProblems(reader.causes()));
  }
  return {
    stage,
    stages,
    product,
    images,
    branches,
    registryTypes,
    consumers,
    tokenCeilingDays: tokens.ceilingDays,
    gates,
    policies,
    owns,
    owner: owner ?? "",
    subscriptionId: raw.foreign.get(SUBSCRIPTION),
    identities,
    gitops,
    imagePolicies,
    console,
    vault,
    passwords,
    pullAccess,
    registryPull: registryPull.map(({ one }) => one),
    protection,
    before,
    beforeHolds: classesHeldBefore(raw.files, before),
    location,
    resourceGroup,
    registries: { secure, standard },
    alternatives,
    retention,
    audit,
    watch,
    compliance,
    tags,
  };
}

/**
 * The stage a stack is: its name, and nothing else.
 *
 * @throws DualRegistryError CONFIG_INVALID, naming the stage where the stack has one of its aliases
 */
function decodeStack(stack: string, stages: Stages): Stage {
  if (isStage(stack, stages)) return stack;
  const stage = stageOfAlias(stack, stages);
  const advice = stage
    ? `it is an alias of stage ${stage}: run \`pulumi stack select ${stage}\` and keep its configuration in Pulumi.${stage}.yaml`
    : `allowed: ${stages.join(", ")}; or add it to stages in ${SHARED_FILE}`;
  throw new DualRegistryError("CONFIG_INVALID", `Stack ${quotedValue(stack)} is not a stage; ${advice}`);
}

const field = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;

/**
 * The classes whose registry the stage before holds itself, as that stage's own file says. Both where its file is of
 * another project: then the stack's outputs decide, when they are read.
 *
 * @param before the stack's name, as the stage file has it
 */
function classesHeldBefore(files: ProjectFiles, before: string | undefined): ImageClass[] {
  if (before === undefined) return [];
  const file = files.stages.find(({ stack }) => stack === before);
  return IMAGE_CLASSES.filter((imageClass) => field(field(file?.registries, imageClass), "mode") !== "reference");
}
