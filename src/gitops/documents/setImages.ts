import { isMap, isScalar } from "yaml";
import { DualRegistryError } from "../../base/errors";
import { formatReference, isRepository, isTag } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import { type NewKeys, type Slot, splitReference } from "./forms";
import { type LocatedImage, locateImages } from "./locate";
import { type MeantValue, proveChange } from "./proof";
import { applyEdits, type Edit, editScalar, writeScalar } from "./scalar";
import { parseFile, type ParsedFile, textOf } from "./tree";
import type { ImageChange, ImageParts, ImageSite, Path } from "./types";

/**
 * Changes images in a file, and nothing else: exactly the characters of the scalars that are meant are replaced, and a
 * second reading proves that every other value and every other image is what it was.
 *
 * @param text the file's text, which the sites were found in
 * @returns the new text; the same text where nothing is to change
 * @throws DualRegistryError CHANGE_REFUSED where the change would move something else or has no place, CONTENT_INVALID for
 * what is no YAML
 */
export function setImages(file: string, text: string, changes: readonly ImageChange[]): string {
  const parsed = parseFile(file, text);
  const { images } = locateImages(parsed);
  const edits: Edit[] = [];
  const meant: MeantValue[] = [];
  const wanted = new Map<LocatedImage, ImageParts>();
  for (const change of changes) {
    const image = imageOf(images, change.site, file);
    const target = targetOf(image.site, change.to, file);
    wanted.set(image, target);
    for (const { slot, text: value } of valuesOf(image, target, change)) {
      if (textOf(slot.leaf) === value) continue;
      edits.push(editScalar(text, slot.leaf, value, placeName(file, image.site)));
      meant.push({ document: image.site.document, path: slot.path, text: value });
    }
    for (const { key, value, keys } of keysOf(image, target, change)) {
      edits.push(addKey(parsed, keys, key, value, image.site));
      meant.push({ document: image.site.document, path: [...keys.path, key], text: value });
    }
  }
  const result = applyEdits(text, edits, (start) => `${quoted(file)}, line ${parsed.lineAt(start)}`);
  proveChange(parsed, parseFile(file, result), { images, wanted, meant });
  return result;
}

const placeName = (file: string, site: ImageSite) => `${quoted(file)}, line ${site.line}, ${site.path.join(".")}`;

const samePath = (a: Path, b: Path) => a.length === b.length && a.every((step, at) => step === b[at]);

/** The image that a site stands for, as long as it names what it named. */
function imageOf(images: readonly LocatedImage[], site: ImageSite, file: string): LocatedImage {
  const image = images.find((each) => each.site.document === site.document && samePath(each.site.path, site.path));
  const same = image !== undefined && describe(image.site) === describe(site);
  if (same) return image;
  throw new DualRegistryError(
    "CHANGE_REFUSED",
    `${quoted(file)}, ${site.path.join(".")}: names no longer ${quoted(describe(site))}; read the file again`,
  );
}

const describe = ({ host, ...rest }: ImageParts): string =>
  host === undefined ? formatReference({ host: "", ...rest }).slice(1) : formatReference({ host, ...rest });

