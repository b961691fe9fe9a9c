import { textAt } from "./lookup";
import type { PlainFields } from "./values";

/** Type tokens of the GitHub resources there are. */
export const GITHUB = {
  access: "github:index/teamRepository:TeamRepository",
  collaborator: "github:index/repositoryCollaborator:RepositoryCollaborator",
  environment: "github:index/repositoryEnvironment:RepositoryEnvironment",
  ruleset: "github:index/repositoryRuleset:RepositoryRuleset",
  subject:
    "github:index/actionsRepositoryOidcSubjectClaimCustomizationTemplate:ActionsRepositoryOidcSubjectClaimCustomizationTemplate",
  policy: "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
  variable: "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
} as const;

/** The provider writes a colon inside a part as two question marks. */
const part = (text: string): string => text.replaceAll(":", "??");

const whole = (text: string): string => text.replaceAll("??", ":");

/**
 * The id the provider gives: parts joined by colons.
 *
 * @param number a policy's number, a ruleset's, or a team's
 */
export function githubId(type: string, inputs: PlainFields, number: number): string {
  const repository = textAt(inputs, "repository");
  const environment = `${repository}:${part(textAt(inputs, "environment"))}`;
  switch (type) {
    case GITHUB.access:
      return `${number}:${repository}`;
    case GITHUB.collaborator:
      return `${repository}:${textAt(inputs, "username")}`;
    case GITHUB.ruleset:
      return String(number);
    case GITHUB.subject:
      return repository;
    case GITHUB.policy:
      return `${environment}:${number}`;
    case GITHUB.variable:
      return `${environment}:${textAt(inputs, "variableName")}`;
    default:
      return environment;
  }
}

/** The inputs that stand in an id. */
export function inputsOfGithubId(type: string, id: string): PlainFields {
  const [first = "", second = "", third = ""] = id.split(":");
  switch (type) {
    case GITHUB.access:
      return { teamId: first, repository: second };
    case GITHUB.collaborator:
      return { repository: first, username: second };
    case GITHUB.ruleset:
      return second === "" ? {} : { repository: first };
    case GITHUB.subject:
      return { repository: first };
    case GITHUB.variable:
      return { repository: first, environment: whole(second), variableName: third };
    default:
      return { repository: first, environment: whole(second) };
  }
}
