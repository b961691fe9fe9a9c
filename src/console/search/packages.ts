import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { cachedSource, type Descriptor, type ImageSource } from "../../oci";
import { PREDICATE_ANNOTATION, readBundles, unverifiedStatement } from "../../signing";
import { isSbomPredicate, isSbomType, readPlainSbom, readSbom } from "../catalog/sbom";
import type { SbomView } from "../model";

type Package = SbomView["packages"][number];

/** SBOMs of an image that are read, and packages of it that are kept. */
const MAX_SBOMS = 10;
const MAX_PACKAGES = 20_000;

/**
 * The packages that an image's SBOMs name, each once: of its referrers, signed or not, and of the attestations in its
 * index. Nothing of it is verified: whoever opens the image sees who signed what.
 *
 * @param inside attestations of the index that hold an SBOM
 * @throws DualRegistryError REGISTRY_UNAVAILABLE and what else the registry answers
 */
export async function readPackages(
  origin: ImageSource,
  digest: Digest,
  inside: readonly Digest[],
): Promise<readonly Package[]> {
  const source = cachedSource(origin);
  const referrers = await source.referrers(digest);
  const found = new Map<string, Package>();
  const add = (packages: readonly Package[] = []) => {
    for (const { name, version } of packages) {
      if (found.size < MAX_PACKAGES) found.set(JSON.stringify([name, version]), { name, version });
    }
  };
  const plain = referrers.filter(({ artifactType }) => isSbomType(artifactType)).map((one) => one.digest);
  for (const at of [...plain, ...inside].slice(0, MAX_SBOMS)) {
    const read = await readPlainSbom(source, at);
    if ("sbom" in read) add(read.sbom.packages);
  }
  // Bundles that say that they hold something else are not read.
  const bundles = referrers.filter(mayHoldSbom).slice(0, MAX_SBOMS);
  if (bundles.length === 0) return [...found.values()];
  const listed = cachedSource(source, new Map([[digest, bundles]]));
  for await (const { bundle } of readBundles(listed, digest)) add(signedPackages(bundle));
  return [...found.values()];
}

const mayHoldSbom = ({ artifactType, annotations }: Descriptor): boolean => {
  const said = annotations?.[PREDICATE_ANNOTATION];
  return !isSbomType(artifactType) && (said === undefined || isSbomPredicate(said));
};

function signedPackages(bundle: Buffer): readonly Package[] {
  try {
    const { predicateType, predicate } = unverifiedStatement(bundle);
    return isSbomPredicate(predicateType) ? (readSbom(predicate)?.packages ?? []) : [];
  } catch (error) {
    if (error instanceof DualRegistryError) return [];
    throw error;
  }
}
