import { DualRegistryError } from "../base/errors";
import { allSettled, limiter } from "../base/limit";
import { quoted } from "../base/text/quote";
import type { Digest } from "../base/digest";
import type { ResolvedCluster } from "../clusters/resolve";
import { destinationOf, type Registries } from "../images/registries";
import { type VerifyReport, verifyReport } from "../images/verifyReport";
import { imageOf, type StageOutputs } from "../outputs";
import type { Verifier } from "../signing";
import { type Deployed, deployedIn } from "../sweeping/deployed";

/** An image of the map that runs, as verified at the stage's registry. */
export interface VerifiedImage {
  image: string;
  digest?: string;
  verdict: "ok" | "wrong";
  why: readonly string[];
}

/** Where images are verified, by whom, and when. */
export interface VerifiedBy {
  registries: Registries;
  verifier: Verifier;
  now: Date;
}

/** What is wrong with an image, a line a check. */
const wrongsOf = ({ checks }: VerifyReport): string[] =>
  checks.filter(({ state }) => state === "wrong").map(({ check, why }) => `${check}: ${why}`);

/** Verifies each image of the map that runs, or that a workload would start, where the stage's registry has it. */
export async function verifyAll(
  clusters: readonly ResolvedCluster[],
  outputs: StageOutputs,
  { registries, ...by }: VerifiedBy,
): Promise<VerifiedImage[]> {
  const uses = clusters.flatMap(({ pods, templates }) => [
    ...pods.filter(({ state }) => state !== "ended"),
    ...templates.filter(({ earlier }) => !earlier),
  ]);
  const verified = new Map<string, VerifiedImage>();
  for (const { mapped, root, held, image, ...use } of uses) {
    if (mapped === undefined) continue;
    const name = `${mapped}@${root ?? image}`;
    if (verified.has(name)) continue;
    if (root === undefined) {
      // What does not run yet says its digest when it does.
      if ("state" in use && use.state === "waiting") continue;
      verified.set(name, {
        image: mapped,
        verdict: "wrong",
        why: [`${quoted(image)}: nothing says which digest it is`],
      });
      continue;
    }
    if (held !== true) {
      const where = outputs.registries[imageOf(outputs, mapped).class].loginServer;
      verified.set(name, { image: mapped, digest: root, verdict: "wrong", why: [`${where} does not hold it`] });
      continue;
    }
    const destination = destinationOf(outputs, imageOf(outputs, mapped), registries);
    const report = await verifyReport(destination, root, by);
    verified.set(name, { image: mapped, digest: root, verdict: report.verdict, why: wrongsOf(report) });
  }
  return [...verified.values()];
}

/** An image of a version, as the stage's registry and its records have it. */
export interface ReleasedImage extends VerifiedImage {
  digest: Digest;
}

/** Images verified at a time. */
const PARALLEL = 4;

/**
 * What a version is at its stage: each image of the map whose repository has that tag, verified with its record, which must
 * name the tag too.
 *
 * @param version as it is called in the stage, such as v1.2.3-rc1
 * @returns the images, and the repositories of the map that do not have it
 * @throws DualRegistryError NOT_FOUND where no repository has it
 */
export async function releasedImages(
  version: string,
  outputs: StageOutputs,
  { registries, ...by }: VerifiedBy,
): Promise<{ images: ReleasedImage[]; without: string[] }> {
  const run = limiter(PARALLEL);
  const looked = await allSettled(
    outputs.images.map(({ repository: image }) =>
      run(async (): Promise<string | ReleasedImage> => {
        const destination = destinationOf(outputs, imageOf(outputs, image), registries);
        const found = await destination.target.resolve(version);
        if (found === undefined) return image;
        const report = await verifyReport(destination, version, { ...by, wanted: found.digest });
        return { image, digest: found.digest, verdict: report.verdict, why: wrongsOf(report) };
      }),
    ),
  );
  const images = looked.flatMap((one) => (typeof one === "string" ? [] : [one]));
  const without = looked.flatMap((one) => (typeof one === "string" ? [one] : []));
  if (images.length > 0) return { images, without };
  throw new DualRegistryError(
    "NOT_FOUND",
    `--release ${quoted(version)}: no image of the map has it at the registries of ${outputs.stage}; give a version as it is called there`,
  );
}

/** A checkout with what it names. */
export interface NamedByCheckout {
  folder: string;
  deployed: Deployed;
}

/** What a checkout names of a version's images otherwise: each by its digest, or by this tag and no other. */
export function unnamedIn(
  { folder, deployed }: NamedByCheckout,
  images: readonly ReleasedImage[],
  version: string,
): string[] {
  return images.flatMap(({ image, digest }) => {
    const { tags } = deployedIn(image, [deployed]);
    const others = [...tags].filter((tag) => tag !== version).sort();
    const at = (what: string) => `${quoted(folder)}: ${what}`;
    return [
      ...others.map((tag) => at(`names ${image}:${tag}, not ${version}`)),
      ...(deployed.digests.has(digest) || tags.has(version) ? [] : [at(`does not name ${image}@${digest}`)]),
    ];
  });
}
