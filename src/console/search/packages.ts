import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { cachedSource, type Descriptor, type ImageSource } from "../../oci";
import { PREDICATE_ANNOTATION, readBundles, unverifiedStatement } from "../../signing";
import { isSbomPredicate, isSbomType, readPlainSbom, readSbom, type Sbom } from "../catalog/sbom";
import type { SbomView } from "../model";

type Package = SbomView["packages"][number];

/** SBOMs of an image that are read, and packages of it that are kept. */
const MAX_SBOMS = 10;
const MAX_PACKAGES = 20_000;

/** Packages of an image. */
export interface PackageList {
  readonly packages: readonly Package[];
  /** True where an SBOM was not read, or not to its end: more may be in the image. */
  readonly isPartial: boolean;
}

/**
 * The packages that an image's SBOMs name, each once: of its referrers, signed ones first, and of the attestations in its
 * index. Nothing of it is verified: whoever opens the image sees who signed what.
 *
 * @param inside attestations of the index that hold an SBOM
 * @throws DualRegistryError what the registry answers, but for what is wrong with a document itself
 */
export async function readPackages(
  origin: ImageSource,
  digest: Digest,
  inside: readonly Digest[],
): Promise<PackageList> {
  const source = cachedSource(origin);
  const referrers = await source.referrers(digest);
  const found = new Map<string, Package>();
  let isPartial = false;
  const add = ({ packages, isCut }: Pick<Sbom, "packages" | "isCut">) => {
    isPartial ||= isCut;
    for (const { name, version } of packages) {
      const key = JSON.stringify([name, version]);
      if (found.size < MAX_PACKAGES) found.set(key, { name, version });
      else isPartial ||= !found.has(key);
    }
  };
  // Bundles that say that they hold something else are not read.
  const bundles = referrers.filter(mayHoldSbom);
  const plain = [
    ...referrers.filter(({ artifactType }) => isSbomType(artifactType)).map((one) => one.digest),
    ...inside,
  ];
  isPartial ||= bundles.length > MAX_SBOMS || plain.length > MAX_SBOMS;
  if (bundles.length > 0) {
    const listed = cachedSource(source, new Map([[digest, bundles.slice(0, MAX_SBOMS)]]));
    for await (const { bundle } of readBundles(listed, digest)) add(signedPackages(bundle));
  }
  for (const at of plain.slice(0, MAX_SBOMS)) {
    const read = await readPlainSbom(source, at, isRegistrysFault);
    if ("sbom" in read) add(read.sbom);
    else isPartial = true;
  }
  return { packages: [...found.values()], isPartial };
}

/** True for an error that another day may not have: what is wrong with a document itself stays. */
const isRegistrysFault = ({ code }: DualRegistryError): boolean =>
  !["NOT_FOUND", "CONTENT_INVALID", "DIGEST_MISMATCH"].includes(code);

const mayHoldSbom = ({ artifactType, annotations }: Descriptor): boolean => {
  const said = annotations?.[PREDICATE_ANNOTATION];
  return !isSbomType(artifactType) && (said === undefined || isSbomPredicate(said));
};

function signedPackages(bundle: Buffer): Pick<Sbom, "packages" | "isCut"> {
  const none = { packages: [], isCut: false };
  try {
    const { predicateType, predicate } = unverifiedStatement(bundle);
    return isSbomPredicate(predicateType) ? (readSbom(predicate) ?? { ...none, isCut: true }) : none;
  } catch (error) {
    if (error instanceof DualRegistryError) return none;
    throw error;
  }
}
