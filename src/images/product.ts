import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { allSettled, limiter } from "../base/limit";
import { quoted } from "../base/text/quote";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { formsOf, tagAllowed } from "../domain/image/tags";
import { cachedSource, type ImageSource, type ImageTree, readLabels } from "../oci";
import { type Verifier, verifyImage } from "../signing";
import { scansProblems } from "./gates/scan";
import { commitOf } from "./promoteGates";
import { findRecords, type RecordTrust } from "./records";
import type { ScanReport } from "./recordSchemas";
import { type Recorded, REMOVE_UNGATED, type TagStates, tagStates } from "./tagAndLock";
import type { Destination } from "./types";
import { wholeTree } from "./verifyReport";

/** One image of a product, as its publication or promotion by digest said: believed only where the registry bears it out. */
export interface PushedImage {
  digest: Digest;
  /** The tags it is to get. */
  tags: readonly string[];
  version: string;
  /** The whole commit it was built from. */
  commit: string;
  destination: Destination;
}

/** How an image of a product stands: all its tags placed, ready for them, or something against it. */
export interface ImageState extends PushedImage {
  state: "tagged" | "ready" | "refused";
  /** Tags that stand for it. */
  placed: readonly string[];
  problems: readonly string[];
  /** What tagging takes; absent where it is refused. */
  recorded?: Recorded;
}

/** Images looked at at a time. */
const PARALLEL = 4;

/**
 * Looks at each image where it was pushed, and writes nothing: it is whole, signed where the stage asks for that, and
 * recorded as published or promoted there with these tags, of this commit and version; its scans are within the policy and young
 * enough; its tags are of a form that the stage takes, and stand for no other image.
 *
 * @throws DualRegistryError what the registries cannot be asked for
 */
export async function checkProduct(
  images: readonly PushedImage[],
  { verifier, now }: { verifier: Verifier; now: Date },
): Promise<readonly ImageState[]> {
  const run = limiter(PARALLEL);
  return allSettled(images.map((image) => run(() => checkImage(image, verifier, now))));
}

/**
 * Looks at the tags alone of images that this process published by digest a moment ago: the publication read each back,
 * verified its signature and attached its record.
 */
export async function checkPublished(
  images: readonly (PushedImage & { recorded: Recorded })[],
): Promise<readonly ImageState[]> {
  return allSettled(
    images.map(async (image): Promise<ImageState> => {
      const { destination, digest, tags } = image;
      const { ours, taken } = await tagStates(destination.target, digest, tags);
      const problems = takenProblems(destination, taken);
      const state = problems.length > 0 ? "refused" : ours.length === tags.length ? "tagged" : "ready";
      return { ...image, state, placed: ours, problems };
    }),
  );
}

const takenProblems = ({ tagRules }: Destination, taken: TagStates["taken"]): string[] =>
  (tagRules.regime === "mutable" ? [] : taken).map(
    ({ tag, digest }) => `Tag ${tag} stands for ${digest} already: take a new version; or ${REMOVE_UNGATED}`,
  );

async function checkImage(image: PushedImage, verifier: Verifier, now: Date): Promise<ImageState> {
  const { destination, digest, tags } = image;
  const { target, tagRules, stage } = destination;
  const there = cachedSource(target);
  const tree = await wholeTree(target, digest);
  if (typeof tree === "string") {
    return { ...image, state: "refused", placed: [], problems: [`Content: ${tree}; publish it again`] };
  }
  const { ours, taken } = await tagStates(target, digest, tags);
  const forms = tags.filter((tag) => !tagAllowed(tagRules, tag));
  const tagged = ours.length === tags.length;
  const labels = await readLabels(there, digest);
  const problems = [
    ...forms.map((tag) => `Tag ${quoted(tag)}: ${stage} takes ${formsOf(tagRules)}`),
    ...takenProblems(destination, taken),
    ...(await signatureProblems(there, image, verifier)),
    ...(await recordProblems(there, image, tree, { verifier, now, tagged, commit: commitOf(labels) })),
  ];
  if (problems.length > 0) return { ...image, state: "refused", placed: ours, problems };
  const referrers = (await there.referrers(digest)).map((referrer) => referrer.digest);
  const recorded = { destination, tags, tree, referrers };
  return { ...image, state: tagged ? "tagged" : "ready", placed: ours, problems: [], recorded };
}

async function signatureProblems(
  there: ImageSource,
  { digest, destination: { policy } }: PushedImage,
  verifier: Verifier,
): Promise<string[]> {
  if (!policy.signature) return [];
  try {
    await verifyImage(there, digest, policy.signers, verifier);
    return [];
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "SIGNATURE_INVALID") throw error;
    return [`Signature: ${error.message}`];
  }
}

const sameTags = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());

/** What a record says of how an image came to its stage, as far as its tags are a matter of it. */
interface Arrived {
  tags: readonly string[];
  scans: readonly ScanReport[];
  /** In words. */
  what: string;
  /** Whether it is of the commit and version of a result. */
  isOf: (image: Pick<PushedImage, "commit" | "version">) => boolean;
}

/** Refused records that a line tells of. */
const TOLD = 3;

