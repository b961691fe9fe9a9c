import { isScalar } from "yaml";
import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { isRepository, isTag } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import { splitReference } from "./forms";
import { type AddedKey, imageText, layoutOf } from "./layout";
import { type LocatedImage, locateImages } from "./locate";
import { type MeantValue, proveChange } from "./proof";
import { applyEdits, type Edit, editScalar, writeScalar } from "./scalar";
import { parseFile, type ParsedFile, textOf, treeAt } from "./tree";
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
  for (const { site, to, digestAs } of changes) {
    const image = imageOf(images, site, file);
    const parts = wantedOf(image, to, file);
    wanted.set(image, parts);
    const { document } = image.site;
    const { texts, added } = layoutOf(image, parts, digestAs);
    for (const { slot, text: value } of texts.filter((each) => textOf(each.slot.leaf) !== each.text)) {
      edits.push(editScalar(text, slot.leaf, value, placeName(file, image.site)));
      meant.push({ document, path: slot.path, text: value });
    }
    if (added.length > 0) edits.push(addKeys(parsed, image, added));
    meant.push(...added.map(({ keys, key, text: value }) => ({ document, path: [...keys.path, key], text: value })));
  }
  if (edits.length === 0) return text;
  const result = applyEdits(text, edits, (start) => `${quoted(file)}, line ${parsed.lineAt(start)}`);
  proveChange(parsed, parseChanged(file, result), { images, wanted, meant });
  return result;
}

/**
 * Changes scalars in a file, and nothing else, as {@link setImages} does; every image stays what it was.
 *
 * @throws DualRegistryError CHANGE_REFUSED, CONTENT_INVALID
 */
export function setTexts(file: string, text: string, meant: readonly MeantValue[]): string {
  const parsed = parseFile(file, text);
  const edits = meant.map(({ document, path, text: value }) => {
    const leaf = treeAt(parsed.documents[document], ...path);
    if (leaf?.kind === "leaf") return editScalar(text, leaf, value, `${quoted(file)}, ${path.join(".")}`);
    throw new DualRegistryError(
      "CHANGE_REFUSED",
      `${quoted(file)}, ${path.join(".")}: no text stands there; write it by hand`,
    );
  });
  const result = applyEdits(text, edits, (start) => `${quoted(file)}, line ${parsed.lineAt(start)}`);
  if (result === text) return text;
  const changed = meant.filter((each) => textOf(treeAt(parsed.documents[each.document], ...each.path)) !== each.text);
  const { images } = locateImages(parsed);
  proveChange(parsed, parseChanged(file, result), { images, wanted: new Map(), meant: changed });
  return result;
}

function parseChanged(file: string, text: string): ParsedFile {
  try {
    return parseFile(file, text);
  } catch (cause) {
    if (!(cause instanceof DualRegistryError)) throw cause;
    const why = `the change would leave what cannot be read (${cause.message}); write it by hand`;
    throw new DualRegistryError("CHANGE_REFUSED", `${quoted(file)}: ${why}`, { cause });
  }
}

const placeName = (file: string, site: ImageSite) => `${quoted(file)}, line ${site.line}, ${site.path.join(".")}`;

const samePath = (a: Path, b: Path) => a.length === b.length && a.every((step, at) => step === b[at]);

/** The image that a site stands for, as long as it names what it named. */
function imageOf(images: readonly LocatedImage[], site: ImageSite, file: string): LocatedImage {
  const image = images.find((each) => each.site.document === site.document && samePath(each.site.path, site.path));
  if (image !== undefined && imageText(image.site) === imageText(site)) return image;
  throw new DualRegistryError(
    "CHANGE_REFUSED",
    `${placeName(file, site)}: names ${quoted(imageText(site))} no longer; read the file again`,
  );
}

/** What an image is to be, checked. @throws DualRegistryError CHANGE_REFUSED */
function wantedOf({ site, candidate }: LocatedImage, to: ImageChange["to"], file: string): ImageParts {
  const { host, repository, tag, digest } = { ...site, ...defined(to) };
  const refuse = (why: string) => new DualRegistryError("CHANGE_REFUSED", `${placeName(file, site)}: ${why}`);
  if (!isRepository(repository)) throw refuse(`${quoted(repository)} is no repository; allowed: company/inventory`);
  if (tag !== undefined && !isTag(tag)) throw refuse(`${quoted(tag)} has a form that no registry takes as a tag`);
  if (host !== undefined && splitReference(`${host}/${repository}`)?.host !== host) {
    throw refuse(`${quoted(host)} is no registry host; allowed: registry.example.com, with a port where it has one`);
  }
  if (site.artifact === true && candidate.newKeys === undefined && (tag ?? digest) !== undefined) {
    throw refuse('has no spec.ref; write ref: { tag: "" } there first');
  }
  if (site.digest !== undefined && to.digest === undefined && tag !== site.tag) {
    throw refuse(`digest ${site.digest} decides, so another tag alone changes nothing; give the new digest too`);
  }
  return { repository, ...defined({ host, tag, digest }) };
}

/** Keys behind the last scalar of an image, written as that one is. @throws DualRegistryError CHANGE_REFUSED */
function addKeys({ text, file }: ParsedFile, { site, candidate }: LocatedImage, added: readonly AddedKey[]): Edit {
  const [first] = added;
  const map = first?.keys.map.node;
  const own = candidate.slots.flatMap(({ leaf }) => map?.items.find(({ value }) => value === leaf.node) ?? []);
  const pair = own.at(-1) ?? (candidate.artifact === true ? map?.items.at(-1) : undefined);
  const start = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  const end = isScalar(pair?.value) ? pair.value.range?.[1] : undefined;
  if (map === undefined || start === undefined || end === undefined) {
    const keys = added.map(({ key }) => key).join(" and ");
    throw new DualRegistryError(
      "CHANGE_REFUSED",
      `${placeName(file, site)}: an anchor holds the image, so there is no place for ${keys}; write it there by hand`,
    );
  }
  const isJson = isScalar(pair?.key) && pair.key.type === "QUOTE_DOUBLE";
  const lines = added.map(({ key, text: value }) =>
    isJson ? `${JSON.stringify(key)}: ${JSON.stringify(value)}` : `${key}: ${writeScalar(value)}`,
  );
  if (map.flow === true) return { start: end, end, text: lines.map((line) => `, ${line}`).join("") };
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  // A dash of a list or a byte order mark may stand in front of the first key.
  const indent = " ".repeat(text.slice(lineStart, start).replace("\ufeff", "").length);
  const eol = text.slice(0, text.indexOf("\n") + 1).endsWith("\r\n") ? "\r\n" : "\n";
  const newline = text.charAt(end - 1) === "\n" ? end - 1 : text.indexOf("\n", end);
  if (newline < 0)
    return { start: text.length, end: text.length, text: lines.map((line) => `${eol}${indent}${line}`).join("") };
  return { start: newline + 1, end: newline + 1, text: lines.map((line) => `${indent}${line}${eol}`).join("") };
}
