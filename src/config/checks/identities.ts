import { MAX_CREDENTIALS } from "../../domain/federation";
import type { IdentityFacts } from "../../domain/identities";
import type { IdentityDraft } from "../../domain/identityDrafts";
import { showValue, type Problem } from "../problem";
import { SHARED_FILE, stageFileName } from "../raw";
import type { Stage } from "../../domain/stage";

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
export function checkWorkflows(facts: IdentityFacts): Problem[] {
  const taken = new Map<string, string>();
  return WORKFLOWS.flatMap((key): Problem[] => {
    const other = taken.get(facts[key]);
    taken.set(facts[key], other ?? key);
    if (other === undefined) return [];
    return [
      {
        file: SHARED_FILE,
        path: `identities.${key}`,
        what: `${showValue(facts[key])} is identities.${other} as well`,
        allowed: "allowed: a workflow of its own",
      },
    ];
  });
}

/** The owner stands in the subjects of workflows, so it must be readable; whether it is there is checked elsewhere. */
export function checkOwner(
  stage: Stage,
  foreign: ReadonlyMap<string, string | undefined>,
  facts: IdentityFacts,
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
              what: `${showValue(twice.subject)} stands twice`,
              allowed: "allowed: each service account once",
            },
          ]
        : []),
    ];
  });
}