/** A record is the word of whoever let the image through its gates; a result is nobody's. */
async function recordProblems(
  there: ImageSource,
  image: PushedImage,
  tree: ImageTree,
  { verifier, now, tagged, commit }: { verifier: Verifier; now: Date; tagged: boolean; commit: string | undefined },
): Promise<string[]> {
  const { destination, tags } = image;
  const refused = new Set<string>();
  const trust = trustOf(image, verifier, (why) => void refused.add(why));
  const here = await arrivalsOf(there, image, { trust, commit });
  const [first] = here;
  if (first === undefined) {
    const how = destination.gate === "promotions" ? "promote" : "publish";
    const none = `none that counts says that it passed the gates of ${destination.stage}; ${how} it again`;
    return [`Record: ${[none, ...[...refused].slice(0, TOLD)].join("; ")}`];
  }
  const named = here.filter((arrived) => arrived.isOf(image) && sameTags(arrived.tags, tags));
  if (named.length === 0) {
    const says = `${first.what}, to be tagged ${first.tags.map((tag) => quoted(tag)).join(", ")}`;
    return [`Record: it is of ${says}, and the result says another; take the result that it was made with`];
  }
  // An image that has all its tags was young enough when it got them.
  const { scan } = destination.policy;
  const limits = scan && { ...scan, ...(tagged && { maxAgeHours: Number.MAX_SAFE_INTEGER }) };
  const judged = named.map(({ scans }) => scansProblems(tree, scans, limits, now));
  return judged.find((problems) => problems.length === 0) ?? judged.at(-1) ?? [];
}

/**
 * Whose records count: of an open stage that asks for no signature all do, since it takes what nobody signed, and what
 * somebody signed whom it does not name is no less.
 */
function trustOf(
  { destination: { policy, gate } }: PushedImage,
  verifier: Verifier,
  onRefused: (why: string) => void,
): RecordTrust {
  return { verifier, trusted: gate === "open" && !policy.signature ? [] : policy.signers, onRefused };
}

/**
 * Its records of this stage and place, by what its gates ask for: a promotion, sign-offs, a break-glass.
 *
 * @param commit that its labels name on every platform: the record of a promotion may name none
 */
async function arrivalsOf(
  there: ImageSource,
  image: PushedImage,
  { trust, commit: built }: { trust: RecordTrust; commit: string | undefined },
): Promise<Arrived[]> {
  const { stage, class: imageClass, target, gate, roles } = image.destination;
  const published = await findRecords(there, image.digest, "publish", trust);
  const released = await findRecords(there, image.digest, "release", trust);
  const unsigned = gate !== "open" && roles.length > 0;
  return [
    ...published
      .map(({ record }) => record)
      .filter((one) => one.stage === stage && one.class === imageClass && one.repository === target.name)
      .filter(({ breakGlass }) => gate !== "promotions" || breakGlass !== undefined)
      .filter(({ signOffs, breakGlass }) => !unsigned || signOffs !== undefined || breakGlass !== undefined)
      .map(({ build, tags, scans, breakGlass }): Arrived => ({
        ...{ tags, scans, what: `${quoted(build.version)} of ${build.commit}` },
        isOf: ({ commit, version }) =>
          build.commit === commit && (breakGlass ? tags.includes(version) : build.version === version),
      })),
    ...released
      .map(({ record }) => record)
      .filter((one) => one.edge.to === stage && one.class === imageClass && one.target === target.name)
      .filter(({ signOffs }) => !unsigned || signOffs !== undefined)
      .map(({ edge, tags, scans, signOffs }): Arrived => ({
        ...{ tags, scans, what: `a promotion from ${edge.from} of ${signOffs?.commit ?? built ?? "no one commit"}` },
        isOf: ({ commit, version }) =>
          tags.includes(version) && built === commit && (signOffs === undefined || signOffs.commit === commit),
      })),
  ];
}

/** What decides when an image is tagged. */
interface Placed {
  destination: Pick<Destination, "class" | "repository"> & { tagRules: Pick<Destination["tagRules"], "regime"> };
}

/** The order in which everybody tags a product, and in which CI tags one class after the other. */
const inOrder = (one: Placed, other: Placed): number =>
  IMAGE_CLASSES.indexOf(one.destination.class) - IMAGE_CLASSES.indexOf(other.destination.class) ||
  (one.destination.repository < other.destination.repository ? -1 : 1);

/**
 * Tags images one after the other, class secure first and each class by name, up to the first that does not hold its
 * tags. Of two who publish one version at a time both follow this order, so the first image that differs between them
 * decides: whoever loses it has placed none but tags that both wanted, and the winner completes the rest. Where all
 * tags may move nothing is decided by who comes first, and the images are tagged together.
 *
 * @param tag tags one image, locks it where that is asked for, and reads it back
 * @param holds whether it did that
 * @returns what became of those that were tried; where tags may not move the last alone may not hold
 */
export async function tagInOrder<Image extends Placed, Result>(
  images: readonly Image[],
  tag: (image: Image) => Promise<Result>,
  holds: (result: Result) => boolean,
): Promise<readonly Result[]> {
  const sorted = [...images].sort(inOrder);
  if (images.every(({ destination }) => destination.tagRules.regime === "mutable")) {
    const run = limiter(PARALLEL);
    return allSettled(sorted.map((image) => run(() => tag(image))));
  }
  const tried: Result[] = [];
  for (const image of sorted) {
    const result = await tag(image);
    tried.push(result);
    if (!holds(result)) break;
  }
  return tried;
}
