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
export interface WorkflowFacts {
  /** Organisation or user that owns the repository, in GitHub's own spelling. */
  owner: string;
  repository: string;
  /** GitHub's numbers of owner and repository, where the repository's subjects carry them. */
  ids?: { owner: number; repository: number } | undefined;
  /** The ref that the called workflow is taken from, such as `refs/heads/main`. */
  ref: string;
}

/**
 * The subject of a job that names an environment and runs a workflow of this repository at one ref.
 * It is composed of the claims repo, context and job_workflow_ref, which the repository's subject template must name in
 * that order; GitHub adds the numbers of owner and repository for repositories made after July 15, 2026, or renamed or
 * moved since. Source: GitHub documentation, OpenID Connect reference, "Customizing the subject claims" and "Immutable
 * subject claims".
 *
 * @param workflow file name within `.github/workflows`
 */
export function workflowSubject(facts: WorkflowFacts, environment: string, workflow: string): string {
  const { owner, repository, ids, ref } = facts;
  const repo = ids ? `${owner}@${ids.owner}/${repository}@${ids.repository}` : `${owner}/${repository}`;
  const code = `${owner}/${repository}/.github/workflows/${workflow}@${ref}`;
  return `repo:${repo}:environment:${environment}:job_workflow_ref:${code}`;
}

/** The subject of a Kubernetes service account. Source: Kubernetes, service account tokens, claim `sub`. */
export function serviceAccountSubject(namespace: string, serviceAccount: string): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}