function targetOf(site: ImageSite, to: ImageChange["to"], file: string): ImageParts {
  const where = placeName(file, site);
  const { host, repository, tag, digest } = { ...site, ...to };
  const refuse = (why: string) => new DualRegistryError("CHANGE_REFUSED", `${where}: ${why}`);
  if (!isRepository(repository)) throw refuse(`${quoted(repository)} is no repository`);
  if (tag !== undefined && !isTag(tag)) throw refuse(`${quoted(tag)} has a form that no registry takes as a tag`);
  const target = { repository, ...(host === undefined ? {} : { host }) };
  if (host !== undefined && splitReference(`${host}/${repository}`)?.host !== host) {
    throw refuse(`${quoted(host)} is no registry host`);
  }
  if (site.digest !== undefined && to.digest === undefined && (to.tag ?? site.tag) !== site.tag) {
    throw refuse(`digest ${site.digest} decides, so another tag alone changes nothing; give the new digest too`);
  }
  return { ...target, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The texts that the scalars of an image get. */
function valuesOf(image: LocatedImage, target: ImageParts, change: ImageChange): { slot: Slot; text: string }[] {
  const { slots } = image.candidate;
  const reference = slots.find(({ kind }) => kind === "reference");
  const registry = image.global ?? slots.find(({ kind }) => kind === "host");
  const own = reference === undefined ? undefined : textOf(reference.leaf)?.slice(reference.scheme?.length ?? 0);
  const old = own === undefined ? undefined : splitReference(own);
  if (reference === undefined || old === undefined) return [];
  const values: { slot: Slot; text: string }[] = [];
  const apart = old.host === undefined && registry !== undefined && image.candidate.form === "parts";
  // A registry apart may hold the first segments of the path.
  const prefix = apart ? /^[^/]*(\/.*)$/.exec(textOf(registry.leaf) ?? "")?.[1] : undefined;
  const keeps = prefix !== undefined && `/${target.repository}`.startsWith(`${prefix}/`);
  if (apart && target.host !== undefined) values.push({ slot: registry, text: `${target.host}${keeps ? prefix : ""}` });
  const repository = keeps ? target.repository.slice(prefix.length) : target.repository;
  const { tagSlot, digestSlot, digestIn } = placesOf(image, target, change);
  const inner: ImageParts = { repository };
  if (!apart && target.host !== undefined) inner.host = target.host;
  if (
    tagSlot === undefined &&
    target.tag !== undefined &&
    (old.tag !== undefined || image.candidate.newKeys === undefined)
  ) {
    inner.tag = target.tag;
  }
  if (digestIn === "reference" && target.digest !== undefined) inner.digest = target.digest;
  const isName = reference.path.at(-1) === "name" && image.candidate.newKeys?.repository !== undefined;
  if (!isName) values.push({ slot: reference, text: `${reference.scheme ?? ""}${describe(inner)}` });
  if (tagSlot !== undefined && target.tag !== undefined) {
    const behind = digestIn === "tag" && target.digest !== undefined ? `@${target.digest}` : "";
    values.push({ slot: tagSlot, text: `${target.tag}${behind}` });
  }
  if (digestSlot !== undefined && target.digest !== undefined) values.push({ slot: digestSlot, text: target.digest });
  return values;
}

/** Where tag and digest stand, or will. */
function placesOf({ candidate }: LocatedImage, target: ImageParts, { digestAs }: ImageChange) {
  const slotOf = (kind: Slot["kind"]) => candidate.slots.find((slot) => slot.kind === kind);
  const tagSlot = slotOf("tag");
  const digestSlot = slotOf("digest");
  const { newKeys } = candidate;
  const inTag = tagSlot !== undefined && textOf(tagSlot.leaf)?.includes("@") === true;
  const inReference = textOf(slotOf("reference")?.leaf)?.includes("@") === true;
  const asKey = digestAs === "key" || (digestAs === undefined && newKeys?.knowsDigest === true);
  const digestIn =
    digestSlot !== undefined
      ? "digest"
      : inReference || newKeys === undefined
        ? "reference"
        : inTag || !asKey
          ? tagSlot === undefined && target.tag === undefined
            ? "reference"
            : "tag"
          : "key";
  return { tagSlot, digestSlot, digestIn } as const;
}

/** The keys that an image gets for what has no place yet. */
function keysOf(image: LocatedImage, target: ImageParts, change: ImageChange) {
  const keys = image.candidate.newKeys;
  if (keys === undefined) return [];
  const { tagSlot, digestSlot, digestIn } = placesOf(image, target, change);
  const reference = textOf(image.candidate.slots[0]?.leaf) ?? "";
  const added: { key: string; value: string; keys: NewKeys }[] = [];
  const add = (key: string, value: string) => added.push({ key, value, keys });
  const name = describe({ ...(target.host === undefined ? {} : { host: target.host }), repository: target.repository });
  if (keys.repository !== undefined && image.candidate.slots[0]?.path.at(-1) === "name" && name !== reference) {
    add(keys.repository, name);
  }
  const hasTag = splitReference(reference)?.tag !== undefined;
  if (tagSlot === undefined && !hasTag && target.tag !== undefined) {
    add(keys.tag, digestIn === "tag" && target.digest !== undefined ? `${target.tag}@${target.digest}` : target.tag);
  }
  if (digestIn === "key" && digestSlot === undefined && target.digest !== undefined) add(keys.digest, target.digest);
  return added;
}

/** A key behind the last one of a mapping, written as that one is. @throws DualRegistryError CHANGE_REFUSED */
function addKey(parsed: ParsedFile, { map }: NewKeys, key: string, value: string, site: ImageSite): Edit {
  const { text, file } = parsed;
  const pair = map.node.items.at(-1);
  const end = pair === undefined ? undefined : (endOf(pair.value) ?? endOf(pair.key));
  const start = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  if (end === undefined || start === undefined) {
    throw new DualRegistryError(
      "CHANGE_REFUSED",
      `${placeName(file, site)}: ${key} has no place beside what stands there; write ${key}: "" there first`,
    );
  }
  const written = `${key}: ${writeScalar(value)}`;
  if (map.node.flow === true) return { start: end, end, text: `, ${written}` };
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const indent = " ".repeat(start - lineStart - (lineStart === 0 && text.startsWith("\ufeff") ? 1 : 0));
  const newline = text.indexOf("\n", end);
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  if (newline < 0) return { start: text.length, end: text.length, text: `${eol}${indent}${written}` };
  const isBlockEnd = text.charAt(end - 1) === "\n";
  const at = isBlockEnd ? end : newline + 1;
  return { start: at, end: at, text: `${indent}${written}${eol}` };
}

function endOf(node: unknown): number | undefined {
  if (isMap(node) || isScalar(node)) return node.range?.[1];
  const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[1] === "number" ? range[1] : undefined;
}
