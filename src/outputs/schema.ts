import { z } from "zod";
import { day, RELATIVE_FORM, RELATIVE_PATH } from "../base/decode/decode";
import { isRepository } from "../base/reference";
import { controlOf } from "../controls/catalogue";
import { type Compliance, VERDICTS } from "../controls/control";
import { BASES } from "../controls/facts";
import type { AccessRow } from "../domain/identity/accessMatrix";
import { ACCESS_PURPOSES } from "../domain/identity/identities";
import { ACCESS_ACTIONS } from "../domain/identity/roles";
import { ENFORCEMENTS, type RulesetPlan } from "../domain/identity/rulesets";
import { IMAGE_BINDINGS, IMAGE_CLASSES } from "../domain/image/imageClass";
import type { ImagePolicy, RetentionRule } from "../domain/image/policy";
import { REGISTRY_KINDS, REGISTRY_MODES, SKUS } from "../domain/image/registryKind";
import { RULES, type Support } from "../domain/image/ruleSupport";
import type { TagRules } from "../domain/image/tags";
import { VERSION_PREFIXES } from "../domain/image/version";
import { LEVELS, SCOPES } from "../domain/plan/compliance";
import { DEFAULT_STAGES, isStageName, STAGE_NAME_FORM } from "../domain/stage";
import { consoleOutput } from "./consoleOutput";
import { signer } from "./signer";

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

/** A type inferred from the schema, as its readers have it: nobody changes what a stage said. */
type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

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
const imageClass = z.enum(IMAGE_CLASSES);

/** One alert as it was decided. */
const alert = z.discriminatedUnion("state", [
  z.object({ ...named, state: z.literal("on"), signal: text, threshold: text, limits: text.exactOptional() }),
  z.object({ ...named, state: z.enum(["off", "impossible"]), because: text }),
]);

/** The log of a stage; only workspace and categories are in the outputs of earlier versions. */
const logging = z.object({
  /** ARM id of the Log Analytics workspace; absent where the stage holds no registry. */
  workspaceId: text.exactOptional(),
  /** Categories sent to it. */
  categories: texts,
  /** Where the log is kept unchangeable; absent where it is not. */
  archive: z.object({ accountId: text, years: count, days: count, notes: texts }).exactOptional(),
  /** Queries over the log; saved in the workspace only where it is the stage's own. */
  queries: z
    .array(z.object({ ...named, saved: z.boolean() }))
    .max(1000)
    .exactOptional(),
  /** ARM id of the workbook that shows them. */
  workbookId: text.exactOptional(),
  /** Identities of scanners, as the log writes them: their pulls are no use of an image. Absent where none is named. */
  scanners: texts.exactOptional(),
  /** Every alert there could be: on with signal and threshold, or why it is off or impossible. */
  alerts: z.array(alert).max(1000).exactOptional(),
  /** ARM id of the action group that alerts notify; absent where they notify nobody. */
  receiversId: text.exactOptional(),
  /** What the resource group may cost in a month; absent where the stage file sets no budget. */
  budget: z
    .object({
      amount: z.number().min(0),
      start: text,
      notices: z.array(z.object({ key: text, percent: count, of: z.enum(["Actual", "Forecasted"]) })).max(10),
    })
    .exactOptional(),
  /** ARM id of the stage's Application Insights; absent where none is made. */
  insightsId: text.exactOptional(),
  /** Whether this stage switches Defender for Containers on in its subscription. */
  defender: z.boolean().exactOptional(),
});

/** The log of a stage, what keeps it and whom it notifies. */
export type LoggingOutput = Immutable<z.infer<typeof logging>>;

const host = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/, "allowed: a host, such as registry.example.com");
const repository = z.string().refine(isRepository, "allowed: a repository's path in lower case");

/** How a registry keeps a rule, as it comes from outside. */
export const support = z.union(
  [
    z.object({ support: z.literal("native"), limits: text.exactOptional() }),
    z.object({ support: z.literal("expected"), setting: text }),
    z.object({ support: z.literal("emulated"), by: text }),
    z.object({ support: z.literal("impossible"), because: text }),
  ],
  { error: "allowed: native, expected with setting, emulated with by, impossible with because" },
) satisfies z.ZodType<Support>;

