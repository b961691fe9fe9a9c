import type { Input, Inputs } from "@pulumi/pulumi";
import { defined } from "../base/defined";
import { accessMatrix } from "../domain/identity/accessMatrix";
import type { IdentityPlan } from "../domain/identity/identities";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import type { RegistryPlan } from "../domain/plan/registries";
import type { StagePlan } from "../domain/plan/stagePlan";
import { LOG_CATEGORIES, METRIC_CATEGORIES } from "../domain/watch/audit";
import type { IdentityOutput, LoggingOutput, RegistryOutput, StageOutputs } from "./schema";

/** A contract's fields, each of which may be known only after the cloud has answered. */
export type Pending<T> = { readonly [Key in keyof T]: Input<T[Key]> };

/** What only the cloud knows of a registry. */
export interface RegistryAnswers {
  loginServer: Input<string>;
  registryId?: Input<string>;
}

/** What only the cloud knows of an identity. */
export interface IdentityAnswers {
  clientId: Input<string>;
  principalId: Input<string>;
}

/** What only the cloud knows of passwords. */
export interface PasswordAnswers {
  vaultId: Input<string>;
  vaultUri: Input<string>;
  /** By class and name of the token, such as `secure-shop-pull`. */
  expiries: Readonly<Record<string, Input<string>>>;
}

function passwordsOutput({ passwords }: StagePlan, answers: PasswordAnswers | undefined) {
  if (passwords === undefined || answers === undefined) return {};
  const { rotate, secrets } = passwords;
  const output: { [Key in keyof NonNullable<StageOutputs["passwords"]>]: unknown } = {
    vault: { id: answers.vaultId, uri: answers.vaultUri },
    ...defined({ rotate }),
    secrets: secrets.map(({ token, registry, secretName }) => {
      return { token, registry, secret: secretName, expires: answers.expiries[`${registry}-${token}`] ?? "" };
    }),
  };
  return { passwords: output };
}

function identityOutput(
  { name, purpose, class: imageClass }: IdentityPlan,
  answers: Readonly<Record<string, IdentityAnswers>> | undefined,
): Pending<IdentityOutput>[] {
  const answer = answers?.[name];
  if (answer === undefined) return [];
  const { clientId, principalId } = answer;
  return [{ name, purpose, ...defined({ class: imageClass }), clientId, principalId }];
}

function registryOutput(plan: RegistryPlan, answers: RegistryAnswers): Pending<RegistryOutput> {
  const { kind, mode, vanityHost, tagRules, rules } = plan;
  return {
    class: plan.class,
    kind,
    mode,
    loginServer: answers.loginServer,
    vanityHost,
    ...defined({ id: answers.registryId }),
    ...(plan.mode === "reference"
      ? {
          ...defined({ namespace: plan.namespace, owner: plan.owner }),
          ...(plan.public.length === 0 ? {} : { public: plan.public }),
        }
      : { sku: plan.sku }),
    tagRules,
    rules,
  };
}

/** Registries beside the two, whose hosts the stage file names. */
function alternativesOutput({ alternatives }: StagePlan) {
  if (IMAGE_CLASSES.every((imageClass) => alternatives[imageClass].length === 0)) return {};
  const of = (imageClass: ImageClass) =>
    alternatives[imageClass].map((plan) => registryOutput(plan, { loginServer: plan.loginServer }));
  return { alternatives: { secure: of("secure"), standard: of("standard") } };
}

/** The days a policy of both registries says, by class, where it is on. */
function daysOf(
  plan: StagePlan,
  policy: "untaggedRetentionDays" | "softDeleteDays",
): Partial<Record<ImageClass, number>> {
  const on = IMAGE_CLASSES.flatMap((imageClass) => {
    const registry = plan.registries[imageClass];
    const days = registry.mode === "reference" ? undefined : registry[policy];
    return typeof days === "number" ? [[imageClass, days] as const] : [];
  });
  return Object.fromEntries(on);
}

function gatesOutput({ gates }: StagePlan): StageOutputs["gates"] {
  return {
    ...(gates.elsewhere === undefined ? { repository: gates.repository } : { elsewhere: gates.elsewhere }),
    environments: gates.environments.map(({ name, purpose, role, class: imageClass, reviewers, after, refs }) => ({
      name,
      purpose,
      ...defined({ role, class: imageClass }),
      reviewers: reviewers.map((reviewer) => ("team" in reviewer ? `team ${reviewer.team}` : `user ${reviewer.user}`)),
      after,
      refs: refs.map((ref) => `${ref.on} ${ref.pattern}`),
    })),
    rulesets: gates.rulesets,
    signOffSigners: gates.signOffSigners,
    ...(gates.checksBefore.length === 0 ? {} : { checksBefore: gates.checksBefore }),
    ...defined({ app: gates.app }),
  };
}

