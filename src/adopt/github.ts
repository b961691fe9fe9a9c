import { DualRegistryError } from "../base/errors";
import { formatJson, isObject, type Json, type JsonObject } from "../base/json";
import { quoted } from "../base/text/quote";
import { terminalTable } from "../base/text/table";
import { escapeUnsafe } from "../base/text/unsafe";
import { inlineValue } from "../base/text/value";
import type { Github } from "../github/client";
import {
  type DeployedAccess,
  type DeployedEnvironment,
  type DeployedRuleset,
  readAccess,
  readEnvironments,
  readRulesets,
  readVariables,
} from "../github/settings";
import type { RecordedResource, Recording } from "../preview/recording";

type ExistingEnvironment = DeployedEnvironment & { variables: ReadonlyMap<string, string> };

/** What stands in the repository, as far as a stage may plan it. */
export interface ExistingGates {
  environments: readonly ExistingEnvironment[];
  rulesets: readonly DeployedRuleset[];
  access: DeployedAccess;
}

/** Reads it; changes nothing. @throws DualRegistryError where GitHub does not tell all of it */
export async function readExistingGates(github: Github): Promise<ExistingGates> {
  const environments: ExistingEnvironment[] = [];
  for (const one of await readEnvironments(github)) {
    const variables = await readVariables(github, one.name);
    if (variables === undefined) {
      const what = `GitHub: the variables of environment ${quoted(one.name)} may not be seen`;
      throw new DualRegistryError("GITHUB_AUTH", `${what}; the token needs the permission Environments: read`);
    }
    environments.push({ ...one, variables });
  }
  return { environments, rulesets: await readRulesets(github), access: await readAccess(github) };
}

/** Something on GitHub that the stage plans and that stands there already. */
export interface GithubAdoption {
  /** URN in the stack, and the name of the resource. */
  urn: string;
  name: string;
  type: string;
  /** URN of the component it belongs to. */
  parent: string;
  /** What `pulumi import` calls it. */
  id: string;
  /** What the run after the import changes of it; empty where nothing is known to change. */
  changes: string;
}

const TYPE = /^github:index\/(\w+):/;

/** The provider writes a colon inside a part of an id as two question marks. */
const part = (text: string): string => text.replaceAll(":", "??");

const textOf = (inputs: JsonObject, name: string): string => {
  const value = inputs[name];
  return typeof value === "string" ? value : "";
};

/**
 * What of a recorded stage stands on GitHub already, with the ids by which GitHub's provider imports it. Sources: the
 * Import functions of terraform-provider-github v6.13.0, a file for each type.
 *
 * @param state URNs that the stack holds: nothing is imported twice
 */
export function githubAdoptions(
  { resources }: Recording,
  existing: ExistingGates,
  state: ReadonlySet<string>,
): GithubAdoption[] {
  return resources.flatMap((resource): GithubAdoption[] => {
    const { urn, name, type, parent = "" } = resource;
    if (state.has(urn)) return [];
    const found = standing(resource, existing);
    return found === undefined ? [] : [{ urn, name, type, parent, ...found }];
  });
}

type Standing = Pick<GithubAdoption, "id" | "changes"> | undefined;

function standing({ type, inputs }: RecordedResource, existing: ExistingGates): Standing {
  const kind = TYPE.exec(type)?.[1] ?? "";
  const repository = textOf(inputs, "repository");
  const wanted = textOf(inputs, "environment").toLowerCase();
  const environment = existing.environments.find(({ name }) => name.toLowerCase() === wanted);
  switch (kind) {
    case "repositoryEnvironment":
      return environment && { id: `${repository}:${part(environment.name)}`, changes: changesOf(inputs, environment) };
    case "repositoryEnvironmentDeploymentPolicy": {
      const [on, pattern] =
        inputs["branchPattern"] === undefined
          ? ["tag", textOf(inputs, "tagPattern")]
          : ["branch", textOf(inputs, "branchPattern")];
      const refs = environment === undefined || typeof environment.refs === "string" ? [] : environment.refs;
      const policy = refs.find((one) => one.on === on && one.pattern === pattern);
      return policy && { id: `${repository}:${part(environment?.name ?? "")}:${policy.id}`, changes: "" };
    }
    case "actionsEnvironmentVariable": {
      const name = textOf(inputs, "variableName");
      const value = environment?.variables.get(name.toUpperCase());
      if (environment === undefined || value === undefined) return undefined;
      const same = inputs["value"] === value;
      return {
        id: `${repository}:${part(environment.name)}:${name}`,
        changes: same ? "" : `its value ${inlineValue(value.slice(0, 100))} may change`,
      };
    }
    case "repositoryRuleset": {
      const ruleset = existing.rulesets.find(({ name }) => name === textOf(inputs, "name"));
      return ruleset && { id: `${repository}:${ruleset.id}`, changes: "its rules become the plan's" };
    }
    case "teamRepository": {
      const slug = textOf(inputs, "teamId").toLowerCase();
      const team = existing.access.teams.find((one) => one.slug.toLowerCase() === slug);
      return team && { id: `${team.id}:${repository}`, changes: "" };
    }
    case "repositoryCollaborator": {
      const login = textOf(inputs, "username").toLowerCase();
      const user = existing.access.users.find((one) => one.login.toLowerCase() === login);
      return user && { id: `${repository}:${user.login}`, changes: "" };
    }
    default:
      return undefined;
  }
}

