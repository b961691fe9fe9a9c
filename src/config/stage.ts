import { z } from "zod";
import { closed, text, whole } from "../base/decode/decode";
import type { ImageClass } from "../domain/image/imageClass";
import { REGISTRY_KINDS, REGISTRY_MODES, SKUS } from "../domain/image/registryKind";
import { parseRegistryId, REGISTRY_ID_FORM } from "../domain/plan/names";
import { OWNABLE } from "../domain/plan/stageConfig";
import { WORKSPACE_RETENTION } from "../domain/watch/audit";
import { passwords, pullAccess, vault } from "./passwords";
import { COMPLIANCE } from "./waivers";
import { alerts, archive, budget, flag, scanners } from "./watch";
import type { RegistryConfig } from "../domain/plan/registries";

/** What keeps a stage from being lost by mistake; what is not said is a default of the stage. */
const protection = closed({
  /** Whether Azure refuses to delete the registries and their logs, whoever asks. */
  lock: z.boolean().optional(),
  /** Whether what holds data stays in Azure when the stack is destroyed. */
  retain: z.boolean().optional(),
});

const location = text(/^[a-z][a-z0-9]{2,39}$/, "an Azure region's name, such as westeurope");
const host = text(
  /^(?=.{1,255}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?$/,
  "a host in lower case without scheme or path, such as ghcr.io",
);
const ipRange = text(
  /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\/(?:[12]?\d|3[0-2]))?$/,
  "an IPv4 address or range, such as 203.0.113.0/24",
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
  replicas: z.array(location).default([]),
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

/** What is taken over keeps its tier, so its facts must name it: a default could change it. */
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

/** The schema of one class's registry, by the mode that its facts name. */
export function registrySchema(imageClass: ImageClass, raw: unknown): z.ZodType<RegistryConfig> {
  const mode: unknown = typeof raw === "object" && raw !== null ? Reflect.get(raw, "mode") : undefined;
  if (mode === "reference") return reference;
  return mode === "adopt" ? adopt : create(imageClass);
}

/** Keys that a stage's own file may hold; `registries` is decoded a class at a time. */
export const STAGE = {
  ...COMPLIANCE,
  owns: z.array(z.enum(OWNABLE)),
  before: text(
    /^(?:[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+\/)?[a-z]+$/,
    "the stage before, or <organization>/<project>/<stage>",
  ),
  location,
  resourceGroup: text(/^[-\w._()]{0,89}[-\w_()]$/, "1 to 90 letters, digits, hyphens, dots, underscores and brackets"),
  retention: z.discriminatedUnion(
    "rule",
    [
      closed({ rule: z.literal("inactive"), days: whole(1, 3650) }),
      closed({ rule: z.literal("keep"), days: whole(1, 36500) }),
      closed({ rule: z.literal("forever") }),
    ],
    { error: () => "allowed: inactive, keep, forever" },
  ),
  audit: closed({
    workspaceId: text(
      /^\/subscriptions\/[0-9a-fA-F-]{36}\/resourceGroups\/[-\w._()]{1,90}\/providers\/Microsoft\.OperationalInsights\/workspaces\/[A-Za-z0-9-]{4,63}$/,
      "the ARM id of a Log Analytics workspace",
    ).optional(),
    retentionDays: whole(WORKSPACE_RETENTION.min, WORKSPACE_RETENTION.max).default(WORKSPACE_RETENTION.default),
    archive: archive.optional(),
    scanners,
  }),
  vault,
  passwords,
  pullAccess,
  protection,
  alerts,
  budget,
  insights: flag,
  defender: flag,
  /** Azure tags; its names ignore letter case, and those the program sets itself are taken. */
  tags: z.record(
    text(/^[^<>%&\\?/]{1,512}$/, "1 to 512 characters without < > % & \\ ? /"),
    text(/^[\s\S]{0,256}$/, "at most 256 characters"),
  ),
} as const;

/** Keys whose value may, and must, be encrypted: decoded as opaque, never read by a rule. */
export const SECRET_KEYS = ["webhookAuthorization", "alertWebhook"] as const;

export type SecretKey = (typeof SECRET_KEYS)[number];
