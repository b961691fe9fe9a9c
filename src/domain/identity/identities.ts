import type { ImageClass } from "../image/imageClass";
import type { RoleKey } from "./roles";

/** What a role is given on. `before`: the registry of the same class in the stage before. */
export type GrantScope =
  | { at: "registry" | "before"; class: ImageClass }
  | { at: "resource-group" }
  | { at: "workspace" }
  | { at: "vault" }
  /** One secret of the vault, with the password of a token of that class. */
  | { at: "secret"; class: ImageClass; name: string }
  /** One secret of the vault that is of no class. */
  | { at: "secret"; name: string };

/** One role on one thing. */
export interface GrantPlan {
  role: RoleKey;
  on: GrantScope;
  /** Name of the role assignment: a guid that stands for identity, role and place. */
  name: string;
}

/** A right that is not yet bound to an identity. */
export type Right = Omit<GrantPlan, "name">;

/** One user-assigned identity, whole: who can be it and what it may do. */
export interface IdentityPlan {
  name: string;
  purpose: AccessPurpose;
  /** For what reaches the registry of one class alone. */
  class?: ImageClass;
  /** In the order in which they are made, one after the other. */
  credentials: readonly CredentialPlan[];
  grants: readonly GrantPlan[];
}

/** A role definition of a stage's own. */
export interface RolePlan {
  key: RoleKey;
  /** A guid that stands for stage and role. */
  guid: string;
  /** Unique in the tenant. */
  roleName: string;
  description: string;
  actions: readonly string[];
  dataActions: readonly string[];
}

/** The identities of a stage and the roles they need; both empty where the stage holds no registry. */
export interface IdentitiesPlan {
  identities: readonly IdentityPlan[];
  roles: readonly RolePlan[];
}

/** By which workflows whoever works for the registries logs in: file names within `.github/workflows`. */
export interface IdentitiesConfig {
  /** Whether identities are made at all. */
  enabled: boolean;
  publishWorkflow: string;
  promoteWorkflow: string;
  lockWorkflow: string;
  sweepWorkflow: string;
  reviewWorkflow: string;
  rotateWorkflow: string;
  previewWorkflow: string;
  /** Looks for drift, by the identity that previews. */
  driftWorkflow: string;
  /** Asks GitOps repositories for what was released, where Pulumi.yaml names any. */
  gitopsWorkflow: string;
  /** The ref of the runs that may log in, and of the workflows: main, which environments take alone. */
  ref: string;
  /**
   * For the time of a change of subjects: each identity is also reached by the subject that had no `ref`. Default: false.
   */
  formerSubjects?: boolean | undefined;
  /** How another CI than GitHub's logs in; present where it does, for every purpose that has a subject. */
  logins?: LoginsConfig | undefined;
  /** GitHub's numbers, where the repository's subjects carry them. */
  ids?: { owner: number; repository: number } | undefined;
}

/** What a CI logs in for. */
export type LoginPurpose = Exclude<AccessPurpose, "pull">;

/**
 * Tokens of another CI, such as GitLab's or Azure DevOps': who issues them, and their subject for each purpose, with
 * `{stage}` and `{class}` in the place of what the identity is of. Entra compares both letter by letter.
 */
interface LoginsConfig {
  issuer: string;
  subjects: Readonly<Partial<Record<LoginPurpose, string | undefined>>>;
}

/** The subject for a stage and, where the purpose has one, a class. */
export const loginSubject = (template: string, stage: string, imageClass = ""): string =>
  template.replaceAll("{stage}", stage).replaceAll("{class}", imageClass);

/** What holds where Pulumi.yaml says nothing. */
export const DEFAULT_IDENTITIES: IdentitiesConfig = {
  enabled: true,
  publishWorkflow: "build-publish.yml",
  promoteWorkflow: "promote.yml",
  lockWorkflow: "lock.yml",
  sweepWorkflow: "sweep.yml",
  reviewWorkflow: "access-review.yml",
  rotateWorkflow: "rotate-tokens.yml",
  previewWorkflow: "preview-stage.yml",
  driftWorkflow: "drift.yml",
  gitopsWorkflow: "gitops.yml",
  ref: "refs/heads/main",
};

/** Federated credentials of one identity. Source: Microsoft Entra, considerations of workload identity federation. */
export const MAX_CREDENTIALS = 20;

/** Who vouches for GitHub's workflows. Source: GitHub documentation, OpenID Connect reference. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/** What Entra wants a token to be made for. Source: Microsoft Entra, workload identity federation. */
export const ENTRA_AUDIENCE = "api://AzureADTokenExchange";

/** One way to become an identity: a token of this issuer whose subject is this, letter by letter. */
export interface CredentialPlan {
  /** 3 to 120 letters, digits, hyphens and underscores; its own within the identity. */
  name: string;
  issuer: string;
  subject: string;
}

/** Whose workflows may log in, and by which code. */
export interface WorkflowSource {
  /** Organisation or user that owns the repository, in GitHub's own spelling. */
  owner: string;
  repository: string;
  /** GitHub's numbers of owner and repository, where the repository's subjects carry them. */
  ids?: { owner: number; repository: number } | undefined;
  /** The ref of the run, and of the workflow whose job it is, such as `refs/heads/main`. */
  ref: string;
}

/**
 * The subject of a job that names an environment, of a run of one ref, by a workflow of this repository at that ref.
 * It is composed of the claims repo, context, ref and job_workflow_ref, which the repository's subject template must name
 * in that order; GitHub adds the numbers of owner and repository for repositories made after July 15, 2026, or renamed or
 * moved since. Source: GitHub documentation, OpenID Connect reference, "Customizing the subject claims" and "Immutable
 * subject claims".
 *
 * @param workflow file name within `.github/workflows`
 */
export function workflowSubject(source: WorkflowSource, environment: string, workflow: string): string {
  const { owner, repository, ids, ref } = source;
  const repo = ids ? `${owner}@${ids.owner}/${repository}@${ids.repository}` : `${owner}/${repository}`;
  const code = `${owner}/${repository}/.github/workflows/${workflow}@${ref}`;
  return `repo:${repo}:environment:${environment}:ref:${ref}:job_workflow_ref:${code}`;
}

/** The same subject as it was before the repository's template named the claim ref. */
export const formerSubject = (source: WorkflowSource, environment: string, workflow: string): string =>
  workflowSubject(source, environment, workflow).replace(`:ref:${source.ref}:`, ":");

/** The subject of a Kubernetes service account. Source: Kubernetes, service account tokens, claim `sub`. */
export function serviceAccountSubject(namespace: string, serviceAccount: string): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}

/** What an identity or a token is for. */
export const ACCESS_PURPOSES = [
  "publish",
  "promote",
  "lock",
  "sweep",
  "preview",
  "review",
  "rotate",
  "gitops",
  "pull",
] as const;

/** One of these purposes. */
export type AccessPurpose = (typeof ACCESS_PURPOSES)[number];
