import { reportProblems } from "../base/decode/problems";
import { DualRegistryError } from "../base/errors";
import { quotedValue } from "../base/text/quote";
import { DEFAULT_IDENTITIES } from "../domain/identity/identities";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { defaultRetention, NO_POLICIES } from "../domain/image/policy";
import type { StageConfig } from "../domain/plan/stageConfig";
import { isStage, type Stage, stageBefore, stageOfAlias, STAGES } from "../domain/stage";
import { WORKSPACE_RETENTION } from "../domain/watch/audit";
import { type ProjectFiles, type RawConfig, SHARED_FILE, stageFileName } from "../project/rawConfig";
import { checkFiles, checkProviders } from "./files";
import { checkGates } from "./gates";
import { checkOwner, checkWorkflows } from "./identities";
import { checkConsumers, checkImages, checkTags, checkTokens } from "./images";
import { KeyReader } from "./keyReader";
import { checkPasswords, checkPullAccess } from "./passwords";
import { checkPolicies } from "./policies";
import { checkAdoption, checkRegistries } from "./registries";
import { SHARED } from "./shared";
import { registrySchema, SECRET_KEYS, STAGE } from "./stage";
import { checkWaivers, readCompliance } from "./waivers";
import { checkWatch, readWatch } from "./watch";
import type { RegistryConfig } from "../domain/plan/registries";

const SUBSCRIPTION = "azure-native:subscriptionId";

/** Decodes the two registries, each by the schema of its mode; a class that is not named gets the defaults. */
function readRegistries(reader: KeyReader): Partial<Record<ImageClass, RegistryConfig>> {
  const structure = reader.has("registries") ? reader.structure("registries") : {};
  if (structure === undefined) return {};
  if (typeof structure !== "object" || structure === null || Array.isArray(structure)) {
    reader.complain(
      "registries",
      `${quotedValue(structure)} is not allowed`,
      "allowed: an object with secure and standard",
    );
    return {};
  }
  for (const key of Object.keys(structure)) {
    if (IMAGE_CLASSES.some((imageClass) => imageClass === key)) continue;
    reader.complain(`registries.${key}`, "no such key", `allowed: ${IMAGE_CLASSES.join(", ")}`);
  }
  const decoded = IMAGE_CLASSES.map((imageClass) => {
    const raw: unknown = Reflect.get(structure, imageClass) ?? {};
    return [imageClass, reader.decode(`registries.${imageClass}`, raw, registrySchema(imageClass, raw))] as const;
  });
  return Object.fromEntries(decoded.filter(([, facts]) => facts !== undefined));
}

/**
 * Decodes and checks the configuration of one stage, all of it, before anything is registered.
 *
 * @throws DualRegistryError CONFIG_INVALID with one line for each problem: file, path, value, what is allowed
 */
