import type { Json } from "../base/json";
import type { BypassActor, RefRules, RulesetPlan } from "../domain/identity/rulesets";
import type { DeployedRuleset } from "../github/settings";
import type { GateFinding } from "./compareEnvironments";

/** What the repository has once, as GitHub has it. */
export interface DeployedRepository {
  defaultBranch: string;
  rulesets: readonly DeployedRuleset[];
  /** Undefined where subjects are GitHub's default. */
  subjectClaims: readonly string[] | undefined;
}

const AGAIN = "pulumi up --refresh  # the stage that owns the repository's settings, by somebody who administers it";

/** Compares rulesets, the subject of tokens and the default branch. */
export function compareRepository(
  wanted: { rulesets: readonly RulesetPlan[]; subjectClaims: readonly string[] },
  found: DeployedRepository,
): GateFinding[] {
  const differs = differences("repository");
  const claims = found.subjectClaims ?? "GitHub's default";
  const rename = "gh repo edit --default-branch main  # the ruleset of main is that of the default branch";
  return [
    ...differs("default branch", found.defaultBranch, "main", rename),
    ...differs("claims in the subject of tokens", claims, wanted.subjectClaims),
    ...wanted.rulesets.flatMap((ruleset): GateFinding[] => {
      const where = `ruleset ${ruleset.name}`;
      const same = found.rulesets.filter(({ name }) => name === ruleset.name);
      if (same.length > 0) return same.flatMap((one) => compareRuleset(ruleset, one, where));
      return [{ kind: "missing", where, property: "ruleset", wanted: ruleset.name, remedy: AGAIN }];
    }),
  ];
}

const differences =
  (where: string) =>
  (property: string, found: Json, wanted: Json, remedy = AGAIN): GateFinding[] =>
    sameText(found, wanted) ? [] : [{ kind: "different", where, property, found, wanted, remedy }];

const sameText = (one: Json | undefined, other: Json | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

function compareRuleset(wanted: RulesetPlan, found: DeployedRuleset, where: string): GateFinding[] {
  const differs = differences(where);
  const bypass = wanted.bypass.map(actorOf).sort();
  const rules = wantedRules(wanted.rules);
  const unseen: GateFinding = {
    ...{ kind: "unknown", where, property: "bypass actors", wanted: bypass },
    remedy: "ask as somebody who may write to rulesets: GitHub tells nobody else who passes them",
  };
  return [
    ...differs("target", found.target, wanted.target),
    ...differs("enforcement", found.enforcement, wanted.enforcement),
    ...differs("included refs", [...found.include].sort(), [...wanted.include].sort()),
    ...differs("excluded refs", [...found.exclude].sort(), []),
    ...differs("rules", found.rules.map(({ type }) => type).sort(), [...rules.keys()].sort()),
    ...found.rules.flatMap(({ type, parameters }) =>
      Object.entries(rules.get(type) ?? {}).flatMap(([name, should]) =>
        differs(`${type}.${name}`, parameterOf(name, parameters[name]), should),
      ),
    ),
    ...(found.bypass === undefined ? [unseen] : differs("bypass actors", [...found.bypass].sort(), bypass)),
  ];
}

const actorOf = (actor: BypassActor): string =>
  "app" in actor ? `Integration ${actor.app} always` : `Team ${actor.id} always`;

/** The rules as GitHub names them, each with the parameters that the plan sets. */
function wantedRules(rules: RefRules): Map<string, Readonly<Record<string, Json>>> {
  const { creation, update, deletion, nonFastForward, pullRequest, checks } = rules;
  const switches = { creation, update, deletion, non_fast_forward: nonFastForward };
  return new Map<string, Readonly<Record<string, Json>>>([
    ...Object.entries(switches).flatMap(([type, on]) => (on === true ? [[type, {}] as const] : [])),
    ...(pullRequest === undefined
      ? []
      : [
          [
            "pull_request",
            {
              required_approving_review_count: pullRequest.approvals,
              dismiss_stale_reviews_on_push: true,
              require_last_push_approval: true,
              required_review_thread_resolution: true,
            },
          ] as const,
        ]),
    ...(checks === undefined
      ? []
      : [
          [
            "required_status_checks",
            { strict_required_status_checks_policy: true, required_status_checks: [...checks].sort() },
          ] as const,
        ]),
  ]);
}

/** A parameter in the plan's form: checks are their names. */
function parameterOf(name: string, value: unknown): Json {
  if (name !== "required_status_checks") return typeof value === "boolean" || typeof value === "number" ? value : null;
  const listed: readonly unknown[] = Array.isArray(value) ? value : [];
  const names = listed.map((one) =>
    typeof one === "object" && one !== null ? String(Reflect.get(one, "context")) : "",
  );
  return names.sort();
}