const registry = z.object({
  class: imageClass,
  kind: z.enum(REGISTRY_KINDS),
  mode: z.enum(REGISTRY_MODES),
  /** The host clients log in at, as the registry's owner gives it. */
  loginServer: host,
  /** The path in front of the repositories; absent for acr. */
  namespace: repository.exactOptional(),
  /** Who answers for a registry that is only named; absent where the stage file says nothing of it. */
  owner: text.exactOptional(),
  /** Repositories that anybody may pull; absent where there is none, and for a registry that the stage holds. */
  public: z.array(repository).max(1000).exactOptional(),
  /** The host people know it by: planned, and served only where a proxy stands in front. */
  vanityHost: host,
  /** ARM id; absent for a registry that is only named. */
  id: text.exactOptional(),
  /** Absent for a registry that is only named. */
  sku: z.enum(SKUS).exactOptional(),
  tagRules: z.object({
    regime: z.enum(["mutable", "immutable"]),
    forms: z.array(z.object({ name: text, pattern: z.string().max(500) })).max(20),
  }) satisfies z.ZodType<TagRules>,
  /** How the registry keeps each rule. */
  rules: z.record(z.enum(RULES), support),
});
const registries = z.object({ secure: registry, standard: registry });
const alternatives = z.object({ secure: z.array(registry).max(10), standard: z.array(registry).max(10) });

/** One registry of a stage. */
export type RegistryOutput = Immutable<z.infer<typeof registry>>;

const signers = z.array(signer).max(100);
const policy = z.object({
  scan: z.object({ critical: count, high: count, maxAgeHours: count, until: day.exactOptional() }).exactOptional(),
  signature: z.boolean(),
  signers,
}) satisfies z.ZodType<ImagePolicy>;

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
}) satisfies z.ZodType<RulesetPlan>;

const stageName = z.string().refine(isStageName, `allowed: ${STAGE_NAME_FORM}`);

const accessRow = z.object({
  who: text,
  kind: z.enum(["identity", "token"]),
  purpose: z.enum(ACCESS_PURPOSES),
  stage: stageName,
  registry: imageClass,
  actions: z.array(z.enum(ACCESS_ACTIONS)).max(ACCESS_ACTIONS.length),
  repositories: texts,
  role: text.exactOptional(),
  on: z.enum(["resource-group", "workspace", "vault", "secret"]).exactOptional(),
  assumedBy: texts,
  expiresAfterDays: count.exactOptional(),
}) satisfies z.ZodType<AccessRow>;

/** A token and what it may do; never a password. */
const token = z.object({
  name: text,
  consumer: text,
  registry: imageClass,
  actions: texts,
  /** Days a password of it may live. */
  expiresAfterDays: count,
});

/** A token and what it may do; never a password. */
export type TokenOutput = Immutable<z.infer<typeof token>>;

/** An identity and what Azure calls it; nothing here is a secret. */
const identity = z.object({
  name: text,
  purpose: z.enum(ACCESS_PURPOSES),
  /** Absent where it is not bound to one class. */
  class: imageClass.exactOptional(),
  /** What a workflow or a pod logs in with. */
  clientId: text,
  /** What role assignments name. */
  principalId: text,
});

/** An identity and what Azure calls it; nothing here is a secret. */
export type IdentityOutput = Immutable<z.infer<typeof identity>>;

/** Where passwords are kept, and until when they live; never a password. */
const passwords = z.object({
  vault: z.object({ id: text, uri: text }),
  /** The date of the last rotation that was asked for; absent where none was. */
  rotate: text.exactOptional(),
  secrets: z
    .array(
      z.object({
        token: text,
        registry: imageClass,
        /** Name of the secret in the vault. */
        secret: text,
        /** When its password ends, ISO 8601 in UTC. */
        expires: text,
      }),
    )
    .max(100_000),
});

const relative = z.string().max(500).regex(RELATIVE_PATH, `allowed: ${RELATIVE_FORM}`);

const days = z.object({ secure: count.exactOptional(), standard: count.exactOptional() });

