import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError, type ErrorCode } from "../base/errors";
import { quoted } from "../base/text/quote";
import { tagAllowed } from "../domain/image/tags";
import { stageBefore } from "../domain/stage";
import { type ImageTree, verifyCopy } from "../oci";
import { type FoundSigner, type Verifier, verifyImage } from "../signing";
import { breakGlassProblems } from "./gates/publishGate";
import { scansProblems } from "./gates/scan";
import { type Arrival, arrivalsAt, breakGlassText, type History, historyOf, namedElsewhere, takenAt } from "./history";
import type { BreakGlass } from "./recordSchemas";
import { REMOVE_UNGATED } from "./tagAndLock";
import type { Destination } from "./types";

/** One thing that was looked at. `unproven`: nothing is wrong, and nobody who is trusted says so. */
interface Check {
  check: "content" | "tag" | "signature" | "record" | "scan" | "lock";
  state: "ok" | "unproven" | "wrong";
  why: string;
}

/** An image at its registry, with the reasons for the verdict. */
export interface VerifyReport {
  image: string;
  digest: string;
  verdict: "ok" | "wrong";
  checks: readonly Check[];
}

/** What an image is that is not whole; everything else keeps it from being looked at. */
const BROKEN: readonly ErrorCode[] = ["NOT_FOUND", "DIGEST_MISMATCH", "CONTENT_INVALID"];

/** Who signed, for people. */
export const signerText = (signer: FoundSigner): string =>
  "keyFingerprint" in signer ? `key ${signer.keyFingerprint}` : `${signer.subject} (${signer.issuer})`;

/** Looks at an image as a stage's registry holds it. What cannot be looked at is thrown; what is wrong is reported. */
export async function verifyReport(
  destination: Destination,
  reference: string,
  { verifier, now, wanted }: { verifier: Verifier; now: Date; wanted?: Digest },
): Promise<VerifyReport> {
  const { target } = destination;
  const found = await target.resolve(reference);
  if (found === undefined) {
    throw new DualRegistryError(
      "NOT_FOUND",
      `${target.name}: there is no ${quoted(reference)}; name one that is there`,
    );
  }
  const image = { image: target.name, digest: found.digest };
  const tree = await wholeTree(target, found.digest);
  if (typeof tree === "string") {
    return { ...image, verdict: "wrong", checks: [{ check: "content", state: "wrong", why: tree }] };
  }
  const whole = `manifests, whole: ${tree.manifests.length}; blobs, there: ${tree.blobs.length}`;
  const checks: Check[] = [
    { check: "content", state: "ok", why: whole },
    ...tagCheck(destination, reference, { digest: found.digest, wanted }),
    await signatureCheck(destination, tree, verifier),
    ...(await recordChecks(destination, tree, { verifier, now, reference })),
    await lockCheck(destination, tree, reference),
  ];
  const wrong = checks.some(({ state }) => state === "wrong");
  return { ...image, verdict: wrong ? "wrong" : "ok", checks };
}

/** The image, or why it is not whole: nothing else of it is then worth a look. */
export async function wholeTree(target: Destination["target"], digest: Digest): Promise<ImageTree | string> {
  try {
    return await verifyCopy(target, digest);
  } catch (error) {
    if (!(error instanceof DualRegistryError) || !BROKEN.includes(error.code)) throw error;
    return error.message;
  }
}

function tagCheck(
  { tagRules, stage }: Destination,
  reference: string,
  { digest, wanted = digest }: { digest: Digest; wanted: Digest | undefined },
): Check[] {
  if (digest !== wanted) {
    const why = `${quoted(reference)} stands for this image; wanted: ${wanted}. Somebody moved it: take neither`;
    return [{ check: "tag", state: "wrong", why }];
  }
  if (isDigest(reference)) return [];
  const allowed = tagAllowed(tagRules, reference);
  const forms = tagRules.forms.map(({ name }) => name).join(", ");
  return [{ check: "tag", state: allowed ? "ok" : "wrong", why: `${reference}; ${stage} takes ${forms}` }];
}

async function signatureCheck({ target, policy }: Destination, tree: ImageTree, verifier: Verifier): Promise<Check> {
  if (policy.signers.length === 0) return { check: "signature", state: "unproven", why: "no signer is named" };
  try {
    const { signer } = await verifyImage(target, tree.root.digest, policy.signers, verifier);
    return { check: "signature", state: "ok", why: `signed by ${signerText(signer)}` };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "SIGNATURE_INVALID") throw error;
    return { check: "signature", state: policy.signature ? "wrong" : "unproven", why: error.message };
  }
}

