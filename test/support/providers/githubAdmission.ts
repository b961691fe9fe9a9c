import type { Cloud } from "./cloud";
import type { Directory } from "./directory";
import { GITHUB, githubId } from "./githubIds";
import { at, listAt, textAt } from "./lookup";
import { CloudError } from "./model";
import type { Plain, PlainFields } from "./values";

/** Variables an environment takes (GitHub documentation: limits for configuration variables). */
const VARIABLES = 100;

/**
 * What GitHub refuses because of what else is there.
 *
 * @throws CloudError with GitHub's status
 */
export function admitGithub(type: string, id: string, inputs: PlainFields, cloud: Cloud): void {
  if (type === GITHUB.ruleset) refuseTwin(id, inputs, cloud);
  if (type !== GITHUB.policy && type !== GITHUB.variable) return;
  const home = githubId(GITHUB.environment, inputs, 0);
  const environment = cloud.get(home);
  if (environment === undefined) throw new CloudError("404", `cannot store '${id}': there is no environment '${home}'`);
  const siblings = cloud.inside(environment).filter((other) => other.type === type && other.id !== id);
  if (type === GITHUB.policy) {
    if (at(environment.inputs, "deploymentBranchPolicy.customBranchPolicies") !== true) {
      throw new CloudError("422", `cannot store '${id}': custom branch policies are off in '${home}'`);
    }
    const twin = siblings.find((other) => patternOf(other.inputs) === patternOf(inputs));
    if (twin !== undefined) throw new CloudError("303", `cannot store '${id}': '${twin.id}' has the same pattern`);
    return;
  }
  const name = textAt(inputs, "variableName").toUpperCase();
  if (siblings.some((other) => textAt(other.inputs, "variableName").toUpperCase() === name)) {
    throw new CloudError("409", `cannot store '${id}': '${home}' has a variable '${name}' already`);
  }
  if (siblings.length >= VARIABLES) {
    throw new CloudError("422", `cannot store '${id}': an environment takes ${VARIABLES} variables`);
  }
}

/** A repository's rulesets have names of their own. */
function refuseTwin(id: string, inputs: PlainFields, cloud: Cloud): void {
  const same = (other: PlainFields, key: string) => textAt(other, key) === textAt(inputs, key);
  const twin = cloud
    .ofType(GITHUB.ruleset)
    .find((other) => other.id !== id && same(other.inputs, "repository") && same(other.inputs, "name"));
  if (twin !== undefined) throw new CloudError("422", `cannot store '${id}': '${twin.id}' has the same name`);
}

const patternOf = (inputs: PlainFields) =>
  `branch ${textAt(inputs, "branchPattern")} tag ${textAt(inputs, "tagPattern")}`;

/**
 * An environment as GitHub stores it: a reviewer without access to the repository is dropped without a word, and without
 * reviewers nothing is kept of self reviews.
 */
export function storedEnvironment(inputs: PlainFields, cloud: Cloud, directory: Directory): PlainFields {
  if (!directory.protects) return withoutProtection(inputs);
  const repository = textAt(inputs, "repository").toLowerCase();
  const may = (type: string) =>
    cloud.ofType(type).filter((access) => repositoryName(textAt(access.inputs, "repository")) === repository);
  const teams = new Set(may(GITHUB.access).map((access) => teamNumber(textAt(access.inputs, "teamId"), directory)));
  const users = new Set(
    may(GITHUB.collaborator).map((access) => directory.users.get(textAt(access.inputs, "username").toLowerCase())),
  );
  const kept = (kind: string, has: ReadonlySet<number | undefined>): Plain[] =>
    listAt(firstReviewers(inputs), kind).filter((id) => typeof id === "number" && has.has(id));
  const [keptTeams, keptUsers] = [kept("teams", teams), kept("users", users)];
  const { preventSelfReview } = inputs;
  const rest = Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== "reviewers"));
  if (keptTeams.length + keptUsers.length === 0) return { ...rest, preventSelfReview: false };
  const named = {
    ...(keptTeams.length > 0 ? { teams: keptTeams } : {}),
    ...(keptUsers.length > 0 ? { users: keptUsers } : {}),
  };
  return { ...rest, reviewers: [named], preventSelfReview: preventSelfReview ?? false };
}

/**
 * A private repository without Enterprise: GitHub answers 422, and where neither reviewers nor a wait are asked for the
 * client sends the request again with the branch policy alone. Source: go-github v89, repos_environments.go
 * (CreateUpdateEnvironment, createNewEnvNoEnterprise).
 */
function withoutProtection(inputs: PlainFields): PlainFields {
  const { repository, environment, deploymentBranchPolicy } = inputs;
  if (Object.keys(firstReviewers(inputs)).length > 0 || Number(inputs["waitTimer"] ?? 0) > 0) {
    throw new CloudError("422", "Validation Failed: the plan of this private repository has no protection rules");
  }
  const stored = { repository, environment, deploymentBranchPolicy, canAdminsBypass: true, preventSelfReview: false };
  return Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== undefined)) as PlainFields;
}

function firstReviewers(inputs: PlainFields): PlainFields {
  const [first] = listAt(inputs, "reviewers");
  return typeof first === "object" && first !== null && !Array.isArray(first) ? (first as PlainFields) : {};
}

const repositoryName = (name: string) => (name.split("/").at(-1) ?? "").toLowerCase();

/** The number of a team that is named by slug or by number. */
export function teamNumber(team: string, directory: Directory): number | undefined {
  return /^\d+$/.test(team) ? Number(team) : directory.teams.get(team);
}
