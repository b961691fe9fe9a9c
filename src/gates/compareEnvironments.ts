import type { Json } from "../base/json";
import type { RefPolicy, Reviewer } from "../domain/identity/environments";
import type { DeployedEnvironment, DeployedPolicy, DeployedReviewer } from "../github/settings";
import { reviewerKey, type WantedEnvironment, type WantedGates } from "./wanted";

/** One thing that is not as the plan says, or that nobody could look at. */
export interface GateFinding {
  /**
   * `missing`, `extra`, `different`: from the plan. `unknown`: the caller may not see it, so it is neither as planned nor
   * changed.
   */
  kind: "missing" | "extra" | "different" | "unknown";
  /** Such as `environment qa`, `ruleset main`, or `repository`. */
  where: string;
  /** The stage it belongs to; absent for what the repository has once. */
  stage?: string;
  /** The setting, in GitHub's words. */
  property: string;
  /** What GitHub has; absent where there is nothing. */
  found?: Json;
  /** What the plan says; absent where it says nothing. */
  wanted?: Json;
  /** What to do about it. */
  remedy: string;
}

/** An environment that was read, with its variables: undefined where the caller may not see them, or nobody asked. */
export interface ReadEnvironment extends DeployedEnvironment {
  variables?: ReadonlyMap<string, string> | undefined;
}

/** `owner/name` of the repository, and whether somebody who is not asked may not see it. */
export interface ReviewedRepository {
  name: string;
  private: boolean;
}

/** Compares every environment: the planned ones whole, and of the others whether they could get a credential. */
export function compareEnvironments(
  { environments, trusted }: WantedGates,
  deployed: readonly ReadEnvironment[],
  repository: ReviewedRepository,
): GateFinding[] {
  // GitHub takes no notice of letter case in an environment's name.
  const byName = new Map(deployed.map((one) => [one.name.toLowerCase(), one]));
  const planned = new Set(environments.map(({ name }) => name.toLowerCase()));
  return [
    ...environments.flatMap((wanted) => compareOne(wanted, byName.get(wanted.name.toLowerCase()), repository)),
    ...deployed
      .filter(({ name }) => !planned.has(name.toLowerCase()))
      .flatMap((one) => extra(one, trusted, repository)),
  ];
}

const AGAIN = (stage: string) => `pulumi up --refresh --stack ${stage}`;

function compareOne(
  wanted: WantedEnvironment,
  found: ReadEnvironment | undefined,
  repository: ReviewedRepository,
): GateFinding[] {
  const where = `environment ${wanted.name}`;
  const { stage } = wanted;
  if (found === undefined) {
    const remedy = `${AGAIN(stage)}  # until then GitHub makes it without any gate for the first job that names it`;
    return [{ kind: "missing", where, stage, property: "environment", wanted: wanted.name, remedy }];
  }
  const put = putCommand(wanted, repository);
  const differs = (property: string, is: Json, should: Json, remedy = put): GateFinding[] =>
    is === should ? [] : [{ kind: "different", where, stage, property, found: is, wanted: should, remedy }];
  const plan = repository.private ? "; a private repository needs GitHub Enterprise for it" : "";
  return [
    ...reviewers(wanted, found, { where, stage, remedy: `${put}  # pulumi up does not see it${plan}` }),
    ...(wanted.reviewers.length > 0 && found.reviewers.length > 0
      ? differs("prevent_self_review", found.preventSelfReview, true)
      : []),
    ...(found.canAdminsBypass === undefined
      ? [unseen(where, stage, "can_admins_bypass", false, "ask a version of GitHub that tells it")]
      : differs(
          "can_admins_bypass",
          found.canAdminsBypass,
          false,
          `${AGAIN(stage)}${plan === "" ? "" : `  # ${plan.slice(2)}`}`,
        )),
    ...differs("wait_timer", found.waitTimer, 0, AGAIN(stage)),
    ...refs(wanted, found, repository),
    ...variables(wanted, found, where),
  ];
}

function unseen(where: string, stage: string, property: string, wanted: Json, remedy: string): GateFinding {
  return { kind: "unknown", where, stage, property, wanted, remedy };
}

type At = Pick<GateFinding, "where" | "remedy"> & { stage: string };

function reviewers(wanted: WantedEnvironment, found: ReadEnvironment, at: At): GateFinding[] {
  const should = new Map(wanted.reviewers.map((one) => [reviewerKey(one), plannedName(one)]));
  const is = new Map(found.reviewers.map((one) => [reviewerKey(one), deployedName(one)]));
  if (should.size === is.size && [...should.keys()].every((key) => is.has(key))) return [];
  const all = { found: [...is.values()].sort(), wanted: [...should.values()].sort() };
  return [{ kind: "different", ...at, property: "reviewers", ...all }];
}

