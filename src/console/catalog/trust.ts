import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import type { ImageClass } from "../../domain/image/imageClass";
import type { TrustedSigner } from "../../domain/image/policy";
import type { PublishGate } from "../../domain/image/publication";
import type { Stage } from "../../domain/stage";
import { arrivalsAt, type History, historyOf, takenAt } from "../../images/history";
import { ARTIFACTS, PREDICATES } from "../../images/recordSchemas";
import { signerText } from "../../images/verifyReport";
import { cachedSource, type Descriptor, type ImageSource, MEDIA, type TreeDetails } from "../../oci";
import { COSIGN_SIGN, type JudgedSignature, judgeSignatures, type Verifier } from "../../signing";
import type { RecordView, SbomView, SignatureView, TrustView } from "../model";
import { isSbomPredicate, isSbomType, readPlainSbom, readSbom } from "./sbom";

/** By whose policy signatures and records are judged. */
export interface TrustPolicy {
  /** How an image comes to this place. */
  gate: PublishGate;
  stage: Stage;
  class: ImageClass;
  signers: readonly TrustedSigner[];
  verifier: Verifier;
}

const NOT_TAKEN = "images come to this stage by promotion, and this is a publication";

const MORE_BUNDLES =
  "More bundles than are read: signatures and records are looked for first, and other statements may be left out";

/** SBOMs of one image that are read. */
const MAX_SBOMS = 20;
/** Referrers of other kinds that are listed. */
const MAX_OTHERS = 200;

/**
 * Everything that is attached to an image, judged by the stage's own policy of its class. The list of referrers is asked
 * for once.
 *
 * @throws DualRegistryError what the registry answers
 */
export async function readTrust(origin: ImageSource, tree: TreeDetails, policy: TrustPolicy): Promise<TrustView> {
  const source = cachedSource(origin);
  const { verifier, signers } = policy;
  const referrers = await source.referrers(tree.digest);
  const signed: { sboms: SbomView[]; unread: string[] } = { sboms: [], unread: [] };
  const { judged, more } = await judgeSignatures(source, tree.digest, { trusted: signers, verifier }, (one) => {
    takeSbom(one, signed);
    return signatureView(one, policy);
  });
  const history = await historyOf(source, tree.digest, { verifier, trusted: signers });
  const plain = await plainSboms(source, tree, referrers);
  const unread = [...(more ? [MORE_BUNDLES] : []), ...signed.unread, ...plain.unread];
  return {
    signatures: judged,
    records: recordViews(history, source.name, policy),
    sboms: [...signed.sboms, ...plain.sboms],
    others: othersOf(referrers),
    ...(unread.length > 0 && { unread }),
  };
}

function signatureView(one: JudgedSignature, { stage, class: imageClass }: TrustPolicy): SignatureView {
  const { signer, form, because, descriptor, at, statement } = one;
  return {
    ...{ form, trusted: signer !== undefined && because === undefined, policy: `${stage} ${imageClass}` },
    ...{ about: aboutOf(statement?.predicateType), descriptor: descriptor.digest },
    ...defined({ signer, because: because?.slice(0, 2000), at: at?.toISOString() }),
  };
}

/** @param predicateType absent for the older form, and for a bundle that cannot be read */
function aboutOf(predicateType = COSIGN_SIGN): string {
  if (predicateType === COSIGN_SIGN) return "image";
  if (predicateType === PREDICATES.publish || predicateType === PREDICATES.release) return "record";
  return isSbomPredicate(predicateType) ? "SBOM" : predicateType.slice(0, 255);
}

/** Takes the packages of an SBOM that is signed, and what of it is not shown. */
function takeSbom(
  { signer, statement, descriptor: { digest }, because }: JudgedSignature,
  { sboms, unread }: { sboms: SbomView[]; unread: string[] },
): void {
  if (statement === undefined || !isSbomPredicate(statement.predicateType)) return;
  const read = sboms.length < MAX_SBOMS ? readSbom(statement.predicate) : undefined;
  if (read === undefined) {
    const why = sboms.length < MAX_SBOMS ? "neither SPDX nor CycloneDX in JSON" : `at most ${MAX_SBOMS} are read`;
    unread.push(`SBOM ${digest}: ${why}`);
    return;
  }
  const { format, packages, isCut } = read;
  if (isCut) unread.push(cutSbom(digest, packages.length));
  sboms.push({ digest, format, packages, ...defined({ signer: because === undefined ? signer : undefined }) });
}

