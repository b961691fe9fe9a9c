import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { formatReference } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { MappedImage } from "../../domain/image/imageClass";
import { promotionTag } from "../../domain/image/promotionEdge";
import { parseVersion } from "../../domain/image/version";
import { commitOf } from "../../images/promoteGates";
import { findRecords } from "../../images/records";
import { destinationOf, pathIn, type Registries } from "../../images/registries";
import type { Destination } from "../../images/types";
import { cachedSource, type ImageSource, readLabels } from "../../oci";
import type { RegistryOutput, StageOutputs } from "../../outputs";
import type { ImageParts, ImageSite } from "../documents";
import { acceptedEvidence, type Evidence, type EvidenceContext, exceptionFor } from "../evidence";
import { hostsOf, siteText, stageImageOf } from "./stageImages";

/** An image of the map as the stage before deploys it. */
export interface EarlierImage {
  image: MappedImage;
  /** The registry that the document names. */
  registry: RegistryOutput;
  digest: Digest;
  /** The tag that the document names or, where it names none, the version that its record says. */
  version: string;
}

/** An image of a release: what the stage before deploys, and what the next one is to. */
export interface WantedImage {
  /** Every place of the source that names it. */
  sites: readonly ImageSite[];
  /** As the source has it, with the digest that it stands for. */
  from: ImageParts & { digest: Digest };
  /** Absent for an image of somebody else's, which stays where it is. */
  mapped?: MappedImage;
  to: ImageParts & { digest: Digest };
  evidence: Extract<Evidence, { accepted: true }>;
  /** `found`: it was there; `promoted`: this run brought it; `exception`: it is accepted by name. */
  how: "found" | "promoted" | "exception";
}

/** Promotes images to the stage, through its gates; throws where one does not get through. */
type Bring = (images: readonly EarlierImage[]) => Promise<void>;

/** What the images of a release are found with. */
export interface WantedInput {
  /** Of the target stage, which name the registries of the one before. */
  outputs: StageOutputs & { stageBefore: NonNullable<StageOutputs["stageBefore"]> };
  registries: Registries;
  context: EvidenceContext;
  /** Repositories of the release; undefined: all of the map. */
  images: readonly string[] | undefined;
  /** Undefined: what is not there is refused. */
  bring: Bring | undefined;
}

/** Images looked at at a time. */
const PARALLEL = 8;

/** An image of the source, before anything is known of the target. */
type Named = { sites: ImageSite[]; parts: ImageParts; digest: Digest } & (
  { earlier: EarlierImage } | { earlier: undefined }
);

/**
 * Finds what the images of a stage's files are in the next stage: of a portable image the same digest, of one that is
 * rebuilt for each stage the one of the same version and commit, of any other the same where an exception names it. What
 * was not promoted yet is brought.
 *
 * @throws DualRegistryError GATE_REFUSED with a line for each image that may not be deployed, NOT_FOUND
 */
export async function wantedImages(sites: readonly ImageSite[], input: WantedInput): Promise<WantedImage[]> {
  const run = limiter(PARALLEL);
  const named = await collect([...grouped(sites).values()].map((each) => run(() => nameOf(each, input))));
  const images = named.flatMap((each) => (each === undefined ? [] : [each]));
  const looked = await collect(images.map((each) => run(() => lookFor(each, input))));
  const missing = looked.filter((each): each is Missing => "missing" in each);
  if (missing.length > 0) {
    if (input.bring === undefined) throw refusedLines(missing.map(({ missing: why }) => why));
    const earlier = missing.map(({ image }) => image);
    const unique = new Map(earlier.map((each) => [`${each.image.repository}@${each.digest}`, each]));
    await input.bring([...unique.values()]);
  }
  const again = missing.map(({ named: each }) => run(() => lookFor(each, input)));
  const brought = (await collect(again)).map((each) => {
    if ("missing" in each) throw refusedLines([each.missing]);
    return { ...each, how: "promoted" as const };
  });
  return [...looked.filter((each): each is WantedImage => !("missing" in each)), ...brought];
}

const refusedLines = (lines: readonly string[]) =>
  new DualRegistryError("GATE_REFUSED", [...new Set(lines)].join("\n"));