async function recordChecks(
  destination: Destination,
  tree: ImageTree,
  { verifier, now, reference }: { verifier: Verifier; now: Date; reference: string },
): Promise<Check[]> {
  const { target, policy, stage, class: imageClass } = destination;
  const refused: string[] = [];
  const trust = { verifier, trusted: policy.signers, onRefused: (why: string) => void refused.push(why) };
  const history = await historyOf(target, tree.root.digest, trust);
  const place = { stage, class: imageClass, repository: target.name };
  const arrivals = arrivalsAt(history, place);
  const elsewhere = namedElsewhere(history, place);
  if (elsewhere !== "") refused.unshift(elsewhere);
  // The last decision counts; those before it are history.
  const scanned = arrivals.filter((arrival) => arrival.scans.length > 0);
  const [last] = scanned.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  const scans = last?.scans ?? [];
  return [
    withBreakGlass(recordCheck(destination, { arrivals, refused }, reference), history),
    scanCheck(tree, scans, policy, now),
  ];
}

/** The check with each break-glass by which the image came to an earlier stage: it stays said wherever it goes. */
function withBreakGlass(check: Check, { published }: History): Check {
  const earlier = published.flatMap(({ record: { breakGlass } }) => (breakGlass ? [breakGlassText(breakGlass)] : []));
  const unsaid = [...new Set(earlier)].filter((text) => !check.why.includes(text));
  return unsaid.length === 0 ? check : { ...check, why: [check.why, ...unsaid].join("; ") };
}

/** Refused records that a line tells of. */
const TOLD = 3;

function recordCheck(
  destination: Destination,
  { arrivals: all, refused }: { arrivals: readonly Arrival[]; refused: readonly string[] },
  reference: string,
): Check {
  const { stage, gate } = destination;
  if (all.length === 0) {
    const missing = "no record that counts says how it came here; publish or promote it with dualreg image";
    const why = [missing, ...new Set(refused.slice(0, TOLD))].join("; ");
    return { check: "record", state: "wrong", why };
  }
  const arrivals = takenAt(all, gate);
  if (arrivals.length === 0) {
    const why = `${all[0]?.what ?? "published"}, and a portable image comes to ${stage} by promotion alone; ${REMOVE_UNGATED}`;
    return { check: "record", state: "wrong", why };
  }
  const [best] = arrivals.filter(({ tags }) => isDigest(reference) || tags.includes(reference));
  if (best === undefined) {
    const tags = [...new Set(arrivals.flatMap((arrival) => arrival.tags))].join(", ");
    const why = `its records name the tags ${tags}, and not ${reference}: somebody moved it there by hand`;
    return { check: "record", state: "wrong", why };
  }
  // Its list of sign-offs has ended since: it had to hold when it was used.
  const wrong = best.breakGlass && breakGlassWrongs(best.breakGlass, destination, new Date(best.at));
  if (wrong !== undefined && wrong.length > 0) {
    return { check: "record", state: "wrong", why: `${best.what}; ${wrong.join("; ")}` };
  }
  const signed = best.signer
    ? `signed by ${signerText(best.signer)}`
    : "unsigned: no signer is named, so records prove nothing";
  return { check: "record", state: best.signer ? "ok" : "unproven", why: `${best.what}, ${signed}` };
}

/**
 * What stands against sign-offs that are in the record of a publication past the stages before.
 *
 * @param now when they were used: they end some days later
 */
export function breakGlassWrongs(
  breakGlass: BreakGlass,
  destination: Pick<Destination, "stage" | "stages" | "repository" | "roles">,
  now: Date,
): string[] {
  const { signOffs } = breakGlass;
  const { stage, repository, stages } = destination;
  if (signOffs.to !== stage || signOffs.repository !== repository) {
    return [`its sign-offs are of ${quoted(signOffs.repository)} for ${quoted(signOffs.to)}`];
  }
  return breakGlassProblems(breakGlass, destination, { from: stageBefore(stage, stages) ?? stage, now });
}

function scanCheck(
  tree: ImageTree,
  scans: Parameters<typeof scansProblems>[1],
  { scan }: Destination["policy"],
  now: Date,
): Check {
  if (scan === undefined) return { check: "scan", state: "unproven", why: "the stage asks for none" };
  // Age is a gate's matter: an image that was let in stays in, and is scanned anew elsewhere.
  const problems = scansProblems(tree, scans, { ...scan, maxAgeHours: Number.MAX_SAFE_INTEGER }, now);
  if (problems.length > 0) return { check: "scan", state: "wrong", why: problems.join("; ") };
  const last =
    scans
      .map(({ scannedAt }) => scannedAt)
      .sort()
      .at(-1) ?? "";
  return {
    check: "scan",
    state: "ok",
    why: `within CRITICAL ${scan.critical} and HIGH ${scan.high}, last scanned at ${last}`,
  };
}

async function lockCheck({ locks, path, tagRules }: Destination, tree: ImageTree, reference: string): Promise<Check> {
  if (tagRules.regime === "mutable") return { check: "lock", state: "ok", why: "tags of this stage may move" };
  if (!locks.native)
    return { check: "lock", state: "unproven", why: "the registry has no locks: anyone who may push can move it" };
  const digests = tree.manifests.map(({ digest }) => digest);
  const { locked, changeable } = await locks.state(path, { tags: isDigest(reference) ? [] : [reference], digests });
  const why = locked ? "tag and manifests are locked" : `changeable: ${changeable.join(", ")}; dualreg image lock`;
  return { check: "lock", state: locked ? "ok" : "wrong", why };
}
