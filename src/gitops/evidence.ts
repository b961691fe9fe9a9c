import type { Digest } from "../base/digest";
import { quoted } from "../base/text/quote";
import type { GitOpsException } from "../domain/gitops";
import type { Stage } from "../domain/stage";
import { type Arrival, arrivalsAt, type History, namedElsewhere, takenAt } from "../images/history";
import { findRecords } from "../images/records";
import type { Destination } from "../images/types";
import { breakGlassWrongs, signerText } from "../images/verifyReport";
import { cachedSource, type ImageSource } from "../oci";
import type { Verifier } from "../signing";

/** What says that an image may be deployed to a stage, or why nothing does. */
export type Evidence =
  | {
      accepted: true;
      kind: "promotion" | "publication" | "exception";
      /** For people. */
      what: string;
      /** False where the stage names no signer, so that a record proves nothing. */
      proven: boolean;
    }
  | { accepted: false; why: string };

/** What is asked of a record: a stage's registry, and who may have signed there. */
export type EvidencePlace = Pick<
  Destination,
  "stage" | "stages" | "class" | "repository" | "policy" | "gate" | "roles" | "target"
>;

/** Who verifies, when, and what was allowed by name. */
export interface EvidenceContext {
  verifier: Verifier;
  now: Date;
  /** Of Pulumi.yaml. Default: none. */
  exceptions?: readonly GitOpsException[];
}

/** Refused records that a line tells of. */
const TOLD = 3;

/**
 * Says whether an image may be deployed to a stage: by a release record of that stage, where images are promoted; by a
 * release or a publish record of it in the first stages and for what is rebuilt for each stage; by a publication past the
 * stages before whose sign-offs held; or by an exception for its digest. A record counts under the name of the registry
 * that it was written at, signed by whom the stage names.
 *
 * @param source the stage's repository, or a {@link cachedSource} of it: its list of referrers is asked for once
 * @throws DualRegistryError what the registry answers
 */
export async function acceptedEvidence(
  source: ImageSource,
  digest: Digest,
  place: EvidencePlace,
  context: EvidenceContext,
): Promise<Evidence> {
  const excepted = exceptionFor(digest, place.stage, context);
  if (excepted?.accepted === true) return excepted;
  const { stage, gate, policy } = place;
  const at = { stage, class: place.class, repository: source.name };
  const refused: string[] = [];
  const trust = {
    ...{ verifier: context.verifier, trusted: policy.signers },
    onRefused: (why: string) => void refused.push(why),
  };
  const known = cachedSource(source);
  // A promotion is the usual way: the other kind of record is read only where there is none.
  const history: History = { published: [], released: await findRecords(known, digest, "release", trust) };
  const promoted = bestOf(arrivalsAt(history, at), place);
  if (promoted?.accepted === true) return promoted;
  const whole = { ...history, published: await findRecords(known, digest, "publish", trust) };
  const arrivals = arrivalsAt(whole, at);
  const best = bestOf(takenAt(arrivals, gate), place);
  if (best) return best;
  const why =
    arrivals.length > 0
      ? `${arrivals[0]?.what ?? "published"}, and a portable image comes to ${stage} by promotion alone`
      : `no record that counts says that it came to ${stage}`;
  const told = [namedElsewhere(whole, at), ...refused].filter((line) => line !== "");
  const how = gate === "promotions" ? "promote it" : "publish or promote it";
  const lines = [why, `${how} with dualreg image`, ...new Set(told.slice(0, TOLD))];
  return { accepted: false, why: [...lines, ...(excepted ? [excepted.why] : [])].join("; ") };
}

/**
 * What the exceptions say of a digest in a stage: for an image that no registry of the stage holds there is nothing else.
 *
 * @returns undefined where none names it
 */
export function exceptionFor(
  digest: Digest,
  stage: Stage,
  { exceptions = [], now }: Pick<EvidenceContext, "exceptions" | "now">,
): Evidence | undefined {
  const today = now.toISOString().slice(0, 10);
  const named = exceptions.filter((one) => one.digest === digest && (one.stages?.includes(stage) ?? true));
  const [last] = named.sort((one, other) => (one.expires < other.expires ? 1 : -1));
  if (last === undefined) return undefined;
  const { reason, expires } = last;
  if (expires < today) return { accepted: false, why: `its exception ended on ${expires}: ${quoted(reason)}` };
  return { accepted: true, kind: "exception", what: `excepted until ${expires}: ${quoted(reason)}`, proven: true };
}

/** The first arrival that holds, else the first one with what stands against it; undefined where there is none. */
function bestOf(arrivals: readonly Arrival[], place: EvidencePlace): Evidence | undefined {
  const judged = arrivals.map((arrival) => judgeArrival(arrival, place));
  return judged.find(({ accepted }) => accepted) ?? judged[0];
}

function judgeArrival({ how, what, at, breakGlass, signer }: Arrival, place: EvidencePlace): Evidence {
  // The sign-offs had to hold when they were used; they end some days later.
  const wrong = breakGlass && breakGlassWrongs(breakGlass, place, new Date(at));
  if (wrong !== undefined && wrong.length > 0) return { accepted: false, why: [what, ...wrong].join("; ") };
  const proven = signer !== undefined;
  const kind = how === "promoted" ? "promotion" : "publication";
  const by = signer === undefined ? "; no signer is named, so nothing proves it" : `, signed by ${signerText(signer)}`;
  return { accepted: true, kind, proven, what: `${what}${by}` };
}