export function decodeConfig(raw: RawConfig): StageConfig {
  const stage = decodeStack(raw.stack);
  const sharedKeys: readonly string[] = Object.keys(SHARED);
  const reader = new KeyReader(raw, (key) => (sharedKeys.includes(key) ? SHARED_FILE : stageFileName(stage)));

  const product = reader.required("product", SHARED.product);
  const images = reader.required("images", SHARED.images);
  const consumers = reader.optional("consumers", SHARED.consumers) ?? [];
  const tokens = reader.optional("tokens", SHARED.tokens) ?? { ceilingDays: { secure: 90, standard: 180 } };
  const gates = reader.optional("gates", SHARED.gates) ?? { roles: {}, signOffs: {} };
  const policies = reader.optional("policies", SHARED.policies) ?? NO_POLICIES;
  const identities = reader.optional("identities", SHARED.identities) ?? DEFAULT_IDENTITIES;
  const owns = reader.optional("owns", STAGE.owns) ?? [];
  const before = reader.optional("before", STAGE.before);
  const location = reader.required("location", STAGE.location);
  const resourceGroup = reader.optional("resourceGroup", STAGE.resourceGroup);
  const retention = reader.optional("retention", STAGE.retention) ?? defaultRetention(stage);
  const audit = reader.optional("audit", STAGE.audit) ?? { retentionDays: WORKSPACE_RETENTION.default };
  const watch = readWatch(reader, audit);
  const compliance = readCompliance(reader, stage);
  const tags = reader.optional("tags", STAGE.tags) ?? {};
  const vault = reader.optional("vault", STAGE.vault);
  const passwords = reader.optional("passwords", STAGE.passwords);
  const pullAccess = reader.optional("pullAccess", STAGE.pullAccess) ?? [];
  const protection = reader.optional("protection", STAGE.protection) ?? {};
  const registries = readRegistries(reader);
  const { secure, standard } = registries;

  for (const key of SECRET_KEYS) {
    if (!reader.has(key) || raw.secretKeys.has(key)) continue;
    reader.complain(key, "stands in plain text", `encrypt it: pulumi config set --secret ${key}`);
  }
  if (before !== undefined && !namesStageBefore(stage, before)) {
    const name = stageBefore(stage);
    reader.complain(
      "before",
      `${quotedValue(before)} is not the stage before`,
      name ? `allowed: ${name}` : "leave it out",
    );
  }
  reader.problems.push(
    ...checkFiles(raw.files, stage),
    ...checkProviders(stage, raw.foreign, secure?.mode !== "reference" || standard?.mode !== "reference"),
    ...(images ? checkImages(images) : []),
    ...checkTags(stage, tags),
    ...checkWatch(stage, watch, {
      owns,
      holds: secure?.mode !== "reference" || standard?.mode !== "reference",
      hidesSubscription: [...raw.foreign].some(([key, value]) => key === SUBSCRIPTION && value === undefined),
    }),
    ...checkAdoption(stage, registries, {
      product: product?.name,
      resourceGroup,
      subscriptionId: raw.foreign.get(SUBSCRIPTION),
    }),
    ...checkConsumers(consumers, images, tokens.ceilingDays, product),
    ...checkGates(gates),
    ...checkWaivers(stage, compliance.waivers, gates.roles),
    ...checkWorkflows(identities),
    ...checkOwner(stage, raw.foreign, identities, secure?.mode !== "reference" || standard?.mode !== "reference"),
    ...checkPolicies(policies),
    ...checkPasswords(stage, passwords, { product: product?.name, consumers }),
    ...checkPullAccess(stage, pullAccess, {
      product: product?.name,
      consumers,
      passwords,
      holds: secure?.mode !== "reference" || standard?.mode !== "reference",
    }),
    ...checkRegistries(stage, registries, {
      product: product?.name,
      location,
      webhookAuthorization: reader.has("webhookAuthorization"),
    }),
  );
  if (product && images && secure && standard) {
    const facts = { stage, product, images, consumers, tokenCeilingDays: tokens.ceilingDays };
    reader.problems.push(...checkTokens({ ...facts, registries: { secure, standard } }));
  }
  if (reader.problems.length > 0 || !product || !images || location === undefined || !secure || !standard) {
    throw new DualRegistryError("CONFIG_INVALID", reportProblems(reader.problems));
  }
  return {
    stage,
    product,
    images,
    consumers,
    tokenCeilingDays: tokens.ceilingDays,
    gates,
    policies,
    owns,
    owner: raw.foreign.get("github:owner") ?? "",
    subscriptionId: raw.foreign.get(SUBSCRIPTION),
    identities,
    vault,
    passwords,
    pullAccess,
    protection,
    before,
    beforeHolds: classesHeldBefore(raw.files, before),
    location,
    resourceGroup,
    registries: { secure, standard },
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
function decodeStack(stack: string): Stage {
  if (isStage(stack)) return stack;
  const stage = stageOfAlias(stack);
  const advice = stage
    ? `it is an alias of stage ${stage}: run \`pulumi stack select ${stage}\` and keep its facts in Pulumi.${stage}.yaml`
    : `allowed: ${STAGES.join(", ")}`;
  throw new DualRegistryError("CONFIG_INVALID", `Stack ${quotedValue(stack)} is no stage; ${advice}`);
}

/** True where a reference names the stack of the stage before: alone, or behind organisation and project. */
function namesStageBefore(stage: Stage, reference: string): boolean {
  return reference.split("/").at(-1) === stageBefore(stage);
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
