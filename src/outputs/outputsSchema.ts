import { z } from "zod";
import { IMAGE_BINDINGS, IMAGE_CLASSES } from "../domain/imageClass";
import { REGISTRY_KINDS, REGISTRY_MODES } from "../domain/kind";
import { SKUS } from "../domain/sku";
import { STAGES } from "../domain/stage";
import { RULES } from "../domain/support";
import { isRepository } from "../oci/reference";
import type { StageOutputs } from "./stageOutputs";

const text = z.string().max(1000);
const texts = z.array(text).max(10_000);
const count = z.int().min(0).max(1_000_000);
const host = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/, "allowed: a host, such as registry.example.com");
const repository = z.string().refine(isRepository, "allowed: a repository's path in lower case");

const support = z.union(
  [
    z.object({ support: z.literal("native"), limits: text.exactOptional() }),
    z.object({ support: z.literal("emulated"), by: text }),
    z.object({ support: z.literal("impossible"), because: text }),
  ],
  { error: "allowed: native, emulated with by, impossible with because" },
);

const registry = z.object({
  class: z.enum(IMAGE_CLASSES),
  kind: z.enum(REGISTRY_KINDS),
  mode: z.enum(REGISTRY_MODES),
  loginServer: host,
  namespace: repository.exactOptional(),
  vanityHost: host,
  id: text.exactOptional(),
  sku: z.enum(SKUS).exactOptional(),
  tagRules: z.object({
    regime: z.enum(["mutable", "immutable"]),
    forms: z.array(z.object({ name: text, pattern: z.string().max(500) })).max(20),
  }),
  rules: z.record(z.enum(RULES), support),
});
const registries = z.object({ secure: registry, standard: registry });

const signer = z.union(
  [z.object({ key: z.string().max(10_000) }), z.object({ issuer: z.url({ protocol: /^https$/ }), subject: text })],
  { error: "allowed: { key } or { issuer, subject }" },
);
const signers = z.array(signer).max(100);
const policy = z.object({
  scan: z.object({ critical: count, high: count, maxAgeHours: count }).exactOptional(),
  signature: z.boolean(),
  signers,
});

const days = z.object({ secure: count.exactOptional(), standard: count.exactOptional() });

/** The contract of version 1 as it comes from outside: fields that it does not have are left out. */
export const outputsSchema: z.ZodType<StageOutputs> = z.object({
  version: z.literal(1, "allowed: 1, which is what this version of dualreg reads"),
  stage: z.enum(STAGES),
  product: text,
  registries,
  images: z.array(z.object({ repository, class: z.enum(IMAGE_CLASSES), binding: z.enum(IMAGE_BINDINGS) })).max(100_000),
  policies: z.object({ secure: policy, standard: policy }),
  tokens: z
    .array(
      z.object({
        name: text,
        consumer: text,
        registry: z.enum(IMAGE_CLASSES),
        actions: texts,
        expiresAfterDays: count,
      }),
    )
    .max(100_000),
  retention: z.object({
    rule: z.discriminatedUnion("rule", [
      z.object({ rule: z.literal("inactive"), days: count }),
      z.object({ rule: z.literal("keep"), days: count }),
      z.object({ rule: z.literal("forever") }),
    ]),
    untaggedDays: days,
    softDeleteDays: days,
  }),
  logging: z.object({ workspaceId: text.exactOptional(), categories: texts }),
  gates: z.object({
    repository: text,
    environments: z
      .array(
        z.object({
          name: text,
          purpose: z.enum(["sign-off", "publish", "deploy"]),
          role: text.exactOptional(),
          class: z.enum(IMAGE_CLASSES).exactOptional(),
          reviewers: texts,
          after: texts,
          refs: texts,
        }),
      )
      .max(1000),
    signOffSigners: signers,
  }),
  stageBefore: z.object({ stage: z.enum(STAGES), registries }).exactOptional(),
});