/** All results, or one refusal with a line for everything that was refused. */
async function collect<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(tasks);
  const refused: DualRegistryError[] = [];
  for (const result of results) {
    if (result.status === "fulfilled") continue;
    const error: unknown = result.reason;
    if (error instanceof DualRegistryError && ["GATE_REFUSED", "NOT_FOUND"].includes(error.code)) refused.push(error);
    else throw error;
  }
  if (refused.length === 1 && refused[0]) throw refused[0];
  if (refused.length > 0) throw refusedLines(refused.map(({ message }) => message));
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

const textOf = ({ host, ...rest }: ImageParts): string => formatReference({ host: host ?? "docker.io", ...rest });

function grouped(sites: readonly ImageSite[]): Map<string, ImageSite[]> {
  const groups = new Map<string, ImageSite[]>();
  for (const site of sites) groups.set(textOf(site), [...(groups.get(textOf(site)) ?? []), site]);
  return groups;
}

/** @returns undefined for an image of the map that is not of the release, and for a chart that is no image of the map */
async function nameOf(sites: ImageSite[], input: WantedInput): Promise<Named | undefined> {
  const [site] = sites;
  if (site === undefined) return undefined;
  const { outputs, registries } = input;
  const { host, repository, tag } = site;
  const parts = { repository, ...defined({ host, tag }) };
  const at = stageImageOf({ ...outputs.stageBefore, images: outputs.images }, site);
  if (at === undefined) {
    if (site.artifact === true) return undefined;
    return { sites, parts, digest: await foreignDigest(site, input), earlier: undefined };
  }
  if (input.images?.includes(at.image.repository) === false) return undefined;
  const source = cachedSource(registries.repository(at.registry, at.image.repository).target);
  const digest = await digestOf(site, source, at.registry.tagRules.regime === "immutable");
  const version = tag ?? (await recordedVersion(source, digest, at.image, input));
  return { sites, parts, digest, earlier: { ...at, digest, version } };
}

/** The digest that a document means; where it names a tag as well, of a stage whose tags stay, both are one image. */
async function digestOf(site: ImageSite, source: ImageSource, settled: boolean): Promise<Digest> {
  const { tag, digest } = site;
  const known = digest !== undefined && (tag === undefined || !settled);
  const reference = known ? digest : tag;
  if (reference === undefined) {
    const message = `${siteText(site)}: ${quoted(textOf(site))} has neither tag nor digest; name a version`;
    throw new DualRegistryError("GATE_REFUSED", message);
  }
  const found = await source.resolve(reference);
  if (found === undefined) {
    const message = `${siteText(site)}: ${quoted(textOf(site))} is not at ${source.name}; deploy what is there`;
    throw new DualRegistryError("NOT_FOUND", message);
  }
  if (digest === undefined || found.digest === digest) return found.digest;
  const message = `${siteText(site)}: tag ${tag ?? ""} stands for ${found.digest}, and the file says ${digest}; correct it`;
  throw new DualRegistryError("GATE_REFUSED", message);
}

/** An image of somebody else's is accepted by its digest alone. */
async function foreignDigest(site: ImageSite, { outputs, registries, context }: WantedInput): Promise<Digest> {
  const { stage, stageBefore: before, images } = outputs;
  const why = `${quoted(textOf(site))} is at no registry of ${before.stage} (${hostsOf({ ...before, images })})`;
  const remedy = `name it there, or add its digest to gitops.exceptions of Pulumi.yaml`;
  const host = site.host;
  // Only where some exception may name it is a registry asked that is nobody's of this project.
  const excepted = context.exceptions?.some(({ stages }) => stages?.includes(stage) ?? true) === true;
  if (site.digest !== undefined) return site.digest;
  if (!excepted || host === undefined)
    throw new DualRegistryError("GATE_REFUSED", `${siteText(site)}: ${why}; ${remedy}`);
  return digestOf(site, registries.session(host).repository(site.repository), false);
}

/** The version of an image that a document names by its digest alone, as the stage before recorded it. */
async function recordedVersion(
  source: ImageSource,
  digest: Digest,
  image: MappedImage,
  { outputs, context }: WantedInput,
): Promise<string> {
  const trust = { verifier: context.verifier, trusted: outputs.policies[image.class].signers };
  const [released, published] = await Promise.all([
    findRecords(source, digest, "release", trust),
    findRecords(source, digest, "publish", trust),
  ]);
  const tags = [...released, ...published].flatMap(({ record }) => record.tags);
  const version = tags.find((tag) => parseVersion(tag, outputs) !== undefined);
  if (version !== undefined) return version;
  const message = `${source.name}@${digest} has no version: no record of ${outputs.stageBefore.stage} names one; name its tag as well`;
  throw new DualRegistryError("GATE_REFUSED", message);
}

