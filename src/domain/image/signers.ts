import { GITHUB_ISSUER } from "../identity/identities";

/** Who may have signed: the holder of a key (PEM), or an identity that an issuer vouched for. Both compared whole. */
export type TrustedSigner = { key: string } | { issuer: string; subject: string };

/** A signer as the configuration names it: `foreign` marks one that is neither a key nor a workflow of the repository. */
export type ConfiguredSigner = { key: string } | { issuer: string; subject: string; foreign?: true | undefined };

/** The repository whose workflows sign where nobody is named, and which of its workflows. */
export interface OwnWorkflows {
  /** Organisation or user, in GitHub's own spelling. */
  owner: string;
  repository: string;
  publishWorkflow: string;
  promoteWorkflow: string;
  /** The ref that callers take workflows from, such as `refs/heads/main`. */
  ref: string;
}

/** The workflow that signs the list of those who approved a release. */
const SIGN_OFFS_WORKFLOW = "sign-offs.yml";

const workflowSigner = ({ owner, repository, ref }: OwnWorkflows, file: string): ConfiguredSigner => ({
  issuer: GITHUB_ISSUER,
  subject: `https://github.com/${owner}/${repository}/.github/workflows/${file}@${ref}`,
});

/** Who signs images and records where nobody is named: who publishes, and who promotes. */
export const defaultSigners = (own: OwnWorkflows): ConfiguredSigner[] =>
  [own.publishWorkflow, own.promoteWorkflow].map((file) => workflowSigner(own, file));

/** Who signs the sign-offs of a release where nobody is named. */
export const defaultSignOffSigners = (own: OwnWorkflows): ConfiguredSigner[] => [
  workflowSigner(own, SIGN_OFFS_WORKFLOW),
];

const WORKFLOW = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/\.github\/workflows\/[^/@]+@./;

/**
 * Whose an identity is. `own`: a workflow of the repository. `misspelt`: the same in other letters, which no signature
 * ever has, since subjects are compared letter by letter. `foreign`: anybody else, GitHub's workflows or not.
 */
export function whoseSigner(
  { issuer, subject }: { issuer: string; subject: string },
  { owner, repository }: Pick<OwnWorkflows, "owner" | "repository">,
): "own" | "misspelt" | "foreign" {
  const whole = `${owner}/${repository}`;
  const named = issuer === GITHUB_ISSUER ? WORKFLOW.exec(subject)?.[1] : undefined;
  if (named === whole) return "own";
  return named?.toLowerCase() === whole.toLowerCase() ? "misspelt" : "foreign";
}

/** Signers as they are trusted, without marks. */
export const unmarked = (signers: readonly ConfiguredSigner[]): TrustedSigner[] =>
  signers.map((signer) => ("key" in signer ? signer : { issuer: signer.issuer, subject: signer.subject }));

/** The subjects of those that are marked as somebody else's. */
export const foreignSubjects = (signers: readonly ConfiguredSigner[]): string[] =>
  signers.flatMap((signer) => ("subject" in signer && signer.foreign === true ? [signer.subject] : []));
