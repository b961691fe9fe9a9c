import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { type Descriptor, descriptorSchema, MAX_MANIFEST, MEDIA } from "../manifest";

/** An entry of `index.json`. */
export interface LayoutEntry {
  descriptor: Descriptor;
  name: EntryName;
}

/** An entry with all its fields, those unknown here too, so that a rewritten index loses none. */
export interface RawEntry extends LayoutEntry {
  raw: Readonly<Record<string, unknown>>;
}

/** `index.json` of a layout. Source: OCI image specification 1.1, image-layout.md and image-index.md. */
export interface LayoutIndex {
  /** Fields beside `manifests`. */
  rest: Readonly<Record<string, unknown>>;
  entries: readonly RawEntry[];
}

/** The index of a layout that holds nothing. */
export const EMPTY_INDEX: LayoutIndex = { rest: { schemaVersion: 2, mediaType: MEDIA.ociIndex }, entries: [] };

const shape = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(z.record(z.string(), z.unknown())) });

/**
 * Reads `index.json`.
 *
 * @param where names the layout, for the message
 * @throws DualRegistryError CONTENT_INVALID, for a digest of the wrong form too
 */
export function parseIndex(bytes: Buffer, where: string): LayoutIndex {
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: index.json is none of an OCI image layout: ${why}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    return refuse("it is not JSON");
  }
  const read = decode(shape, json);
  if (!read.success) return refuse(firstIssue(read.error));
  const { manifests, ...rest } = read.data;
  const entries = manifests.map((raw, at): RawEntry => {
    const descriptor = decode(descriptorSchema, raw);
    if (!descriptor.success) return refuse(`manifests.${at}.${firstIssue(descriptor.error)}`);
    return { raw, descriptor: descriptor.data, name: entryName(descriptor.data) };
  });
  return { rest, entries };
}

/**
 * The bytes of `index.json`.
 *
 * @throws DualRegistryError CONTENT_INVALID where they would be more than readers take (4 MiB)
 */
export function formatIndex({ rest, entries }: LayoutIndex, where: string): Buffer {
  const bytes = Buffer.from(`${JSON.stringify({ ...rest, manifests: entries.map(({ raw }) => raw) })}\n`);
  if (bytes.length <= MAX_MANIFEST) return bytes;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: index.json would have ${bytes.length} bytes with ${entries.length} entries; allowed: ${MAX_MANIFEST}; ` +
      `spread the images over several layouts`,
  );
}

/** An entry to be written. */
export function newEntry(descriptor: Descriptor): RawEntry {
  return { raw: { ...descriptor }, descriptor, name: entryName(descriptor) };
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`;
}

/** The tag of an entry of `index.json`. Source: OCI image specification 1.1, annotations.md. */
export const REF_NAME = "org.opencontainers.image.ref.name";

/** The whole reference of an entry, where a layout holds several repositories: containerd's and Docker's convention. */
export const IMAGE_NAME = "io.containerd.image.name";

/** What an entry of `index.json` is called. An entry without a tag is there by its digest alone. */
export interface EntryName {
  /** `host/path`; absent in a layout of one nameless repository. */
  repository?: string;
  tag?: string;
}

/**
 * What a descriptor's annotations call it. `io.containerd.image.name` decides, since only it is whole; otherwise
 * `org.opencontainers.image.ref.name` is a tag or, as some tools write it, a whole reference too.
 */
export function entryName({ annotations = {} }: Pick<Descriptor, "annotations">): EntryName {
  const whole = annotations[IMAGE_NAME];
  if (whole !== undefined) return splitName(whole);
  const ref = annotations[REF_NAME];
  if (ref === undefined) return {};
  return /[/:@]/.test(ref) ? splitName(ref) : { tag: ref };
}

/** The annotations that {@link entryName} reads. */
export function nameAnnotations({ repository, tag }: EntryName, digest: Digest): Record<string, string> {
  const ref = defined({ [REF_NAME]: tag });
  if (repository === undefined) return ref;
  return { [IMAGE_NAME]: tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`, ...ref };
}

/** `host:5000/path:tag` in its parts; a colon before the last slash is a port's. */
export function splitName(whole: string): EntryName {
  const at = whole.indexOf("@");
  const named = at < 0 ? whole : whole.slice(0, at);
  const colon = named.lastIndexOf(":");
  if (colon <= named.lastIndexOf("/")) return { repository: named };
  return { repository: named.slice(0, colon), tag: named.slice(colon + 1) };
}

/** What a person would call an entry: the shortest text that {@link answersTo} takes. */
export function displayName({ repository, tag }: EntryName, digest: Digest): string {
  if (repository === undefined) return tag ?? digest;
  return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
}

/** True where an entry is meant by a tag or by a whole name; Docker's short names stand for those on Docker Hub. */
export function answersTo(name: EntryName, wanted: string): boolean {
  if (name.tag === undefined) return false;
  if (name.tag === wanted) return true;
  if (name.repository === undefined || wanted.includes("@")) return false;
  const { repository = "", tag = "latest" } = splitName(wanted);
  return name.tag === tag && withoutHub(name.repository) === withoutHub(repository);
}

const withoutHub = (repository: string): string => repository.replace(/^docker\.io\/(?:library\/)?/, "");

/** An image that a layout or an archive holds. */
export interface ImageChoice {
  /** Its digest or, before that is known, another text that no other image has. */
  id: string;
  /** Its tags or whole references; none where it has no name. */
  names: readonly string[];
}

/**
 * The one image meant.
 *
 * @param wanted a name or an id; not needed where there is one image alone
 * @throws DualRegistryError USAGE, with the names, where several could be meant; NOT_FOUND where none is
 */
export function chooseImage<T extends ImageChoice>(
  choices: readonly T[],
  wanted: string | undefined,
  where: string,
): T {
  const meant = wanted === undefined ? choices : choices.filter((choice) => isMeant(choice, wanted));
  const [first] = meant;
  if (first && meant.length === 1) return first;
  const allowed = choices.length === 0 ? "" : `; allowed: ${shown(choices)}`;
  if (!first) {
    const what = wanted === undefined ? "it holds no image" : `no image ${JSON.stringify(wanted.slice(0, 200))}`;
    throw new DualRegistryError("NOT_FOUND", `${where}: ${what}${allowed}`);
  }
  const several = wanted === undefined ? "it holds" : `${JSON.stringify(wanted.slice(0, 200))} is the name of`;
  throw new DualRegistryError("USAGE", `${where}: ${several} ${meant.length} images; name one of them${allowed}`);
}

/** True where an image is called so: by its id, a tag or a whole reference. */
function isMeant({ id, names }: ImageChoice, wanted: string): boolean {
  return id === wanted || names.includes(wanted) || names.some((name) => answersTo(splitName(name), wanted));
}

/** The first names, shortened: they come from outside. */
function shown(choices: readonly ImageChoice[]): string {
  const names = choices.map(({ names: [name], id }) => JSON.stringify((name ?? id).slice(0, 200)));
  const more = names.length - 20;
  return `${names.slice(0, 20).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
