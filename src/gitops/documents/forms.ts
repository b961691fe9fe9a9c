import { defined } from "../../base/defined";
import { isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { isTag, parseReference } from "../../base/reference";
import { type Leaf, type MapTree, textOf, type Tree } from "./tree";
import type { ImageParts, Path } from "./types";

/** What a scalar of an image holds. `reference` is a repository with as many other parts as stand there. */
type SlotKind = "reference" | "host" | "tag" | "digest";

/** A scalar that holds parts of an image. */
export interface Slot {
  kind: SlotKind;
  path: Path;
  leaf: Leaf;
  /** In front of a reference: `oci://`. */
  scheme?: string;
}

/** A key that an image's mapping may get for a part that has no place yet. */
export interface NewKeys {
  map: MapTree;
  path: Path;
  tag: string;
  digest: string;
  repository?: string;
  /** True where whoever reads the mapping knows the digest's key. */
  knowsDigest: boolean;
}

/** An image and the scalars that it is made of. */
export interface Candidate {
  path: Path;
  form: "string" | "parts";
  slots: Slot[];
  newKeys?: NewKeys;
  artifact?: true;
}

/** A key that names an image: `image`, `sidecarImage`, `sidecar_image`. */
const IMAGE_KEY = /^(?:image|.*(?:Image|[_-]image|IMAGE))$/;
/** A value that something fills in before it is read: Flux's substitution, or a template. */
const FILLED_IN = /\$\{|\{\{/;
/** Without quotes these are no texts. */
const NO_TEXT = /^(?:true|false|null|~|[-+]?\d+(?:\.\d*)?)$/i;

const isImageKey = (key: string): boolean => IMAGE_KEY.test(key);

/** True for a first segment that is a registry's host. Source: distribution/reference, "splitDockerDomain". */
const isHost = (segment: string): boolean => /[.:]/.test(segment) || segment === "localhost";

/** Takes `[host/]repository[:tag][@digest]` apart; undefined for anything else. */
export function splitReference(text: string): ImageParts | undefined {
  const slash = text.indexOf("/");
  const hasHost = slash > 0 && isHost(text.slice(0, slash));
  try {
    const { host, ...rest } = parseReference(hasHost ? text : `localhost/${text}`);
    return hasHost ? { host, ...rest } : rest;
  } catch (error) {
    if (error instanceof DualRegistryError) return undefined;
    throw error;
  }
}

/** Takes `tag[@digest]` apart; undefined for anything else. */
function splitTag(text: string): Pick<ImageParts, "tag" | "digest"> | undefined {
  const [tag = "", digest, ...more] = text.split("@");
  if (more.length > 0 || !isTag(tag)) return undefined;
  if (digest === undefined) return { tag };
  return isDigest(digest) ? { tag, digest } : undefined;
}

/**
 * The images that one mapping of values holds under its own keys, without those below them. The forms are these and no
 * others; `<p>` is `image` or a name that ends in `Image`:
 *
 * - `<p>: host/repository:tag@digest`, also with `<p>Tag`, `<p>Digest`, `<p>Registry` beside it, and for `image` alone `tag`,
 *   `digest` and `registry`;
 * - `<p>Repository`, `<p>Repo` or `<p>Name` with `<p>Tag`, `<p>Digest`, `<p>Registry`;
 * - `repository` with `registry`, `tag`, `digest`, where the mapping's key is `<p>` or one of them stands there; below `<p>`
 *   also `name`, and `version` in place of `tag`.
 *
 * @param key of the mapping, or of the list that it stands in
 */
export function imagesOfMap(map: MapTree, key: string, path: Path): Candidate[] {
  const found = [...map.entries].flatMap(([name, tree]): Candidate[] => {
    if (tree.kind !== "leaf") return [];
    const stem = /^(.*)(?:Repository|Repo|Name)$/.exec(name)?.[1];
    if (isImageKey(name)) return oneOf(stringImage(map, name, tree, path));
    return stem !== undefined && isImageKey(stem) ? oneOf(prefixedImage(map, name, stem, tree, path)) : [];
  });
  return [...found, ...oneOf(partsImage(map, key, path))];
}

const oneOf = <Value>(value: Value | undefined): Value[] => (value === undefined ? [] : [value]);

const leafAt = (map: MapTree, key: string): Leaf | undefined => {
  const tree = map.entries.get(key);
  return tree?.kind === "leaf" ? tree : undefined;
};

/** The slots of the keys that are there. */
const slotsOf = (map: MapTree, path: Path, keys: Readonly<Partial<Record<SlotKind, string>>>): Slot[] =>
  (["reference", "host", "tag", "digest"] as const).flatMap((kind) => {
    const key = keys[kind];
    const leaf = key === undefined ? undefined : leafAt(map, key);
    return key === undefined || leaf === undefined ? [] : [{ kind, path: [...path, key], leaf }];
  });

function stringImage(map: MapTree, key: string, leaf: Leaf, path: Path): Candidate | undefined {
  const text = textOf(leaf);
  if (text === undefined || (leaf.plain && NO_TEXT.test(text))) return undefined;
  const alone = key === "image" && !map.entries.has("repository");
  const pick = (...names: string[]) => names.find((name) => leafAt(map, name) !== undefined);
  const keys = defined({
    reference: key,
    host: pick(`${key}Registry`, ...(alone ? ["registry"] : [])),
    tag: pick(`${key}Tag`, ...(alone ? ["tag"] : [])),
    digest: pick(`${key}Digest`, ...(alone ? ["digest"] : [])),
  });
  const slots = slotsOf(map, path, keys);
  const at = [...path, key];
  if (slots.length === 1) return { path: at, form: "string", slots };
  const own = keys.tag === "tag" || keys.digest === "digest" || keys.host === "registry";
  const names = own ? { tag: "tag", digest: "digest" } : { tag: `${key}Tag`, digest: `${key}Digest` };
  return { path: at, form: "parts", slots, newKeys: { map, path, ...names, knowsDigest: keys.host !== undefined } };
}

function prefixedImage(map: MapTree, key: string, stem: string, leaf: Leaf, path: Path): Candidate | undefined {
  if (textOf(leaf) === undefined) return undefined;
  const names = { tag: `${stem}Tag`, digest: `${stem}Digest`, host: `${stem}Registry` };
  const slots = slotsOf(map, path, { reference: key, ...names });
  // `imageName: orders` alone may be anything's name.
  if (slots.length === 1 && key.endsWith("Name")) return undefined;
  const knowsDigest = leafAt(map, names.host) !== undefined;
  return { path: [...path, key], form: "parts", slots, newKeys: { map, path, ...names, knowsDigest } };
}

function partsImage(map: MapTree, key: string, path: Path): Candidate | undefined {
  // A volume of an image. Source: Kubernetes API v1, ImageVolumeSource.
  const volume = isImageKey(key) ? leafAt(map, "reference") : undefined;
  if (volume !== undefined) {
    const at = [...path, "reference"];
    return { path: at, form: "string", slots: [{ kind: "reference", path: at, leaf: volume }] };
  }
  const ofImage = isImageKey(key) || key === "images";
  const name = ["repository", ...(ofImage ? ["name"] : [])].find((each) => textOf(map.entries.get(each)) !== undefined);
  if (name === undefined) return undefined;
  const beside = ["registry", "tag", "digest"].some((each) => map.entries.has(each));
  if (!beside && !isImageKey(key)) return undefined;
  const tag = ofImage && !map.entries.has("tag") && map.entries.has("version") ? "version" : "tag";
  const slots = slotsOf(map, path, { reference: name, host: "registry", tag, digest: "digest" });
  const knowsDigest = map.entries.has("registry");
  return { path, form: "parts", slots, newKeys: { map, path, tag, digest: "digest", knowsDigest } };
}

/** An entry of Kustomize's `images` that changes something. Source: kustomize API, types.Image: name, newName, newTag, digest. */
export function kustomizeImage(map: MapTree, path: Path): Candidate | undefined {
  const name = textOf(map.entries.get("newName")) === undefined ? "name" : "newName";
  const slots = slotsOf(map, path, { reference: name, tag: "newTag", digest: "digest" });
  if (slots[0]?.kind !== "reference" || (slots.length === 1 && name === "name")) return undefined;
  const newKeys = { map, path, tag: "newTag", digest: "digest", repository: "newName", knowsDigest: true };
  return { path, form: "parts", slots, newKeys };
}

/** The artifact of an OCIRepository. Source: source.toolkit.fluxcd.io/v1, OCIRepositorySpec: url, ref {tag, semver, digest}. */
export function artifactOf(spec: Tree | undefined, path: Path): Candidate | undefined {
  if (spec?.kind !== "map") return undefined;
  const url = leafAt(spec, "url");
  if (url === undefined) return undefined;
  const reference: Slot = { kind: "reference", path: [...path, "url"], leaf: url, scheme: "oci://" };
  const ref = spec.entries.get("ref");
  if (ref?.kind !== "map") return { path, form: "parts", slots: [reference], artifact: true };
  const at = [...path, "ref"];
  const slots = [reference, ...slotsOf(ref, at, { tag: "tag", digest: "digest" })];
  const newKeys = { map: ref, path: at, tag: "tag", digest: "digest", knowsDigest: true };
  return { path, form: "parts", slots, newKeys, artifact: true };
}

const differs = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;

/** The parts that one scalar holds; undefined where it holds none. */
function partsOf({ kind, scheme = "" }: Slot, text: string): Partial<ImageParts> | undefined {
  switch (kind) {
    case "reference":
      return text.startsWith(scheme) ? splitReference(text.slice(scheme.length)) : undefined;
    case "tag":
      return splitTag(text);
    case "digest":
      return isDigest(text) ? { digest: text } : undefined;
    case "host":
      return {};
  }
}

/** Why the parts of a candidate cannot be told: a text that is filled in later, names none, or contradicts another. */
export interface Unreadable {
  why: "filled in" | "no image" | "contradiction";
  slot: Slot;
}

/**
 * The image that the texts of a candidate make together.
 *
 * @returns undefined where they name none
 * @param global `global.imageRegistry` of a chart's values, which takes the place of a registry apart and stands in front of
 *   a repository without a host, as Bitnami's charts have it
 */
export function resolveParts(candidate: Candidate, global?: string): ImageParts | Unreadable | undefined {
  const read: Partial<ImageParts>[] = [];
  for (const slot of candidate.slots) {
    const text = textOf(slot.leaf);
    if (text === undefined) continue;
    if (FILLED_IN.test(text)) return { why: "filled in", slot };
    const parts = partsOf(slot, text);
    if (parts === undefined) return { why: "no image", slot };
    // Which of two tags decides is the chart's own business.
    const { tag, digest } = parts;
    if (read.some((each) => differs(each.tag, tag) || differs(each.digest, digest)))
      return { why: "contradiction", slot };
    read.push(parts);
  }
  const [reference] = candidate.slots;
  const repository = read.find((each) => each.repository !== undefined)?.repository;
  if (reference === undefined || repository === undefined) return undefined;
  const parts = read.reduce<ImageParts>((all, each) => ({ ...all, ...each }), { repository });
  const registry = candidate.slots.find(({ kind }) => kind === "host");
  const host = global ?? textOf(registry?.leaf);
  if (candidate.form === "string" || host === undefined || parts.host !== undefined) return parts;
  // A registry apart may hold the first segments of the path too.
  const whole = splitReference(`${host}/${parts.repository}`);
  return whole === undefined ? { why: "no image", slot: registry ?? reference } : { ...parts, ...whole };
}
