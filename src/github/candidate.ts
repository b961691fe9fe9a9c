import { z } from "zod";
import { commit, decode } from "../base/decode/decode";
import { defined } from "../base/defined";
import { type Digest, digestOf, isDigest } from "../base/digest";
import { reasonProblem } from "../domain/flow/breakGlass";
import { releaseNumber } from "../domain/flow/step";
import type { Candidate } from "../domain/flow/stepFacts";
import { isStageName } from "../domain/stage";

/** `task` of the deployments that carry a candidate, which tells them from those of jobs. */
export const CANDIDATE_TASK = "dual-registry:candidate";

/** The workflow in which candidates are signed off. */
export const SIGN_OFF_WORKFLOW = "tag.yml";

const text = z.string().min(1).max(500);
const stage = z.string().refine(isStageName, "not a stage");

/**
 * The payload of a deployment that carries a candidate: what the approvers are asked, whole.
 *
 * It is bound to their approvals by its digest, which stands in the title of the run that they approve: a deployment with
 * other content has another digest. Who asked is true only of one that the automation's App wrote, or the person
 * themselves; others do not count.
 */
const candidateSchema: z.ZodType<Candidate> = z
  .object({
    format: z.literal("urn:dual-registry:candidate:v2"),
    repository: text,
    tag: text,
    version: text,
    from: stage.optional(),
    to: stage,
    commit,
    branch: text.refine((branch) => releaseNumber(branch) !== undefined, "allowed: release/N"),
    images: z.array(z.object({ repository: text, digest: z.string().refine(isDigest, "not a digest") })).max(1_000),
    askedBy: text,
    breakGlass: z
      .object({
        reason: z.string().refine((reason) => reasonProblem(reason) === undefined, "no reason"),
        source: stage,
      })
      .optional(),
  })
  .transform(({ repository, tag, version, from, to, commit, branch, images, askedBy, breakGlass }) => ({
    ...{ repository, tag, version, to, commit, branch, images, askedBy },
    ...defined({ from, breakGlass }),
  }));

/** A candidate in the one form that is hashed: fields and images in a fixed order, whatever order they came in. */
function canonical(candidate: Candidate): Record<string, unknown> {
  const { repository, tag, version, from, to, commit, branch, images, askedBy, breakGlass } = candidate;
  const sorted = [...images].sort((a, b) => (a.repository < b.repository ? -1 : 1));
  return {
    ...{ format: "urn:dual-registry:candidate:v2", repository, tag, version, ...defined({ from }), to, commit, branch },
    images: sorted.map((image) => ({ repository: image.repository, digest: image.digest })),
    askedBy,
    ...(breakGlass && { breakGlass: { reason: breakGlass.reason, source: breakGlass.source } }),
  };
}

/** The payload of a candidate's deployment. */
export const payloadOf = (candidate: Candidate): Record<string, unknown> => canonical(candidate);

/** sha256 over the candidate's canonical JSON. */
export const candidateDigest = (candidate: Candidate): Digest =>
  digestOf(Buffer.from(JSON.stringify(canonical(candidate))));

/** Reads a payload; undefined for what is no candidate. */
export function readPayload(payload: unknown): Candidate | undefined {
  let value = payload;
  if (typeof payload === "string") {
    try {
      value = JSON.parse(payload);
    } catch {
      return undefined;
    }
  }
  const read = decode(candidateSchema, value);
  return read.success ? read.data : undefined;
}

/** The title of the run that signs a candidate off; the workflow makes the same from its inputs by `run-name`. */
export const runTitle = (tag: string, to: string, digest: Digest): string => `Sign off ${tag} for ${to}: ${digest}`;

const TITLE = /^Sign off (\S+) for ([a-z][a-z0-9]{1,11}): (sha256:[0-9a-f]{64})$/;

/** What a run's title says; undefined for that of any other run. */
export function readTitle(title: string): { tag: string; to: string; digest: Digest } | undefined {
  const [, tag, to, digest] = TITLE.exec(title) ?? [];
  return tag === undefined || to === undefined || digest === undefined || !isDigest(digest)
    ? undefined
    : { tag, to, digest };
}