function consoleOutput({ console }: StagePlan, host: Input<string> | undefined) {
  if (console === undefined || host === undefined) return {};
  const { kind, image } = console;
  const output: Pending<NonNullable<StageOutputs["console"]>> = { kind, host, ...image };
  return { console: output };
}

/** A stage's outputs: what the plan decided, with what the cloud answered. */
export function makeOutputs(
  plan: StagePlan,
  answers: {
    registries: Readonly<Record<ImageClass, RegistryAnswers>>;
    identities?: Readonly<Record<string, IdentityAnswers>>;
    passwords?: PasswordAnswers;
    logging?: LoggingAnswers;
    /** What each control says, one by one. */
    compliance?: Inputs;
    /** The host that visitors know the console by. */
    consoleHost?: Input<string>;
    stageBefore?: Pending<NonNullable<StageOutputs["stageBefore"]>>;
  },
): Inputs {
  const { registries, tokens } = plan;
  const outputs: { [Key in keyof Omit<StageOutputs, "versionPrefix">]: unknown } & { versionPrefix?: unknown } = {
    version: 1,
    stage: plan.stage,
    stages: plan.stages,
    ...(plan.versionPrefix === "v" ? {} : { versionPrefix: plan.versionPrefix }),
    product: plan.product,
    registries: {
      secure: registryOutput(registries.secure, answers.registries.secure),
      standard: registryOutput(registries.standard, answers.registries.standard),
    },
    ...alternativesOutput(plan),
    images: plan.images,
    policies: plan.policies,
    tokens,
    access: accessMatrix(plan),
    identities: plan.identities.identities.flatMap((identity) => identityOutput(identity, answers.identities)),
    ...passwordsOutput(plan, answers.passwords),
    retention: {
      rule: plan.retention,
      untaggedDays: daysOf(plan, "untaggedRetentionDays"),
      softDeleteDays: daysOf(plan, "softDeleteDays"),
    },
    logging: loggingOutput(plan, answers.logging ?? {}),
    gates: gatesOutput(plan),
    ...consoleOutput(plan, answers.consoleHost),
    ...defined({ compliance: answers.compliance, stageBefore: answers.stageBefore }),
  };
  return outputs;
}

/** What only the cloud knows of a stage's log and of what watches it. */
export interface LoggingAnswers {
  workspaceId?: Input<string>;
  archiveId?: Input<string>;
  workbookId?: Input<string>;
  receiversId?: Input<string>;
  insightsId?: Input<string>;
}

/** The log of a stage, what keeps it, what asks it and who is told. */
function loggingOutput({ audit, watch }: StagePlan, answers: LoggingAnswers): Record<keyof LoggingOutput, unknown> {
  const { archiveId, receiversId, ...ids } = answers;
  const { archive, views, alerts, budget, defender, scanners = [] } = watch ?? {};
  const output: { [Key in keyof LoggingOutput]: unknown } = {
    ...ids,
    categories: audit === undefined ? [] : [...LOG_CATEGORIES, ...METRIC_CATEGORIES],
    ...(archive && archiveId !== undefined
      ? { archive: { accountId: archiveId, years: archive.years, days: archive.days, notes: archive.notes } }
      : {}),
    ...(views ? { queries: views.queries.map(({ name, title }) => ({ name, title, saved: views.saved })) } : {}),
    ...(scanners.length === 0 ? {} : { scanners }),
    ...defined({ receiversId }),
    ...(alerts ? { alerts: alerts.alerts.map(alertOutput) } : {}),
    ...(budget ? { budget: { amount: budget.amount, start: budget.start, notices: budget.notices } } : {}),
    ...defined({ defender }),
  };
  return output as Record<keyof LoggingOutput, unknown>;
}

type Alert = NonNullable<StagePlan["watch"]>["alerts"]["alerts"][number];

function alertOutput(alert: Alert): NonNullable<LoggingOutput["alerts"]>[number] {
  const { name, title } = alert;
  if (alert.state !== "on") return { name, title, state: alert.state, because: alert.because };
  const { signal, threshold, limits } = alert;
  return { name, title, state: "on", signal, threshold, ...defined({ limits }) };
}