/** What an environment loses: the plan's settings take the place of those that stand there. */
function changesOf(inputs: JsonObject, found: DeployedEnvironment): string {
  const [planned] = Array.isArray(inputs["reviewers"]) ? (inputs["reviewers"] as readonly Json[]) : [];
  const ids = (key: string): string[] => {
    const listed: unknown = isObject(planned) ? planned[key] : [];
    return Array.isArray(listed) ? listed.map((id) => `${key.slice(0, -1)} ${String(id)}`) : [];
  };
  const wanted = [...ids("teams"), ...ids("users")];
  const lost = found.reviewers.filter(({ kind, id }) => !wanted.includes(`${kind} ${id}`));
  return [
    ...(lost.length > 0
      ? [`these review no more: ${lost.map(({ kind, name }) => `${kind} ${inlineValue(name)}`).join(", ")}`]
      : []),
    ...(found.waitTimer > 0 ? [`its wait of ${found.waitTimer} minutes is gone`] : []),
    ...(typeof found.refs === "string" ? ["only named branches and tags may deploy"] : []),
  ].join("; ");
}

/** The branch and tag policies of planned environments that nobody planned: an import leaves them where they are. */
export function unplannedPolicies({ resources }: Recording, existing: ExistingGates): string[] {
  const planned = new Set(
    resources.flatMap(({ type, inputs }) => {
      if (TYPE.exec(type)?.[1] !== "repositoryEnvironmentDeploymentPolicy") return [];
      const on = inputs["branchPattern"] === undefined ? "tag" : "branch";
      return [`${textOf(inputs, "environment").toLowerCase()} ${on} ${textOf(inputs, `${on}Pattern`)}`];
    }),
  );
  const names = new Set([...planned].map((one) => one.split(" ")[0]));
  return existing.environments.flatMap(({ name, refs }) => {
    if (typeof refs === "string" || !names.has(name.toLowerCase())) return [];
    const extra = refs.filter(({ on, pattern }) => !planned.has(`${name.toLowerCase()} ${on} ${pattern}`));
    return extra.map(({ on, pattern }) => `${inlineValue(name)}: ${on} ${inlineValue(pattern)}`);
  });
}

/**
 * A file for `pulumi import --file`: what stands on GitHub, below the component that the program makes.
 * Source: Pulumi documentation, bulk import.
 *
 * @param state URNs that the stack holds: a component among them is named, another one is made
 */
export function importFile(adoptions: readonly GithubAdoption[], state: ReadonlySet<string>): string {
  const label = (text: string): string => text.replaceAll(/[^A-Za-z0-9]+/g, "_");
  const parents = [...new Set(adoptions.map(({ parent }) => parent))];
  const [type = "", name = ""] = [2, 3].map((at) => parents[0]?.split("::")[at] ?? "");
  const made = parents.filter((parent) => !state.has(parent));
  return formatJson({
    nameTable: Object.fromEntries(
      parents.filter((parent) => state.has(parent)).map((parent) => [label(parent.split("::")[3] ?? ""), parent]),
    ),
    resources: [
      ...made.map(() => ({ type: type.split("$").at(-1), name: label(name), logicalName: name, component: true })),
      ...adoptions.map((one) => ({
        ...{ type: one.type, name: label(one.name), logicalName: one.name, id: one.id },
        parent: label(one.parent.split("::")[3] ?? ""),
      })),
    ],
  });
}

/** The same for people. */
export function githubTable(adoptions: readonly GithubAdoption[], extra: readonly string[]): string {
  const head = ["Resource", "Stands on GitHub as", "The next run"];
  const rows = adoptions.map(({ name, id, changes }) => [name, id, changes]);
  return [
    ...(rows.length === 0 ? [] : [...terminalTable([head, ...rows]), ""]),
    ...extra.map((one) => `not planned, and stays: ${escapeUnsafe(one)}; dualreg gates review says how to remove it`),
    `GitHub: ${adoptions.length} of what is planned stand there already`,
    "",
  ].join("\n");
}