const plannedName = (one: Reviewer): string =>
  ("team" in one ? `team ${one.team}` : `user ${one.user}`) + ` (${one.id})`;
const deployedName = ({ kind, name, id }: DeployedReviewer): string => `${kind} ${name} (${id})`;

const nameOf = ({ on, pattern }: RefPolicy | DeployedPolicy): string => `${on} ${pattern}`;

/** Each policy that is too many lets refs in that nobody planned; GitHub's provider reads its own alone. */
function refs(wanted: WantedEnvironment, found: ReadEnvironment, repository: ReviewedRepository): GateFinding[] {
  const { stage } = wanted;
  const at = { where: `environment ${wanted.name}`, stage, property: "deployment branch policies" };
  const should = wanted.refs.map(nameOf).sort();
  if (found.refs === "all" || found.refs === "protected") {
    const is = found.refs === "all" ? "any branch or tag" : "every branch with a protection rule";
    return [{ kind: "different", ...at, found: is, wanted: should, remedy: AGAIN(stage) }];
  }
  const is = new Set(found.refs.map(nameOf));
  const remove = ({ id }: DeployedPolicy) =>
    `gh api --method DELETE repos/${repository.name}/environments/${inPath(wanted.name)}/deployment-branch-policies/${id}`;
  return [
    ...found.refs
      .filter((one) => !should.includes(nameOf(one)))
      .map((one): GateFinding => ({ kind: "extra", ...at, found: nameOf(one), wanted: should, remedy: remove(one) })),
    ...should
      .filter((name) => !is.has(name))
      .map((name): GateFinding => ({ kind: "missing", ...at, wanted: name, remedy: AGAIN(stage) })),
  ];
}

/** A name in a path that a shell takes for one word, whatever is in it. */
const inPath = (name: string): string =>
  encodeURIComponent(name).replace(/[!'()*~]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

/** A variable with which a job logs in to Azure. */
const LOGIN = /^AZURE_(?:[A-Z]+_)?CLIENT_ID$/;

function variables(wanted: WantedEnvironment, { variables: is }: ReadEnvironment, where: string): GateFinding[] {
  const { stage, variables: should } = wanted;
  if (should.size === 0) return [];
  if (is === undefined) {
    const remedy = "give the login the permission Environments: read";
    return [unseen(where, stage, "variables", [...should.keys()].sort(), remedy)];
  }
  const at = { where, stage, remedy: AGAIN(stage) };
  return [
    ...[...should].flatMap(([name, value]): GateFinding[] => {
      const found = is.get(name.toUpperCase());
      const property = `variable ${name}`;
      if (found === undefined) return [{ kind: "missing", ...at, property, wanted: value ?? "set by the stage" }];
      if (value === undefined || value === found) return [];
      return [{ kind: "different", ...at, property, found, wanted: value }];
    }),
    ...[...is]
      .filter(([name]) => LOGIN.test(name) && !should.has(name))
      .map(([name, found]): GateFinding => {
        const remedy = `gh variable delete ${name} --env ${wanted.name}`;
        return { kind: "extra", where, stage, property: `variable ${name}`, found, remedy };
      }),
  ];
}

/** An environment that nobody planned is of interest where its jobs could become an identity. */
function extra(
  { name, variables: is }: ReadEnvironment,
  trusted: ReadonlySet<string>,
  repository: ReviewedRepository,
): GateFinding[] {
  const where = `environment ${name}`;
  const remedy = `gh api --method DELETE repos/${repository.name}/environments/${inPath(name)}`;
  const logins = [...(is?.keys() ?? [])].filter((variable) => LOGIN.test(variable));
  if (trusted.has(name.toLowerCase())) {
    return [{ kind: "extra", where, property: "environment", found: "a federated credential names it", remedy }];
  }
  if (logins.length === 0) return [];
  return [{ kind: "extra", where, property: "environment", found: `its jobs log in by ${logins.join(", ")}`, remedy }];
}

/** One request that puts everything back that a PUT of an environment holds; whatever is left out falls to GitHub's default. */
function putCommand({ name, reviewers: people }: WantedEnvironment, repository: ReviewedRepository): string {
  const reviewerFields = people.flatMap((one) => [
    `-F 'reviewers[][type]=${"team" in one ? "Team" : "User"}'`,
    `-F 'reviewers[][id]=${one.id}'`,
  ]);
  return [
    `gh api --method PUT repos/${repository.name}/environments/${inPath(name)} -F wait_timer=0`,
    `-F can_admins_bypass=false -F prevent_self_review=${people.length > 0}`,
    ...reviewerFields,
    "-F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'",
  ].join(" ");
}