const cutSbom = (digest: Digest, listed: number): string => `SBOM ${digest}: its packages behind the first ${listed}`;

/** Names the image that an attestation is of. Source: BuildKit, attestation-storage.md. */
const DESCRIBED = "vnd.docker.reference.digest";

/** Those that nobody signed: referrers of an SBOM's own type, and BuildKit's attestations in the index. */
async function plainSboms(
  source: ImageSource,
  { attestations, images }: TreeDetails,
  referrers: readonly Descriptor[],
): Promise<{ sboms: SbomView[]; unread: string[] }> {
  const attached = referrers.filter(({ artifactType }) => isSbomType(artifactType)).map(({ digest }) => ({ digest }));
  const inside = attestations
    .filter(({ predicates }) => predicates.some(isSbomPredicate))
    .map(({ digest, annotations }) => {
      const about = images.find((image) => image.digest === annotations[DESCRIBED])?.digest;
      return { digest, ...defined({ about }) };
    });
  const all = [...attached, ...inside];
  const sboms: SbomView[] = [];
  const unread = all.length > MAX_SBOMS ? [`${all.length - MAX_SBOMS} more SBOMs: at most ${MAX_SBOMS} are read`] : [];
  for (const one of all.slice(0, MAX_SBOMS)) {
    const read = await readPlainSbom(source, one.digest);
    if ("problem" in read) unread.push(`SBOM ${one.digest}: ${read.problem}`);
    else {
      const { format, packages, isCut } = read.sbom;
      if (isCut) unread.push(cutSbom(one.digest, packages.length));
      sboms.push({ format, packages, ...one });
    }
  }
  return { sboms, unread };
}

function recordViews(history: History, name: string, here: TrustPolicy): RecordView[] {
  const isHere = (at: { stage: string; class: string; repository: string }) =>
    at.stage === here.stage && at.class === here.class && at.repository === name;
  const views = [
    ...history.published.map((one) => {
      const place = { stage: one.record.stage, class: one.record.class, repository: one.record.repository };
      const { source, commit, version } = one.record.build;
      return {
        place,
        arrivals: arrivalsAt({ published: [one], released: [] }, place),
        build: { source, commit, version },
      };
    }),
    ...history.released.map((one) => {
      const place = { stage: one.record.edge.to, class: one.record.class, repository: one.record.target };
      return { place, arrivals: arrivalsAt({ published: [], released: [one] }, place), build: undefined };
    }),
  ];
  return views
    .flatMap(({ place, arrivals, build }) =>
      arrivals.map((arrival): RecordView => {
        const { how, at, tags, what, signer } = arrival;
        const isRefused = isHere(place) && takenAt([arrival], here.gate).length === 0;
        return {
          ...{ how, stage: place.stage, repository: place.repository, at, tags, what, here: isHere(place) },
          ...defined({ signer: signer && signerText(signer), build, because: isRefused ? NOT_TAKEN : undefined }),
        };
      }),
    )
    .sort((one, other) => (one.at < other.at ? 1 : -1));
}

const OWN_TYPES: readonly (string | undefined)[] = [undefined, MEDIA.empty, ARTIFACTS.publish, ARTIFACTS.release];

const othersOf = (referrers: readonly Descriptor[]): { digest: Digest; type: string }[] =>
  referrers
    .filter(({ artifactType: type }) => !OWN_TYPES.includes(type) && !isSbomType(type) && !isBundle(type ?? ""))
    .slice(0, MAX_OTHERS)
    .map(({ digest, artifactType }) => ({ digest, type: artifactType ?? "" }))
    .sort((one, other) => (`${one.type} ${one.digest}` < `${other.type} ${other.digest}` ? -1 : 1));

const isBundle = (type: string): boolean => type.startsWith("application/vnd.dev.sigstore.bundle");