const retention = z.object({
  rule: z.discriminatedUnion("rule", [
    z.object({ rule: z.literal("inactive"), days: count }),
    z.object({ rule: z.literal("keep"), days: count }),
    z.object({ rule: z.literal("newest"), count }),
    z.object({ rule: z.literal("forever") }),
  ]) satisfies z.ZodType<RetentionRule>,
  /** Days an untagged manifest is kept by the registry itself; absent where it has no such policy. */
  untaggedDays: days,
  /** Days a deleted image can be restored; absent where it cannot. */
  softDeleteDays: days,
});

/** A check, and who may report it. */
const stageCheck = z.union([z.object({ name: text, workflow: text }), z.object({ name: text, app: z.number().int() })]);

const gates = z.object({
  /** The repository on GitHub; absent where gates are off. */
  repository: text.exactOptional(),
  /** Who signs off elsewhere, and where that is kept; present where gates are off. */
  elsewhere: z.object({ by: text, where: text }).exactOptional(),
  environments: z
    .array(
      z.object({
        name: text,
        purpose: z.enum(["sign-off", "publish", "deploy", "preview", "operations", "automation"]),
        role: text.exactOptional(),
        class: imageClass.exactOptional(),
        /** Teams by slug and users by login. */
        reviewers: texts,
        after: texts,
        refs: texts,
      }),
    )
    .max(1000),
  /** Rules of branches and tags; empty for a stage that does not own the repository's settings. */
  rulesets: z.array(ruleset).max(100).exactOptional(),
  /** Who is trusted to sign the sign-offs of a release. */
  signOffSigners: signers,
  /** Checks that must have passed at the stage before, or no release comes here; absent where there is none. */
  checksBefore: z.array(stageCheck).max(20).exactOptional(),
  /** Number of the App that cuts releases and places tags; absent where nothing is signed off. */
  app: z.number().int().exactOptional(),
});

/** The gates of a stage: environments, rulesets, and who may sign. */
export type GatesOutput = Immutable<z.infer<typeof gates>>;

/** The contract of version 1 as it comes from outside: fields that it does not have are left out. */
export const outputsSchema = z.object({
  version: z.literal(1, "allowed: 1, which is what this version of dualreg reads"),
  stage: stageName,
  /** The project's stages, in the order of promotion; earlier versions had these four. */
  stages: z.tuple([stageName], stageName).default([...DEFAULT_STAGES]),
  /** What stands in front of the product's versions; absent where it is a v, as in the outputs of earlier versions. */
  versionPrefix: z.enum(VERSION_PREFIXES).default("v"),
  product: text,
  registries,
  /** Registries that a publication may choose in place of these two, by their kind; absent where there is none. */
  alternatives: alternatives.exactOptional(),
  /** Every repository of the product: its class, and whether it is promoted or rebuilt. */
  images: z
    .array(
      z.object({
        ...{ repository, class: imageClass, binding: z.enum(IMAGE_BINDINGS) },
        /** Where it is built from; absent where that is the folder of its name. */
        build: z.object({ context: relative.exactOptional(), dockerfile: relative.exactOptional() }).exactOptional(),
      }),
    )
    .max(100_000),
  /** What an image of each class must bring before this stage's registry takes it. */
  policies: z.object({ secure: policy, standard: policy }),
  tokens: z.array(token).max(100_000),
  /** Who may do what in this stage, where, and until when; absent in the outputs of earlier versions. */
  access: z.array(accessRow).max(100_000).exactOptional(),
  /** Who logs in without a password; absent in the outputs of earlier versions. */
  identities: z.array(identity).max(10_000).exactOptional(),
  /** Where the tokens' passwords are; absent where they are switched off, and in outputs of earlier versions. */
  passwords: passwords.exactOptional(),
  retention,
  logging,
  gates,
  /** Where the console is and by which digest it runs; absent where the stage has none, and in outputs of earlier versions. */
  console: consoleOutput.exactOptional(),
  /** What each control says; absent in the outputs of earlier versions. */
  compliance: complianceSchema.exactOptional(),
  /** The stage a release comes from, as its own stack says; absent where it begins and where there is no stack to read. */
  stageBefore: z.object({ stage: stageName, registries, alternatives: alternatives.exactOptional() }).exactOptional(),
});

/**
 * What a stage's stack says of itself: the one contract that the command line, the console, CI and auditors read.
 * A field is never renamed or given another meaning without a new `version`. No secret is in it.
 */
export type StageOutputs = Immutable<z.infer<typeof outputsSchema>>;
