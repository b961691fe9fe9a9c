import { z } from "zod";
import { closed, orForm, text, whole } from "../base/decode/decode";
import { meantKey, type Problem } from "../base/decode/problems";
import { defined } from "../base/defined";
import { quotedValue } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { REGISTRY_KINDS, REGISTRY_MODES, SKUS } from "../domain/image/registryKind";
import { parseRegistryId, REGISTRY_ARM_KIND, registryName } from "../domain/plan/names";
import type { AcrConfig, RegistryConfig } from "../domain/plan/registries";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project";
import { armId, ipRange, region } from "./forms";
import type { KeyReader } from "./keyReader";
import { checkRepeated } from "./ranges";

const host = text(
  /^(?=.{1,255}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?$/,
  "a host in lower case without scheme or path, such as ghcr.io",
);
const httpsUrl = z
  .url({ protocol: /^https$/, error: "allowed: an https address without user, password or query" })
  .refine((url) => !/^https:\/\/[^/?#]*@|[?#]/.test(url), "allowed: an https address without user, password or query");

const webhook = closed(
  {
    url: httpsUrl,
    actions: z
      .array(
        z.enum(["push", "delete", "quarantine", "chart_push", "chart_delete"]),
        orForm("a list, such as [push, delete]"),
      )
      .min(1)
      .default(["push", "delete"]),
  },
  "{ url: https://hooks.example.com/registry }",
);

const modes = `allowed: ${REGISTRY_MODES.join(", ")}`;

/** What an ACR may be told, made or taken over. What is not said is a default of the plan, or left as it is found. */
const acr = {
  untaggedRetentionDays: whole(0, 365).optional(),
  softDeleteDays: whole(1, 90).optional(),
  replicas: z.array(region, orForm("a list, such as [northeurope]")).default([]),
  publicAccess: z.boolean().optional(),
  allowedIps: z.array(ipRange, orForm("a list, such as [203.0.113.0/24]")).max(200).default([]),
  trustedServices: z.boolean().optional(),
  exportAllowed: z.boolean().optional(),
  armTokensAllowed: z.boolean().optional(),
  dataEndpoint: z.boolean().optional(),
  protect: z.boolean().default(true),
  prereleases: z.boolean().default(false),
  webhook: webhook.optional(),
};

/** What is taken over keeps its tier, so the file must name it: a default could change it. */
const adopt = closed({ mode: z.literal("adopt", modes), id: armId(REGISTRY_ARM_KIND), sku: z.enum(SKUS), ...acr });

const create = (imageClass: ImageClass) =>
  closed(
    {
      mode: z.literal("create", modes).default("create"),
      name: text(/^[a-z0-9]{5,50}$/, "5 to 50 lower-case letters and digits").optional(),
      sku: z.enum(SKUS).default(imageClass === "secure" ? "Premium" : "Standard"),
      ...acr,
    },
    "{ sku: Premium }",
  );

const reference = closed({
  mode: z.literal("reference", modes),
  kind: z.enum(REGISTRY_KINDS),
  host,
  namespace: text(/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/, "a path in lower case, such as company").optional(),
  prereleases: z.boolean().default(false),
});

/** The mode of a registry, or the one that its other keys show where it is not named, or by a misspelt key. */
function modeOf(raw: object): unknown {
  const keys = Object.keys(raw);
  const key = keys.includes("mode") ? "mode" : keys.find((one) => meantKey(one, ["mode"]) !== undefined);
  if (key !== undefined) return Reflect.get(raw, key);
  if (keys.includes("id")) return "adopt";
  return keys.includes("kind") || keys.includes("host") ? "reference" : "create";
}

/** Decodes one class's registry by the schema of its mode; what else stands there means nothing while that is wrong. */
function readRegistry(reader: KeyReader, imageClass: ImageClass, raw: unknown): RegistryConfig | undefined {
  const path = `registries.${imageClass}`;
  const schemas: Readonly<Record<string, z.ZodType<RegistryConfig>>> = { create: create(imageClass), adopt, reference };
  const mode = typeof raw === "object" && raw !== null ? modeOf(raw) : "create";
  const schema = typeof mode === "string" && Object.hasOwn(schemas, mode) ? schemas[mode] : undefined;
  if (schema !== undefined) return reader.decode(path, raw, schema);
  reader.complain(`${path}.mode`, `${quotedValue(mode)} is not allowed`, modes);
  return undefined;
}

/** The registry of each class, not yet decoded. */
const registryClasses = closed(
  { secure: z.unknown().optional(), standard: z.unknown().optional() },
  "{ secure: { sku: Premium }, standard: { sku: Standard } }",
);

/** Decodes the two registries, each by the schema of its mode; a class that is not named gets the defaults. */
export function readRegistries(reader: KeyReader): Partial<Record<ImageClass, RegistryConfig>> {
  const structure = reader.has("registries") ? reader.structure("registries") : {};
  if (structure === undefined) return {};
  const classes = reader.decode("registries", structure, registryClasses) ?? {};
  return defined({
    secure: readRegistry(reader, "secure", classes.secure ?? {}),
    standard: readRegistry(reader, "standard", classes.standard ?? {}),
  });
}

/** `fields` are those whose silence it follows from. */
type Complain = (field: string, what: string, allowed: string, fields?: readonly string[]) => void;

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
        ["sku"],
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
    complain("exportAllowed", "false needs public access off", "allowed: true, or publicAccess: false", [
      "publicAccess",
    ]);
  }
  if (registry.trustedServices === false && registry.sku === "Premium" && isOpen(registry)) {
    complain(
      "trustedServices",
      "false has no effect where every address is allowed",
      "allowed: leave it out, or name allowedIps, or publicAccess: false",
      ["allowedIps", "publicAccess"],
    );
  }
  if (registry.publicAccess === false && registry.allowedIps.length > 0) {
    complain(
      "allowedIps",
      `${quotedValue(registry.allowedIps)} is never reached with public access off`,
      "allowed: leave it out, or publicAccess: true",
    );
  }
  checkRepeated(registry.allowedIps, (at, what, allowed) => complain(`allowedIps${at}`, what, allowed));
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
    const at = (field: string) => `registries.${imageClass}.${field}`;
    checkFeatures(registry, context.location, (field, what, allowed, fields) =>
      problems.push({ file, path: at(field), what, allowed, ...(fields && { from: { paths: fields.map(at) } }) }),
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
      from: { paths: ["registries"] },
    });
  }
  return problems;
}