/** An image that is not at the stage yet, and why. */
interface Missing {
  missing: string;
  image: EarlierImage;
  named: Named;
}

async function lookFor(named: Named, input: WantedInput): Promise<WantedImage | Missing> {
  const { outputs, registries, context } = input;
  const { sites, parts, digest, earlier } = named;
  const from = { ...parts, digest };
  if (earlier === undefined) {
    const evidence = exceptionFor(digest, outputs.stage, context);
    if (evidence?.accepted === true) return { sites, from, to: from, evidence, how: "exception" };
    const [site] = sites;
    const where = site === undefined ? "" : `${siteText(site)}: `;
    const why = evidence?.why ?? "it is at no registry of the stage before, and no exception names it";
    const message = `${where}${quoted(textOf(from))}: ${why}; promote an image of the product, or add it to gitops.exceptions`;
    throw new DualRegistryError("GATE_REFUSED", message);
  }
  const destination = destinationOf(outputs, earlier.image, registries);
  const edge = { ...outputs, from: outputs.stageBefore.stage, to: outputs.stage };
  const tagged = promotionTag(earlier.version, edge, destination.tagRules);
  if ("problem" in tagged)
    throw new DualRegistryError("GATE_REFUSED", `${earlier.image.repository}: ${tagged.problem}`);
  const { tag } = tagged;
  const there = cachedSource(destination.target);
  const placed = await there.resolve(tag);
  const bound = earlier.image.binding === "stage-bound";
  const wanted = bound ? await rebuilt(earlier, { tag, placed: placed?.digest, there, destination }, input) : digest;
  const missing = (why: string): Missing => ({
    missing: `${earlier.image.repository}:${earlier.version}: ${why}`,
    image: earlier,
    named,
  });
  if (placed === undefined)
    return missing(`${destination.target.name}:${tag} is not there; promote it to ${outputs.stage}`);
  if (placed.digest !== wanted) {
    const message = `${destination.target.name}:${tag} is ${placed.digest}, and ${outputs.stageBefore.stage} deploys ${wanted}; take a new version`;
    throw new DualRegistryError("GATE_REFUSED", message);
  }
  const evidence = await acceptedEvidence(there, wanted, destination, context);
  if (!evidence.accepted) {
    if (bound) throw new DualRegistryError("GATE_REFUSED", `${destination.target.name}:${tag}: ${evidence.why}`);
    return missing(evidence.why);
  }
  const registry = outputs.registries[earlier.image.class];
  const to = {
    host: registry.loginServer,
    repository: pathIn(registry, earlier.image.repository),
    tag,
    digest: wanted,
  };
  return { sites, from, mapped: earlier.image, to, evidence, how: "found" };
}

/** The image of the same version that was built for the stage, from the same commit. */
async function rebuilt(
  { image, registry, digest }: EarlierImage,
  at: { tag: string; placed: Digest | undefined; there: ImageSource; destination: Destination },
  { registries, outputs }: WantedInput,
): Promise<Digest> {
  const { tag, placed, there, destination } = at;
  if (placed === undefined) {
    const message = `${image.repository} is rebuilt for each stage, and ${destination.target.name}:${tag} is not there; publish it to ${outputs.stage} with dualreg image publish`;
    throw new DualRegistryError("GATE_REFUSED", message);
  }
  const earlier = registries.repository(registry, image.repository).target;
  const [before, now] = await allSettled([readLabels(earlier, digest), readLabels(there, placed)]);
  const [one, other] = [commitOf(before ?? []), commitOf(now ?? [])];
  if (one !== undefined && one === other) return placed;
  const message = `${destination.target.name}:${tag} was built from ${other ?? "an unknown commit"}, and ${outputs.stageBefore.stage} deploys ${one ?? "an unknown commit"}; publish the same commit to both`;
  throw new DualRegistryError("GATE_REFUSED", message);
}
