import type { Input, Inputs } from "@pulumi/pulumi";
import { LOG_CATEGORIES, METRIC_CATEGORIES } from "../domain/diagnostics";
import { IMAGE_CLASSES, type ImageClass } from "../domain/imageClass";
import type { RegistryPlan, StagePlan } from "../domain/plan";
import type { RegistryOutput, StageOutputs } from "./stageOutputs";

/** A contract's fields, each of which may be known only after the cloud has answered. */
export type Pending<T> = { readonly [Key in keyof T]: Input<T[Key]> };

/** What only the cloud knows of a registry. */
export interface RegistryAnswers {
  loginServer: Input<string>;
  registryId?: Input<string>;
}

function registryOutput(plan: RegistryPlan, answers: RegistryAnswers): Pending<RegistryOutput> {
  const { kind, mode, vanityHost, tagRules, rules } = plan;
  return {
    class: plan.class,
    kind,
    mode,
    loginServer: answers.loginServer,
    vanityHost,
    ...(answers.registryId === undefined ? {} : { id: answers.registryId }),
    ...(plan.mode === "reference"
      ? plan.namespace === undefined
        ? {}
        : { namespace: plan.namespace }
      : { sku: plan.sku }),
    tagRules,
    rules,
  };
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
    repository: gates.repository,
    environments: gates.environments.map(({ name, purpose, role, class: imageClass, reviewers, after, refs }) => ({
      name,
      purpose,
      ...(role === undefined ? {} : { role }),
      ...(imageClass === undefined ? {} : { class: imageClass }),
      reviewers: reviewers.map((reviewer) => ("team" in reviewer ? `team ${reviewer.team}` : `user ${reviewer.user}`)),
      after,
      refs: refs.map((ref) => `${ref.on} ${ref.pattern}`),
    })),
    signOffSigners: gates.signOffSigners,
  };
}

/** A stage's outputs: what the plan decided, with what the cloud answered. */
export function makeOutputs(
  plan: StagePlan,
  answers: {
    registries: Readonly<Record<ImageClass, RegistryAnswers>>;
    workspaceId?: Input<string>;
    stageBefore?: Pending<NonNullable<StageOutputs["stageBefore"]>>;
  },
): Inputs {
  const { registries, tokens } = plan;
  const outputs: { [Key in keyof StageOutputs]: unknown } = {
    version: 1,
    stage: plan.stage,
    product: plan.product,
    registries: {
      secure: registryOutput(registries.secure, answers.registries.secure),
      standard: registryOutput(registries.standard, answers.registries.standard),
    },
    images: plan.images,
    policies: plan.policies,
    tokens,
    retention: {
      rule: plan.retention,
      untaggedDays: daysOf(plan, "untaggedRetentionDays"),
      softDeleteDays: daysOf(plan, "softDeleteDays"),
    },
    logging: {
      ...(answers.workspaceId === undefined ? {} : { workspaceId: answers.workspaceId }),
      categories: plan.audit === undefined ? [] : [...LOG_CATEGORIES, ...METRIC_CATEGORIES],
    },
    gates: gatesOutput(plan),
    ...(answers.stageBefore === undefined ? {} : { stageBefore: answers.stageBefore }),
  };
  return outputs;
}
