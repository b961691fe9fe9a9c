import { z } from "zod";
import { day } from "../base/decode/decode";
import { isRepository } from "../base/reference";
import { controlOf } from "../controls/catalogue";
import { type Compliance, VERDICTS } from "../controls/control";
import { BASES } from "../controls/facts";
import { ENFORCEMENTS } from "../domain/identity/rulesets";
import { IMAGE_BINDINGS, IMAGE_CLASSES } from "../domain/image/imageClass";
import { REGISTRY_KINDS, REGISTRY_MODES, SKUS } from "../domain/image/registryKind";
import { RULES } from "../domain/image/ruleSupport";
import { STAGES } from "../domain/stage";
import type { StageOutputs } from "./stageOutputs";
import { LEVELS, SCOPES } from "../domain/plan/compliance";
import { ACCESS_ACTIONS } from "../domain/identity/roles";
import { ACCESS_PURPOSES } from "../domain/identity/identities";

const text = z.string().max(1000);
const verdict = z.enum(VERDICTS);
const scope = z.enum(SCOPES);

const evidence = z.object({
  resource: text,
  property: text,
  value: z.union([text, z.number(), z.boolean(), z.array(text).max(1000)]),
  expected: text,
});

const finding = z.object({
  scope,
  verdict,
  basis: z.enum(BASES),
  evidence: z.array(evidence).max(1000),
  note: text.exactOptional(),
  waiver: z.int().min(0).max(1000).exactOptional(),
});

const waiver = z.object({
  control: text,
  scope,
  reason: text,
  approver: text,
  expires: day,
  state: z.enum(["used", "expired", "unused"]),
});

const known = z.string().refine((id) => controlOf(id) !== undefined, "allowed: the id of a control");

/** @param id which names of controls are taken */
const evaluation = (id: z.ZodType<string, string>): z.ZodType<Compliance> =>
  z.object({
    version: z.literal(1),
    controls: z.record(id, z.object({ verdict, level: z.enum(LEVELS), findings: z.array(finding).max(10_000) })),
    waivers: z.array(waiver).max(1000),
  });

/** The output `compliance` as it comes from outside; a control that this version does not have is an error. */
export const complianceSchema = evaluation(known);

/** The same of another version of the program, to compare with: it may have other controls. */
export const formerComplianceSchema = evaluation(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/));

const texts = z.array(text).max(10_000);
const count = z.int().min(0).max(1_000_000);
const named = { name: text, title: text };

const alert = z.discriminatedUnion("state", [
  z.object({ ...named, state: z.literal("on"), signal: text, threshold: text, limits: text.exactOptional() }),
  z.object({ ...named, state: z.enum(["off", "impossible"]), because: text }),
]);

/** What a stage says of its log; only workspace and categories are in the outputs of older versions. */
const logging = z.object({
  workspaceId: text.exactOptional(),
  categories: texts,
  archive: z.object({ accountId: text, years: count, days: count, notes: texts }).exactOptional(),
  queries: z
    .array(z.object({ ...named, saved: z.boolean() }))
    .max(1000)
    .exactOptional(),
  workbookId: text.exactOptional(),
  scanners: texts.exactOptional(),
  alerts: z.array(alert).max(1000).exactOptional(),
  receiversId: text.exactOptional(),
  budget: z
    .object({
      amount: z.number().min(0),
      start: text,
      notices: z.array(z.object({ key: text, percent: count, of: z.enum(["Actual", "Forecasted"]) })).max(10),
    })
    .exactOptional(),
  insightsId: text.exactOptional(),
  defender: z.boolean().exactOptional(),
});

const host = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/, "allowed: a host, such as registry.example.com");
const repository = z.string().refine(isRepository, "allowed: a repository's path in lower case");

/** How a registry keeps a rule, as it comes from outside. */
export const support = z.union(
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

const on = z.literal(true).exactOptional();
const ruleset = z.object({
  name: text,
  target: z.enum(["branch", "tag"]),
  include: texts,
  enforcement: z.enum(ENFORCEMENTS),
  bypass: z.array(z.union([z.object({ team: text, id: z.int() }), z.object({ app: z.int() })])).max(100),
  rules: z.object({
    creation: on,
    update: on,
    deletion: on,
    nonFastForward: on,
    pullRequest: z.object({ approvals: count }).exactOptional(),
    checks: texts.exactOptional(),
  }),
});

const accessRow = z.object({
  who: text,
  kind: z.enum(["identity", "token"]),
  purpose: z.enum(ACCESS_PURPOSES),
  stage: z.enum(STAGES),
  registry: z.enum(IMAGE_CLASSES),
  actions: z.array(z.enum(ACCESS_ACTIONS)).max(ACCESS_ACTIONS.length),
  repositories: texts,
  role: text.exactOptional(),
  on: z.enum(["resource-group", "workspace", "vault", "secret"]).exactOptional(),
  assumedBy: texts,
  expiresAfterDays: count.exactOptional(),
});
const identity = z.object({
  name: text,
  purpose: z.enum(ACCESS_PURPOSES),
  class: z.enum(IMAGE_CLASSES).exactOptional(),
  clientId: text,
  principalId: text,
});

const passwords = z.object({
  vault: z.object({ id: text, uri: text }),
  rotate: text.exactOptional(),
  secrets: z
    .array(z.object({ token: text, registry: z.enum(IMAGE_CLASSES), secret: text, expires: text }))
    .max(100_000),
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
  access: z.array(accessRow).max(100_000).exactOptional(),
  identities: z.array(identity).max(10_000).exactOptional(),
  passwords: passwords.exactOptional(),
  retention: z.object({
    rule: z.discriminatedUnion("rule", [
      z.object({ rule: z.literal("inactive"), days: count }),
      z.object({ rule: z.literal("keep"), days: count }),
      z.object({ rule: z.literal("forever") }),
    ]),
    untaggedDays: days,
    softDeleteDays: days,
  }),
  logging,
  gates: z.object({
    repository: text,
    environments: z
      .array(
        z.object({
          name: text,
          purpose: z.enum(["sign-off", "publish", "deploy", "preview", "operations", "automation"]),
          role: text.exactOptional(),
          class: z.enum(IMAGE_CLASSES).exactOptional(),
          reviewers: texts,
          after: texts,
          refs: texts,
        }),
      )
      .max(1000),
    rulesets: z.array(ruleset).max(100).exactOptional(),
    signOffSigners: signers,
    checksBefore: texts.exactOptional(),
  }),
  compliance: complianceSchema.exactOptional(),
  stageBefore: z.object({ stage: z.enum(STAGES), registries }).exactOptional(),
});
