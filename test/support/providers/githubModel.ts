import { effectOf, loadProviderFacts } from "../../../src/preview/change/providerFacts";
import type { Change } from "./changes";
import type { Cloud, CloudResource } from "./cloud";
import { specOf } from "./constraints";
import type { Directory } from "./directory";
import { CREATED, guid } from "./fixed";
import { admitGithub, storedEnvironment, teamNumber } from "./githubAdmission";
import { GITHUB, githubId, inputsOfGithubId } from "./githubIds";
import { readInputs, withDefaults, withEmptySets } from "./githubReads";
import { githubRules } from "./githubRules";
import { at, textAt } from "./lookup";
import { CloudError, type Model } from "./model";
import type { Fields, Plain, PlainFields } from "./values";

/**
 * Types whose creation GitHub takes as a change of what is there, without a word: each of them is a PUT. Sources:
 * terraform-provider-github v6.13.0, resource_github_repository_environment.go, resource_github_team_repository.go,
 * resource_github_repository_collaborator.go, resource_github_actions_repository_oidc_subject_claim_customization_template.go.
 */
const UPSERTED: readonly string[] = [GITHUB.access, GITHUB.collaborator, GITHUB.environment, GITHUB.subject];

/**
 * Types that cannot be deleted once they are gone: the provider hands GitHub's 404 on. Sources: the Delete functions of
 * resource_github_repository_environment_deployment_policy.go, resource_github_actions_environment_variable.go and
 * resource_github_repository_ruleset.go.
 */
const GONE_IS_AN_ERROR: readonly string[] = [GITHUB.policy, GITHUB.variable, GITHUB.ruleset];

/** The github provider in front of GitHub, as far as this project's types need it. */
export function githubModel(cloud: Cloud, directory: Directory): Model {
  const facts = loadProviderFacts();
  const policyNumbers = { next: 1 };
  const store = (type: string, id: string, inputs: PlainFields): CloudResource => {
    const resource = cloud.put(
      id,
      type,
      type === GITHUB.environment ? storedEnvironment(inputs, cloud, directory) : inputs,
    );
    const custom = at(inputs, "deploymentBranchPolicy.customBranchPolicies") === true;
    if (type === GITHUB.environment && !custom) {
      for (const inner of cloud.inside(resource)) if (inner.type === GITHUB.policy) cloud.delete(inner.id);
    }
    return resource;
  };
  const read = (type: string, id: string, before: Fields): PlainFields | undefined => {
    const found = cloud.get(id);
    if (found === undefined) return undefined;
    return outputsOf(type, id, readInputs(type, found.inputs, before, directory), directory);
  };
  return {
    name: "github",
    manners: { unknownProperty: "(the real provider only warns)", leavesToService: false },
    stable: ["policyId", "repositoryId"],
    deletesFirst: false,
    previewsInputsOnly: false,
    fill: withDefaults,
    rules: githubRules,
    replaces: (type, change, all) =>
      type === GITHUB.policy && isPattern(change)
        ? all.filter(isPattern).length > 1
        : effectOf(facts, type, change.names).effect !== "update",
    create: (type, inputs) => {
      const id = githubId(type, inputs, numberFor(type, inputs, directory, policyNumbers));
      if (cloud.has(id)) {
        if (!UPSERTED.includes(type)) throw new CloudError("409", `cannot create '${id}': it already exists`);
        directory.takenOver.push(id);
      }
      admitGithub(type, id, inputs, cloud);
      const { inputs: stored } = store(type, id, inputs);
      // What an environment became is read at the next refresh only: the provider answers with what it was told.
      return { id, outputs: outputsOf(type, id, type === GITHUB.environment ? inputs : stored, directory) };
    },
    read,
    importedInputs: (type, id) => ({ ...inputsOfGithubId(type, id), ...cloud.get(id)?.inputs }),
    update: (type, id, inputs) => {
      if (!cloud.has(id)) throw new CloudError("404", `cannot update '${id}': there is no such thing`);
      if (type === GITHUB.ruleset) refuseOtherRepository(id, inputs, cloud);
      admitGithub(type, id, inputs, cloud);
      store(type, id, inputs);
      return outputsOf(type, id, inputs, directory);
    },
    remove: (type, id) => {
      if (cloud.delete(id) || !GONE_IS_AN_ERROR.includes(type)) return;
      throw new CloudError("404", `cannot delete '${id}': there is no such thing`);
    },
  };
}

/** A ruleset's id belongs to its repository: PUT /repos/{other}/rulesets/{id} finds nothing. */
function refuseOtherRepository(id: string, inputs: PlainFields, cloud: Cloud): void {
  const [home, wanted] = [cloud.get(id)?.inputs ?? {}, inputs].map((fields) => textAt(fields, "repository"));
  if (home !== wanted) throw new CloudError("404", `cannot update '${id}': '${wanted ?? ""}' has no such ruleset`);
}

const isPattern = (change: Change): boolean => /^(?:branch|tag)Pattern$/.test(change.path);

function numberFor(type: string, inputs: PlainFields, directory: Directory, policies: { next: number }): number {
  if (type === GITHUB.policy || type === GITHUB.ruleset) return policies.next++;
  if (type !== GITHUB.access) return 0;
  const team = textAt(inputs, "teamId");
  const number = teamNumber(team, directory);
  if (number === undefined) {
    throw new CloudError("404", `there is no team '${team}': a test adds its own to the stand-in's directory.teams`);
  }
  return number;
}

function outputsOf(type: string, id: string, inputs: PlainFields, directory: Directory): PlainFields {
  const outputs: Record<string, Plain> = {};
  for (const [name, spec] of Object.entries(specOf(type).properties)) {
    const value = inputs[name] ?? spec.default;
    if (value !== undefined) outputs[name] = value;
  }
  const repositoryId = directory.repositoryId(textAt(inputs, "repository"));
  switch (type) {
    case GITHUB.environment:
      return { ...withEmptySets(outputs), repositoryId };
    case GITHUB.ruleset:
      return {
        ...outputs,
        rulesetId: Number(id),
        nodeId: guid(`ruleset ${id}`),
        etag: `W/"${guid(JSON.stringify(outputs))}"`,
      };
    case GITHUB.subject:
      return outputs;
    case GITHUB.policy:
      return { ...outputs, policyId: Number(id.split(":").at(-1)), repositoryId };
    case GITHUB.variable:
      return { ...outputs, createdAt: CREATED, repositoryId, updatedAt: CREATED };
    case GITHUB.access:
      return { ...outputs, etag: `W/"${guid(JSON.stringify(outputs))}"` };
    default:
      return { ...outputs, invitationId: "" };
  }
}
