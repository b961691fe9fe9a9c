import { z } from "zod";
import { closed, orForm, text, whole } from "../base/decode/decode";
import { meantKey } from "../base/decode/problems";
import { defined } from "../base/defined";
import { isRepository } from "../base/reference";
import { quotedValue } from "../base/text/quote";
import type { ImageClass } from "../domain/image/imageClass";
import { KIND_WORDS, REGISTRY_MODES, registryKindOf, SKUS } from "../domain/image/registryKind";
import { REGISTRY_ARM_KIND } from "../domain/plan/names";
import type { AlternativesConfig, RegistryConfig } from "../domain/plan/registries";
import { armId, ipRange, region } from "./forms";
import type { KeyReader } from "./keyReader";

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

/** A word that names a kind of registry. */
export const registryKind = z.string().transform((word, context) => {
  const known = registryKindOf(word);
  if (known !== undefined) return known;
  context.issues.push({ code: "custom", message: `allowed: ${KIND_WORDS.join(", ")}`, input: word });
  return z.NEVER;
});

/** What a stage file says of a registry that somebody else owns. */
const referenced = {
  kind: registryKind,
  host,
  namespace: text(/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/, "a path in lower case, such as company").optional(),
  owner: text(/^\S(?:.{0,98}\S)?$/, "who answers for it, such as a team, in 1 to 100 characters").optional(),
  public: z
    .array(
      z.string().refine(isRepository, "allowed: a repository of the map of images"),
      orForm("a list, such as [orders/docs]"),
    )
    .max(1000)
    .default([]),
  prereleases: z.boolean().default(false),
};
const reference = closed({ mode: z.literal("reference", modes), ...referenced });

const ALTERNATIVE = "{ kind: ecr, host: 123456789012.dkr.ecr.eu-west-1.amazonaws.com }";
const alternative = closed({ mode: z.literal("reference", modes).default("reference"), ...referenced }, ALTERNATIVE);
const listed = z
  .array(alternative, orForm(`a list, such as [${ALTERNATIVE}]`))
  .max(10)
  .default([]);

/**
 * Registries beside the two, by class, that a publication may choose in their place by their kind. All of them belong to
 * somebody else.
 */
export const alternatives = closed(
  { secure: listed, standard: listed },
  `{ standard: [${ALTERNATIVE}] }`,
) satisfies z.ZodType<AlternativesConfig>;

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
