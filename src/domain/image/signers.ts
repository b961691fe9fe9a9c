import { defined } from "../../base/defined";
import { GITHUB_ISSUER } from "../identity/identities";

/**
 * An identity that an issuer vouched for, and what its certificate must say beside. All compared whole, letter by letter.
 * Source: sigstore/fulcio, docs/oid-info.md.
 */
export interface TrustedIdentity {
  issuer: string;
  /** The certificate's subject alternative name; for GitHub the workflow that signs, at its ref. */
  subject: string;
  /**
   * Whose run it was: the repository's address (extension 1.3.6.1.4.1.57264.1.12). Default for GitHub: that of the
   * workflow in the subject. A workflow of another repository that yours calls needs it named.
   */
  sourceRepository?: string;
  /** The ref that the run was of (…1.14). Default for GitHub: that of the workflow in the subject. */
  sourceRef?: string;
  /** The repository's number, which a renamed or recreated one does not inherit (…1.15). Default: any. */
  sourceRepositoryId?: string;
  /** What may have started the run (…1.20). Default: anything. */
  events?: readonly string[];
}

/** Who may have signed: the holder of a key (PEM), or an identity. */
export type TrustedSigner = { key: string } | TrustedIdentity;

/** A signer as the configuration names it: `foreign` marks one that is neither a key nor a workflow of the repository. */
export type ConfiguredSigner = { key: string } | (TrustedIdentity & { foreign?: true | undefined });

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

/** What starts runs that may sign: others, `pull_request_target` among them, run on the same ref with a stranger's input. */
const OWN_EVENTS = ["push", "schedule", "workflow_dispatch"] as const;

/** The workflow that signs the list of those who approved a release. */
const SIGN_OFFS_WORKFLOW = "sign-offs.yml";

const workflowSigner = ({ owner, repository, ref }: OwnWorkflows, file: string): ConfiguredSigner => ({
  issuer: GITHUB_ISSUER,
  subject: `https://github.com/${owner}/${repository}/.github/workflows/${file}@${ref}`,
  sourceRepository: `https://github.com/${owner}/${repository}`,
  sourceRef: ref,
  events: OWN_EVENTS,
});

/** Who signs images and records where nobody is named: who publishes, and who promotes. */
export const defaultSigners = (own: OwnWorkflows): ConfiguredSigner[] =>
  [own.publishWorkflow, own.promoteWorkflow].map((file) => workflowSigner(own, file));

/** Who signs the sign-offs of a release where nobody is named. */
export const defaultSignOffSigners = (own: OwnWorkflows): ConfiguredSigner[] => [
  workflowSigner(own, SIGN_OFFS_WORKFLOW),
];

const WORKFLOW = /^(https:\/\/github\.com\/([^/]+\/[^/]+))\/\.github\/workflows\/[^/@]+@(.+)$/;

/** GitHub's issuer, or that of an enterprise with an address of its own below it. */
const isGitHubIssuer = (issuer: string): boolean => issuer === GITHUB_ISSUER || issuer.startsWith(`${GITHUB_ISSUER}/`);

/**
 * An identity with all that its certificate must say. For GitHub's issuer source repository and ref are those of the
 * workflow in the subject where they are not named: a caller's own repository and ref stand nowhere in the subject, so
 * without them any caller of that workflow would be believed.
 *
 * @returns undefined for GitHub's issuer where they are neither named nor in the subject: such an identity is never trusted
 */
export function pinnedIdentity(identity: TrustedIdentity): TrustedIdentity | undefined {
  const { issuer, subject, sourceRepositoryId, events } = identity;
  const [, repository, , ref] = (isGitHubIssuer(issuer) && WORKFLOW.exec(subject)) || [];
  const sourceRepository = identity.sourceRepository ?? repository;
  const sourceRef = identity.sourceRef ?? (ref?.startsWith("refs/") === true ? ref : undefined);
  if (isGitHubIssuer(issuer) && (sourceRepository === undefined || sourceRef === undefined)) return undefined;
  return { issuer, subject, ...defined({ sourceRepository, sourceRef, sourceRepositoryId, events }) };
}

/**
 * Whose an identity is. `own`: a workflow of the repository, run by it. `misspelt`: the same in other letters, which no
 * signature ever has, since certificates keep GitHub's spelling and are compared letter by letter. `foreign`: anybody
 * else, GitHub's workflows or not, and the repository's own workflow run by another repository.
 */
export function whoseSigner(
  { issuer, subject, sourceRepository }: Pick<TrustedIdentity, "issuer" | "subject" | "sourceRepository">,
  { owner, repository }: Pick<OwnWorkflows, "owner" | "repository">,
): "own" | "misspelt" | "foreign" {
  const [, address, named] = (isGitHubIssuer(issuer) && WORKFLOW.exec(subject)) || [];
  if (address === undefined || named === undefined) return "foreign";
  const whole = `${owner}/${repository}`;
  const source = sourceRepository ?? address;
  if (named === whole && source === `https://github.com/${whole}`) return "own";
  const lower = (text: string): string => text.toLowerCase();
  const alike = lower(named) === lower(whole) && lower(source) === lower(`https://github.com/${whole}`);
  return alike ? "misspelt" : "foreign";
}

/** Signers as they are trusted: pinned, and without marks. The configuration has refused those that cannot be pinned. */
export const unmarked = (signers: readonly ConfiguredSigner[]): TrustedSigner[] =>
  signers.flatMap((signer): readonly TrustedSigner[] => {
    if ("key" in signer) return [signer];
    const pinned = pinnedIdentity(signer);
    return pinned ? [pinned] : [];
  });

/** The subjects of those that are marked as somebody else's. */
export const foreignSubjects = (signers: readonly ConfiguredSigner[]): string[] =>
  signers.flatMap((signer) => ("subject" in signer && signer.foreign === true ? [signer.subject] : []));
