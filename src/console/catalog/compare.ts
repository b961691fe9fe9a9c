import type { BoundedText, TreeDetails } from "../../oci";
import type { ComparisonView, Difference, ImageView, Part, TrustView } from "../model";
import { platformOf, shownVariable } from "./views";

type Image = TreeDetails["images"][number];
/** Named values of one side, such as labels. */
type Values = ReadonlyMap<string, string>;

/** One of two images that are compared. */
export interface Side {
  tree: TreeDetails;
  /** Absent where what is attached could not be read: then it is not compared. */
  trust?: TrustView;
}

/** An image that is compared: as it is shown, and what is set against the other. */
export interface ComparedImage {
  view: ImageView;
  side: Side;
  /** What of it could not be read. */
  unread: readonly string[];
}

/** Two images set against each other, or why one of them cannot be read. */
export function comparisonOf(
  [left, right]: readonly [Part<ComparedImage>, Part<ComparedImage>],
  platform: string | undefined,
): Part<ComparisonView> {
  if (left.state !== "ok") return left;
  if (right.state !== "ok") return right;
  const compared = differencesOf(left.value.side, right.value.side, platform);
  const unread = [...left.value.unread, ...right.value.unread];
  const views = { left: left.value.view, right: right.value.view, ...compared };
  return { state: "ok", value: { ...views, ...(unread.length > 0 && { unread }) } };
}

/** What two images differ in, by topic and name; how many values are equal is counted. */
export function differencesOf(
  left: Side,
  right: Side,
  wanted?: string,
): { differences: Difference[]; equal: number; platform?: string } {
  const platform = wanted ?? commonPlatform(left.tree, right.tree);
  const [one, other] = [imageFor(left.tree, platform), imageFor(right.tree, platform)];
  const topics: readonly [Difference["topic"], Values, Values][] = [
    ["labels", textsOf(one?.labels), textsOf(other?.labels)],
    ["annotations", annotationsOf(left.tree, one), annotationsOf(right.tree, other)],
    ["environment", variablesOf(one), variablesOf(other)],
    ["configuration", configurationOf(one), configurationOf(other)],
    ["platforms", platformsOf(left.tree), platformsOf(right.tree)],
    ...(left.trust && right.trust ? attachedTopics([left.trust, one], [right.trust, other]) : []),
  ];
  const differences: Difference[] = [];
  let equal = 0;
  for (const [topic, before, after] of topics) {
    for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [a, b] = [before.get(name), after.get(name)];
      if (a === b) equal += 1;
      else differences.push({ topic, name, ...shown(topic, name, a, b) });
    }
  }
  return { differences, equal, ...(platform === undefined ? {} : { platform }) };
}

/** Values of variables are compared as they are and shown as they may be. */
function shown(topic: Difference["topic"], name: string, a: string | undefined, b: string | undefined) {
  const show = (value: string): string =>
    topic === "environment" ? shownVariable(`${name}=${value}`).slice(name.length + 1) : value;
  return { ...(a === undefined ? {} : { left: show(a) }), ...(b === undefined ? {} : { right: show(b) }) };
}

function commonPlatform(left: TreeDetails, right: TreeDetails): string | undefined {
  const there = right.images.map(platformOf);
  return left.images.map(platformOf).find((platform) => platform !== undefined && there.includes(platform));
}

/** The image of a platform; the first one where none is of it and none was asked for. */
const imageFor = ({ images }: TreeDetails, platform: string | undefined): Image | undefined =>
  platform === undefined ? images[0] : images.find((image) => platformOf(image) === platform);

const textsOf = (texts: readonly BoundedText[] = []): Values =>
  new Map(
    texts.map(({ name, value, fullDigest }) => [name, fullDigest === undefined ? value : `${value}… ${fullDigest}`]),
  );

const annotationsOf = (tree: TreeDetails, image: Image | undefined): Values =>
  new Map([
    ...[...textsOf(tree.annotations)].map(([name, value]) => [name, value] as const),
    ...(image === undefined || image.digest === tree.digest
      ? []
      : [...textsOf(image.annotations)].map(([name, value]) => [`${name} (platform)`, value] as const)),
  ]);

const variablesOf = (image: Image | undefined): Values =>
  new Map(
    (image?.environment ?? []).map((variable) => {
      const cut = variable.indexOf("=");
      return cut < 0 ? [variable, ""] : [variable.slice(0, cut), variable.slice(cut + 1)];
    }),
  );

function configurationOf(image: Image | undefined): Values {
  if (image === undefined) return new Map();
  const { user = "", entrypoint, command, created, size } = image;
  return new Map([
    ["user", user],
    ["entrypoint", JSON.stringify(entrypoint)],
    ["command", JSON.stringify(command)],
    ["size", String(size)],
    ...(created === undefined ? [] : [["created", created] as const]),
  ]);
}

const platformsOf = ({ images }: TreeDetails): Values =>
  new Map(images.map((image) => [platformOf(image) ?? "without a platform", image.digest]));

function attachedTopics(
  [left, one]: readonly [TrustView, Image | undefined],
  [right, other]: readonly [TrustView, Image | undefined],
): [Difference["topic"], Values, Values][] {
  return [
    ["packages", packagesOf(left, one), packagesOf(right, other)],
    ["signatures", signersOf(left), signersOf(right)],
    ["records", recordsOf(left), recordsOf(right)],
  ];
}

/** Versions of a package; one that is there in several is one line. What is said of another platform's image is left out. */
function packagesOf({ sboms }: TrustView, image: Image | undefined): Values {
  const versions = new Map<string, Set<string>>();
  const own = sboms.filter(({ about }) => about === undefined || about === image?.digest);
  for (const { name, version } of own.flatMap(({ packages }) => packages)) {
    const known = versions.get(name) ?? new Set();
    versions.set(name, known.add(version));
  }
  return new Map([...versions].map(([name, known]) => [name, [...known].sort().join(", ")]));
}

/** By signer: a signature that counts outweighs others of the same signer that do not. */
function signersOf({ signatures }: TrustView): Values {
  const signers = new Map<string, string>();
  for (const { about, signer, form, trusted, because } of signatures) {
    const name = `${about} by ${signer ?? "nobody trusted"}, ${form}`;
    if (signers.get(name) !== TRUSTED) signers.set(name, trusted ? TRUSTED : `not trusted: ${because ?? ""}`);
  }
  return signers;
}
const TRUSTED = "trusted";

const recordsOf = ({ records }: TrustView): Values =>
  new Map(
    records.map(({ how, stage, signer, what }) => [
      `${how} at ${stage}, ${signer ?? "signed by nobody trusted"}`,
      what,
    ]),
  );
