import { z } from "zod";
import { closed, text, whole } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { DEFAULT_IDENTITIES, type IdentitiesConfig, MAX_CREDENTIALS } from "../domain/identity/identities";
import type { IdentityDraft } from "../domain/identity/planIdentities";
import type { Stage } from "../domain/stage";
import { SHARED_FILE, stageFileName } from "../project/rawConfig";

const workflow = (file: string) =>
  text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\.ya?ml$/, "a file of .github/workflows, such as promote.yml").default(file);
const githubId = whole(1, 2 ** 53 - 1);

const facts = DEFAULT_IDENTITIES;

/** By which workflows, of which ref, whoever works for the registries logs in. */
export const identities = closed({
  enabled: z.boolean().default(facts.enabled),
  publishWorkflow: workflow(facts.publishWorkflow),
  promoteWorkflow: workflow(facts.promoteWorkflow),
  lockWorkflow: workflow(facts.lockWorkflow),
  sweepWorkflow: workflow(facts.sweepWorkflow),
  reviewWorkflow: workflow(facts.reviewWorkflow),
  rotateWorkflow: workflow(facts.rotateWorkflow),
  previewWorkflow: workflow(facts.previewWorkflow),
  driftWorkflow: workflow(facts.driftWorkflow),
  /** Callers take a workflow from here; a ref that others can move gives them what the identity may do. */
  ref: text(
    /^refs\/(?:heads|tags)\/[A-Za-z0-9][A-Za-z0-9._/-]{0,150}$/,
    "a branch or tag in full, such as refs/heads/main",
  ).default(facts.ref),
  /** For repositories whose subjects carry them: gh api repos/company/orders --jq '.owner.id, .id' */
  ids: closed({ owner: githubId, repository: githubId }).optional(),
});

const WORKFLOWS = [
  "publishWorkflow",
  "promoteWorkflow",
  "lockWorkflow",
  "sweepWorkflow",
  "reviewWorkflow",
  "rotateWorkflow",
  "previewWorkflow",
  "driftWorkflow",
] as const;

/**
 * Each workflow logs in as one identity, so none of two names the same file: its subject would be that of both, and who
 * may publish could lock.
 */
export function checkWorkflows(facts: IdentitiesConfig): Problem[] {
  const taken = new Map<string, string>();
  return WORKFLOWS.flatMap((key): Problem[] => {
    const other = taken.get(facts[key]);
    taken.set(facts[key], other ?? key);
    if (other === undefined) return [];
    return [
      {
        file: SHARED_FILE,
        path: `identities.${key}`,
        what: `${quotedValue(facts[key])} is identities.${other} as well`,
        allowed: "allowed: a workflow of its own",
      },
    ];
  });
}

/** The owner stands in the subjects of workflows, so it must be readable; whether it is there is checked elsewhere. */
export function checkOwner(
  stage: Stage,
  foreign: ReadonlyMap<string, string | undefined>,
  facts: IdentitiesConfig,
  holds: boolean,
): Problem[] {
  const key = "github:owner";
  if (!facts.enabled || !holds || !foreign.has(key) || foreign.get(key) !== undefined) return [];
  const what = "is encrypted, and who may log in is named by it";
  return [{ file: stageFileName(stage), path: key, what, allowed: "allowed: the value in plain text" }];
}

/**
 * An identity takes so many credentials and no more, and each way in once.
 *
 * @param identities those that facts ask for, such as a consumer's
 * @param where the file and key of the facts
 */
export function checkCredentials(
  identities: readonly IdentityDraft[],
  where: { file: string; path: string },
): Problem[] {
  return identities.flatMap(({ name, credentials }): Problem[] => {
    const subjects = credentials.map(({ issuer, subject }) => `${issuer} ${subject}`);
    const twice = credentials.find((_, at) => subjects.indexOf(subjects[at] ?? "") < at);
    const many = credentials.length > MAX_CREDENTIALS;
    return [
      ...(many
        ? [
            {
              ...where,
              what: `${credentials.length} service accounts log in as ${name}`,
              allowed: `allowed: at most ${MAX_CREDENTIALS}; give further ones a consumer of their own`,
            },
          ]
        : []),
      ...(twice
        ? [
            {
              ...where,
              what: `${quotedValue(twice.subject)} stands twice`,
              allowed: "allowed: each service account once",
            },
          ]
        : []),
    ];
  });
}
