import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { type LocatedImage, locateImages } from "./locate";
import { isSafePlain } from "./scalar";
import { type ParsedFile, type Tree, valueCounter } from "./tree";
import type { ImageParts, Path } from "./types";

/** A value of a document that is to have another text. */
export interface MeantValue {
  document: number;
  path: Path;
  text: string;
}

/** What a change is to do. */
export interface Intent {
  images: readonly LocatedImage[];
  wanted: ReadonlyMap<LocatedImage, ImageParts>;
  meant: readonly MeantValue[];
}

/**
 * Proves by the file read again that a change did what is meant: each value meant has its new text, every other value is as
 * it was, and every image is the one that it was or is to be.
 *
 * @throws DualRegistryError CHANGE_REFUSED
 */
export function proveChange(before: ParsedFile, after: ParsedFile, { images, wanted, meant }: Intent): void {
  const refuse = (problem: string) => new DualRegistryError("CHANGE_REFUSED", `${quoted(before.file)}: ${problem}`);
  if (before.documents.length !== after.documents.length) throw refuse("the change would make other documents");
  const keyOf = (document: number, path: Path) => JSON.stringify([document, ...path]);
  const open = new Map(meant.map(({ document, path, text }) => [keyOf(document, path), text]));
  const count = valueCounter(before.file);
  before.documents.forEach((tree, document) => {
    for (const { path, now } of differences(tree, after.documents[document], [], count)) {
      const key = keyOf(document, path);
      const text = open.get(key);
      const isText = now?.kind === "leaf" && now.text.trimEnd() === text && (!now.plain || isSafePlain(now.text));
      if (!isText) {
        throw refuse(
          `${path.join(".")} would change too; an anchor gives one value to several places: ` +
            "name all of them, or give this image a value of its own",
        );
      }
      open.delete(key);
    }
  });
  const [left] = open;
  if (left !== undefined) throw refuse(`${quoted(left[1])} would not be read where it is written; write it by hand`);
  const found = locateImages(after).images;
  images.forEach((image, at) => {
    const target = wanted.get(image) ?? image.site;
    const now = found[at]?.site;
    const same = (["host", "repository", "tag", "digest"] as const).every((part) => now?.[part] === target[part]);
    if (now !== undefined && same && found.length === images.length) return;
    const why = wanted.has(image) ? "would not be what is asked for" : "would change too; name it as well";
    throw refuse(`line ${image.site.line}, ${image.site.path.join(".")}: ${image.site.repository} ${why}`);
  });
}

/** The places where two trees differ: scalars, and whole values that one of them lacks. */
function* differences(
  a: Tree | undefined,
  b: Tree | undefined,
  path: Path,
  count: () => void,
): Generator<{ path: Path; now: Tree | undefined }> {
  count();
  if (a?.kind === "map" && b?.kind === "map") {
    for (const key of new Set([...a.entries.keys(), ...b.entries.keys()])) {
      yield* differences(a.entries.get(key), b.entries.get(key), [...path, key], count);
    }
  } else if (a?.kind === "list" && b?.kind === "list") {
    const length = Math.max(a.items.length, b.items.length);
    for (let at = 0; at < length; at++) yield* differences(a.items[at], b.items[at], [...path, at], count);
  } else if (a?.kind === "leaf" && b?.kind === "leaf") {
    if (a.text !== b.text || a.plain !== b.plain) yield { path, now: b };
  } else if (a !== undefined || b !== undefined) yield { path, now: b };
}
