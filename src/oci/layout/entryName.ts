import type { Digest } from "../digest";
import type { Descriptor } from "../manifest";

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
  const ref = tag === undefined ? {} : { [REF_NAME]: tag };
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
