import { tagAllowed } from "../domain/tagRules";
import { DualRegistryError } from "../errors";
import { verifyCopy } from "../oci/copy/verifyCopy";
import type { ImageTree } from "../oci/copy/tree";
import { isDigest } from "../oci/digest";
import { verifyImage } from "../signing/verifyImage";
import type { FoundSigner, Verifier } from "../signing/contract";
import type { Destination } from "./publishState";
import { findRecords } from "./records";
import { scansProblems } from "./scanCoverage";

/** One thing that was looked at. `unproven`: nothing is wrong, and nobody who is trusted says so. */
export interface Check {
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

const signerText = (signer: FoundSigner): string =>
  "keyFingerprint" in signer ? `key ${signer.keyFingerprint}` : `${signer.subject} (${signer.issuer})`;

/** Looks at an image as a stage's registry holds it. What cannot be looked at is thrown; what is wrong is reported. */
export async function verifyReport(
  destination: Destination,
  reference: string,
  { verifier, now }: { verifier: Verifier; now: Date },
): Promise<VerifyReport> {
  const { target } = destination;
  const tree = await verifyCopy(target, reference);
  const checks: Check[] = [
    {
      check: "content",
      state: "ok",
      why: `${tree.manifests.length} manifests and ${tree.blobs.length} blobs are whole`,
    },
    ...tagCheck(destination, reference),
    await signatureCheck(destination, tree, verifier),
    ...(await recordChecks(destination, tree, { verifier, now })),
    await lockCheck(destination, tree, reference),
  ];
  const wrong = checks.some(({ state }) => state === "wrong");
  return { image: target.name, digest: tree.root.digest, verdict: wrong ? "wrong" : "ok", checks };
}

function tagCheck({ tagRules, stage }: Destination, reference: string): Check[] {
  if (isDigest(reference)) return [];
  const allowed = tagAllowed(tagRules, reference);
  const forms = tagRules.forms.map(({ name }) => name).join(", ");
  return [{ check: "tag", state: allowed ? "ok" : "wrong", why: `${reference}; ${stage} takes ${forms}` }];
}

async function signatureCheck({ target, policy }: Destination, tree: ImageTree, verifier: Verifier): Promise<Check> {
  if (policy.signers.length === 0) return { check: "signature", state: "unproven", why: "nobody is named as a signer" };
  try {
    const { signer } = await verifyImage(target, tree.root.digest, policy.signers, verifier);
    return { check: "signature", state: "ok", why: `signed by ${signerText(signer)}` };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "SIGNATURE_INVALID") throw error;
    return { check: "signature", state: policy.signature ? "wrong" : "unproven", why: error.message };
  }
}

async function recordChecks(
  { target, policy, stage }: Destination,
  tree: ImageTree,
  { verifier, now }: { verifier: Verifier; now: Date },
): Promise<Check[]> {
  const trust = { verifier, trusted: policy.signers, unsigned: !policy.signature };
  const { digest } = tree.root;
  const [published, released] = await Promise.all([
    findRecords(target, digest, "publish", trust),
    findRecords(target, digest, "release", trust),
  ]);
  const here = [
    ...released
      .filter(({ record }) => record.edge.to === stage)
      .map(({ signer, record }) => ({
        signer,
        what: `promoted from ${record.edge.from} at ${record.releasedAt}`,
      })),
    ...published
      .filter(({ record }) => record.stage === stage)
      .map(({ signer, record }) => ({
        signer,
        what: `published at ${record.publishedAt}, built from ${record.build.source} at ${record.build.commit}`,
      })),
  ];
  const [best] = [...here.filter(({ signer }) => signer), ...here];
  const missing = "no record says how it came here; publish or promote it with dualreg image";
  const record: Check =
    best === undefined
      ? { check: "record", state: "wrong", why: missing }
      : {
          check: "record",
          state: best.signer ? "ok" : "unproven",
          why: `${best.what}${best.signer ? `, signed by ${signerText(best.signer)}` : ", unsigned: self-asserted"}`,
        };
  return [
    record,
    scanCheck(
      tree,
      [...released.flatMap((each) => each.record.scans), ...published.flatMap((each) => each.record.scans)],
      policy,
      now,
    ),
  ];
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
    return { check: "lock", state: "unproven", why: "the registry has no locks: whoever may push can move it" };
  const digests = tree.manifests.map(({ digest }) => digest);
  const { locked, changeable } = await locks.state(path, { tags: isDigest(reference) ? [] : [reference], digests });
  const why = locked ? "tag and manifests are locked" : `changeable: ${changeable.join(", ")}; dualreg image lock`;
  return { check: "lock", state: locked ? "ok" : "wrong", why };
}
