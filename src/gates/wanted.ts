import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { EnvironmentPlan, Reviewer } from "../domain/identity/environments";
import type { RulesetPlan } from "../domain/identity/rulesets";
import type { StagePlan } from "../domain/plan/stagePlan";
import type { StageOutputs } from "../outputs";

/** One environment as the plan has it, with what only a deployed stage knows. */
export interface WantedEnvironment extends Pick<EnvironmentPlan, "name" | "purpose" | "reviewers" | "refs"> {
  /** The stages whose plan has it; the one that owns the repository for those that are nobody's stage's. */
  stage: string;
  /** Names of variables, with the values that are known: outputs tell them. */
  variables: ReadonlyMap<string, string | undefined>;
}

/** What the project says of its repository. */
export interface WantedGates {
  product: string;
  environments: readonly WantedEnvironment[];
  /** Of the whole repository; absent where no stage that has a file owns its settings. */
  repository?: { rulesets: readonly RulesetPlan[]; subjectClaims: readonly string[] };
  /** Names of environments, in small letters, that a planned federated credential names. */
  trusted: ReadonlySet<string>;
}

/**
 * What the plans of all stages say together.
 *
 * @param plans of every stage that has a file: an environment is extra where none of them has it
 * @param outputs of deployed stages, for what Azure alone knows
 * @throws DualRegistryError CONFIG_INVALID where outputs are of another product
 */
export function wantedGates(plans: readonly StagePlan[], outputs: readonly StageOutputs[]): WantedGates {
  const [first] = plans;
  if (first === undefined) throw new DualRegistryError("CONFIG_INVALID", "No stage has a file");
  for (const { product, stage } of outputs) {
    if (product === first.product) continue;
    const allowed = `allowed: outputs of ${quoted(first.product)}`;
    throw new DualRegistryError("CONFIG_INVALID", `--outputs: those of ${quoted(product)}, ${stage}; ${allowed}`);
  }
  const owner = plans.find(({ gates }) => gates.rulesets.length > 0);
  return {
    product: first.product,
    environments: plans.flatMap((plan) => {
      const deployed = outputs.find(({ stage }) => stage === plan.stage);
      return plan.gates.environments.map((environment) => ({
        ...environment,
        stage: plan.stage,
        variables: variablesOf(environment, deployed),
      }));
    }),
    ...(owner && { repository: { rulesets: owner.gates.rulesets, subjectClaims: owner.gates.subjectClaims } }),
    trusted: new Set(plans.flatMap(trustedBy)),
  };
}

function variablesOf(
  { variables }: EnvironmentPlan,
  outputs: StageOutputs | undefined,
): ReadonlyMap<string, string | undefined> {
  return new Map(
    variables.map((variable) => {
      if ("of" in variable) {
        const { loginServer, vanityHost } = outputs?.registries[variable.of] ?? {};
        return [variable.name, variable.host === "login" ? loginServer : vanityHost];
      }
      const identity = outputs?.identities?.find(({ name }) => name === variable.identity);
      return [variable.name, variable.value === "clientId" ? identity?.clientId : undefined];
    }),
  );
}

const IN_SUBJECT = /:environment:([^:]+)(?::|$)/;

function trustedBy({ identities }: StagePlan): string[] {
  const subjects = identities.identities.flatMap(({ credentials }) => credentials.map(({ subject }) => subject));
  return subjects.flatMap((subject) => {
    const name = IN_SUBJECT.exec(subject)?.[1];
    return name === undefined ? [] : [decodeURIComponent(name).toLowerCase()];
  });
}

/** A reviewer as both sides are compared: by number, whatever the name is now. */
export const reviewerKey = (reviewer: Reviewer | { kind: "team" | "user"; id: number }): string =>
  "kind" in reviewer ? `${reviewer.kind} ${reviewer.id}` : `${"team" in reviewer ? "team" : "user"} ${reviewer.id}`;
