import { z } from "zod";
import { closed, text, whole } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { REGISTRY_KINDS, REGISTRY_MODES, SKUS } from "../domain/image/registryKind";
import { parseRegistryId, REGISTRY_ID_FORM, registryName, resourceGroupName } from "../domain/plan/names";
import type { AcrConfig, RegistryConfig } from "../domain/plan/registries";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project";
import { ipRange, region } from "./forms";
import type { KeyReader } from "./keyReader";

const host = text(
  /^(?=.{1,255}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?$/,
  "a host in lower case without scheme or path, such as ghcr.io",
);
const httpsUrl = z
  .url({ protocol: /^https$/, error: "allowed: an https address without user, password or query" })
  .refine((url) => !/^https:\/\/[^/?#]*@|[?#]/.test(url), "allowed: an https address without user, password or query");

const webhook = closed({
  url: httpsUrl,
  actions: z
    .array(z.enum(["push", "delete", "quarantine", "chart_push", "chart_delete"]))
    .min(1)
    .default(["push", "delete"]),
});

const modes = `allowed: ${REGISTRY_MODES.join(", ")}`;
const idForm = `allowed: ${REGISTRY_ID_FORM}`;
const acrId = z.string(idForm).refine((id) => parseRegistryId(id) !== undefined, idForm);

/** What an ACR may be told, made or taken over. What is not said is a default of the plan, or left as it is found. */
const acr = {
  untaggedRetentionDays: whole(0, 365).optional(),
  softDeleteDays: whole(1, 90).optional(),
  replicas: z.array(region).default([]),
  publicAccess: z.boolean().optional(),
  allowedIps: z.array(ipRange).max(200).default([]),
  trustedServices: z.boolean().optional(),
  exportAllowed: z.boolean().optional(),
  armTokensAllowed: z.boolean().optional(),
  dataEndpoint: z.boolean().optional(),
  protect: z.boolean().default(true),
  prereleases: z.boolean().default(false),
  webhook: webhook.optional(),
};

/** What is taken over keeps its tier, so the file must name it: a default could change it. */
const adopt = closed({ mode: z.literal("adopt", modes), id: acrId, sku: z.enum(SKUS), ...acr });

const create = (imageClass: ImageClass) =>
  closed({
    mode: z.literal("create", modes).default("create"),
    name: text(/^[a-z0-9]{5,50}$/, "5 to 50 lower-case letters and digits").optional(),
    sku: z.enum(SKUS).default(imageClass === "secure" ? "Premium" : "Standard"),
    ...acr,
  });

const reference = closed({
  mode: z.literal("reference"),
  kind: z.enum(REGISTRY_KINDS),
  host,
  namespace: text(/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/, "a path in lower case, such as company").optional(),
  prereleases: z.boolean().default(false),
});

/** The schema of one class's registry, by the mode that it names. */
function registrySchema(imageClass: ImageClass, raw: unknown): z.ZodType<RegistryConfig> {
  const mode: unknown = typeof raw === "object" && raw !== null ? Reflect.get(raw, "mode") : undefined;
  if (mode === "reference") return reference;
  return mode === "adopt" ? adopt : create(imageClass);
}

/** Decodes the two registries, each by the schema of its mode; a class that is not named gets the defaults. */
export function readRegistries(reader: KeyReader): Partial<Record<ImageClass, RegistryConfig>> {
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
  return Object.fromEntries(decoded.filter(([, registry]) => registry !== undefined));
}

type Complain = (field: string, what: string, allowed: string) => void;

/** The Premium features that a registry asks for. */
function premiumFeatures(registry: AcrConfig): [keyof AcrConfig, unknown][] {
  const asked: [keyof AcrConfig, unknown, boolean][] = [
    ["untaggedRetentionDays", registry.untaggedRetentionDays, registry.untaggedRetentionDays !== undefined],
    ["replicas", registry.replicas, registry.replicas.length > 0],
    ["allowedIps", registry.allowedIps, registry.allowedIps.length > 0],
    ["dataEndpoint", registry.dataEndpoint, registry.dataEndpoint === true],
    ["exportAllowed", registry.exportAllowed, registry.exportAllowed === false],
    ["publicAccess", registry.publicAccess, registry.publicAccess === false],
    ["trustedServices", registry.trustedServices, registry.trustedServices === false],
  ];
  return asked.filter(([, , is]) => is).map(([feature, value]) => [feature, value]);
}

/** True where no network rule stands; one that is taken over may have rules that nobody names here. */
const isOpen = ({ mode, publicAccess, allowedIps }: AcrConfig): boolean =>
  mode === "create" && publicAccess !== false && allowedIps.length === 0;

function checkFeatures(registry: AcrConfig, location: string | undefined, complain: Complain): void {
  if (registry.sku !== "Premium") {
    for (const [feature, value] of premiumFeatures(registry)) {
      complain(
        feature,
        `${quotedValue(value)} needs Premium, and the SKU is ${registry.sku}`,
        "allowed: leave it out, or sku: Premium",
      );
    }
  }
  if (registry.softDeleteDays !== undefined) {
    const days = quotedValue(registry.softDeleteDays);
    if (registry.untaggedRetentionDays !== undefined) {
      complain(
        "softDeleteDays",
        `${days} cannot be combined with untaggedRetentionDays`,
        "allowed: one of the two; ACR does not take both",
      );
    }
    if (registry.replicas.length > 0) {
      complain(
        "softDeleteDays",
        `${days} cannot be combined with replicas`,
        "allowed: one of the two; ACR does not take both",
      );
    }
  }
  if (registry.exportAllowed === false && registry.publicAccess !== false) {
    complain("exportAllowed", "false needs public access off", "allowed: true, or publicAccess: false");
  }
  if (registry.trustedServices === false && registry.sku === "Premium" && isOpen(registry)) {
    complain(
      "trustedServices",
      "false has no effect where every address is allowed",
      "allowed: leave it out, or name allowedIps, or publicAccess: false",
    );
  }
  if (registry.publicAccess === false && registry.allowedIps.length > 0) {
    complain(
      "allowedIps",
      `${quotedValue(registry.allowedIps)} is never reached with public access off`,
      "allowed: leave it out, or publicAccess: true",
    );
  }
  registry.replicas.forEach((replica, at) => {
    if (replica === location) {
      complain(`replicas[${at}]`, `${quotedValue(replica)} is the registry's own region`, "allowed: other regions");
    } else if (registry.replicas.indexOf(replica) < at) {
      complain(`replicas[${at}]`, `${quotedValue(replica)} is listed twice`, "allowed: each region once");
    }
  });
}

/** What a stage's registries are known by, to see that the two are not one. */
function identity(product: string, stage: Stage, imageClass: ImageClass, registry: RegistryConfig): string {
  if (registry.mode === "reference") return `${registry.host}/${registry.namespace ?? ""}`.toLowerCase();
  const adopted = registry.id === undefined ? undefined : parseRegistryId(registry.id)?.name;
  return (adopted ?? registry.name ?? registryName(product, stage, imageClass)).toLowerCase();
}

/** Each feature is one the SKU has and agrees with the others, and secure and standard are two registries. */
export function checkRegistries(
  stage: Stage,
  registries: Partial<Record<ImageClass, RegistryConfig>>,
  context: { product: string | undefined; location: string | undefined; webhookAuthorization: boolean },
): Problem[] {
  const file = stageFileName(stage);
  const problems: Problem[] = [];
  for (const imageClass of IMAGE_CLASSES) {
    const registry = registries[imageClass];
    if (!registry || registry.mode === "reference") continue;
    checkFeatures(registry, context.location, (field, what, allowed) =>
      problems.push({ file, path: `registries.${imageClass}.${field}`, what, allowed }),
    );
  }
  const { secure, standard } = registries;
  const product = context.product ?? "";
  if (
    secure &&
    standard &&
    identity(product, stage, "secure", secure) === identity(product, stage, "standard", standard)
  ) {
    problems.push({
      file,
      path: "registries",
      what: `secure and standard are both ${quotedValue(identity(product, stage, "secure", secure))}`,
      allowed: "allowed: two registries",
    });
  }
  const hooked = Object.values(registries).some(
    (registry) => registry.mode !== "reference" && registry.webhook !== undefined,
  );
  if (context.webhookAuthorization && secure && standard && !hooked) {
    problems.push({
      file,
      path: "webhookAuthorization",
      what: "given, and no registry has a webhook",
      allowed: "leave it out, or name a webhook",
    });
  }
  return problems;
}

/** Where a stage makes its own resources. */
export interface OwnPlace {
  product: string | undefined;
  resourceGroup: string | undefined;
  /** The provider's subscription, where it is told and not encrypted. */
  subscriptionId: string | undefined;
}

/** An adopted registry is in the subscription its tokens are made in, and not in the group the stage makes. */
export function checkAdoption(
  stage: Stage,
  registries: Partial<Record<ImageClass, RegistryConfig>>,
  place: OwnPlace,
): Problem[] {
  const group = place.resourceGroup ?? resourceGroupName(place.product ?? "", stage);
  return IMAGE_CLASSES.flatMap((imageClass): Problem[] => {
    const registry = registries[imageClass];
    const id = registry?.mode === "adopt" ? parseRegistryId(registry.id ?? "") : undefined;
    if (!id) return [];
    const at = { file: stageFileName(stage), path: `registries.${imageClass}.id` };
    const problems: Problem[] = [];
    if (place.subscriptionId !== undefined && id.subscriptionId.toLowerCase() !== place.subscriptionId.toLowerCase()) {
      const what = `subscription ${quotedValue(id.subscriptionId)} is not the stage's`;
      problems.push({ ...at, what, allowed: "allowed: azure-native:subscriptionId, where its tokens are made" });
    }
    if (id.resourceGroup.toLowerCase() === group.toLowerCase()) {
      const what = `group ${quotedValue(id.resourceGroup)} is the group that the stage makes`;
      problems.push({ ...at, what, allowed: "give the stage another: resourceGroup" });
    }
    return problems;
  });
}
