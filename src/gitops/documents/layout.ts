import { defined } from "../../base/defined";
import { formatReference } from "../../base/reference";
import { type NewKeys, type Slot, splitReference } from "./forms";
import type { LocatedImage } from "./locate";
import { textOf } from "./tree";
import type { ImageChange, ImageParts } from "./types";

/** A scalar of an image and the text that it is to have. */
interface SlotText {
  slot: Slot;
  text: string;
}

/** A key that an image's mapping is to get. */
export interface AddedKey {
  key: string;
  text: string;
  keys: NewKeys;
}

/** The text of an image, whose host may be left out. */
export const imageText = ({ host, ...rest }: ImageParts): string =>
  host === undefined ? formatReference({ host: "", ...rest }).slice(1) : formatReference({ host, ...rest });

/** Decides which scalars of an image get which text, and which keys are added, so that it names what is wanted. */
export function layoutOf(
  image: LocatedImage,
  wanted: ImageParts,
  digestAs: ImageChange["digestAs"],
): { texts: SlotText[]; added: AddedKey[] } {
  const { slots, newKeys, form } = image.candidate;
  const slotOf = (kind: Slot["kind"]) => slots.find((slot) => slot.kind === kind);
  const [reference, tagSlot, digestSlot] = [slotOf("reference"), slotOf("tag"), slotOf("digest")];
  const scheme = reference?.scheme ?? "";
  const old = splitReference((textOf(reference?.leaf) ?? "").slice(scheme.length));
  if (reference === undefined || old === undefined) return { texts: [], added: [] };

  const registry = form === "parts" && old.host === undefined ? (image.global ?? slotOf("host")) : undefined;
  const { host, repository } = apart(registry, wanted);
  const tagIn = tagSlot !== undefined ? "slot" : newKeys === undefined || old.tag !== undefined ? "reference" : "key";
  const digestIn = digestPlace(image, old, tagIn, wanted, digestAs);
  const { tag, digest } = wanted;
  const named = imageText({
    repository,
    ...defined({
      host: registry === undefined ? host : undefined,
      tag: tagIn === "reference" ? tag : undefined,
      digest: digestIn === "reference" ? digest : undefined,
    }),
  });
  const tagText = digestIn === "tag" && digest !== undefined ? `${tag ?? ""}@${digest}` : tag;

  const texts: SlotText[] = [];
  const added: AddedKey[] = [];
  const place = (slot: Slot | undefined, key: string | undefined, text: string | undefined) => {
    if (text === undefined) return;
    if (slot !== undefined) texts.push({ slot, text });
    else if (key !== undefined && newKeys !== undefined) added.push({ key, text, keys: newKeys });
  };
  // Kustomize finds an image by `name`, which must stay.
  const stays = newKeys?.repository !== undefined && reference.path.at(-1) === "name";
  if (!stays) place(reference, undefined, `${scheme}${named}`);
  else if (named !== textOf(reference.leaf)) place(undefined, newKeys.repository, named);
  if (registry !== undefined) place(registry, undefined, host);
  if (tagIn !== "reference") place(tagSlot, newKeys?.tag, tagText);
  if (digestIn === "slot" || digestIn === "key") place(digestSlot, newKeys?.digest, digest);
  return { texts, added };
}

/** Host and repository as they stand where a registry is apart, which may hold the first segments of the path too. */
function apart(registry: Slot | undefined, { host, repository }: ImageParts): Pick<ImageParts, "host" | "repository"> {
  const prefix = /^[^/]*(\/.*)$/.exec(textOf(registry?.leaf) ?? "")?.[1];
  if (prefix === undefined || !`/${repository}`.startsWith(`${prefix}/`)) return { ...defined({ host }), repository };
  return {
    ...defined({ host: host === undefined ? host : `${host}${prefix}` }),
    repository: repository.slice(prefix.length),
  };
}

/** Where a digest stands, or is to stand. */
function digestPlace(
  { candidate: { slots, newKeys } }: LocatedImage,
  old: ImageParts,
  tagIn: "slot" | "reference" | "key",
  wanted: ImageParts,
  digestAs: ImageChange["digestAs"],
): "slot" | "reference" | "tag" | "key" {
  const tagSlot = slots.find(({ kind }) => kind === "tag");
  if (slots.some(({ kind }) => kind === "digest")) return "slot";
  if (newKeys === undefined || old.digest !== undefined) return "reference";
  if (textOf(tagSlot?.leaf)?.includes("@") === true) return "tag";
  if (digestAs === "key" || (digestAs === undefined && newKeys.knowsDigest)) return "key";
  return tagIn === "reference" || wanted.tag === undefined ? "reference" : "tag";
}
