import type { Digest } from "../digest";
import type { Descriptor } from "../manifest";
import { IMAGE_NAME, nameAnnotations, REF_NAME, type EntryName } from "./entryName";
import { newEntry, type RawEntry } from "./layoutIndex";

/** A tag of one repository of a layout. */
export type TagName = EntryName & { tag: string };

/**
 * Lists a manifest under a name. A tag that stood for another one moves, and the other stays listed by its digest;
 * an entry by digest alone gives way to one with a tag.
 *
 * @param contained what an index contains and needs no entry of its own for
 * @returns the same array where there is nothing to change
 */
export function withEntry(
  entries: readonly RawEntry[],
  listed: Descriptor,
  { repository, tag }: EntryName,
  contained: ReadonlySet<Digest> = new Set(),
): readonly RawEntry[] {
  const { digest } = listed;
  const wanted = entries.filter(
    ({ name }) => name.repository === repository && (name.tag === tag || tag === undefined),
  );
  const has = ({ descriptor }: RawEntry): boolean => descriptor.digest === digest;
  const already = tag === undefined ? wanted.some(has) : wanted.length > 0 && wanted.every(has);
  const freed = already || tag === undefined ? entries : withoutTag(entries, { ...named(repository), tag }, digest);
  const isNeedless = ({ name, descriptor }: RawEntry): boolean =>
    name.repository === repository &&
    name.tag === undefined &&
    (contained.has(descriptor.digest) || (!already && descriptor.digest === digest));
  const kept = freed.some(isNeedless) ? freed.filter((entry) => !isNeedless(entry)) : freed;
  if (already) return kept;
  const annotations = nameAnnotations({ ...named(repository), ...(tag === undefined ? {} : { tag }) }, digest);
  return [...kept, newEntry(Object.keys(annotations).length === 0 ? listed : { ...listed, annotations })];
}

/**
 * Takes a tag away; the manifest stays listed by its digest, as it does in a registry.
 *
 * @param replaced a manifest that gets an entry next, and needs none by digest
 */
export function withoutTag(
  entries: readonly RawEntry[],
  { repository, tag }: TagName,
  replaced?: Digest,
): readonly RawEntry[] {
  const tagged = entries.filter(({ name }) => name.repository === repository && name.tag === tag);
  if (tagged.length === 0) return entries;
  const kept = entries.filter((entry) => !tagged.includes(entry));
  const listed = new Set(
    kept.filter(({ name }) => name.repository === repository).map((entry) => entry.descriptor.digest),
  );
  const alone = new Map(tagged.map((entry) => [entry.descriptor.digest, entry]));
  const bare = [...alone.values()].filter(({ descriptor: { digest } }) => digest !== replaced && !listed.has(digest));
  return [...kept, ...bare.map((entry) => byDigest(entry, repository))];
}

/** The entry by its digest alone, everything else as it was. */
function byDigest({ raw, descriptor }: RawEntry, repository: string | undefined): RawEntry {
  const others = Object.entries(descriptor.annotations ?? {}).filter(([key]) => key !== REF_NAME && key !== IMAGE_NAME);
  const annotations = { ...Object.fromEntries(others), ...nameAnnotations(named(repository), descriptor.digest) };
  return { ...newEntry({ ...descriptor, annotations }), raw: { ...raw, annotations } };
}

const named = (repository: string | undefined): EntryName => (repository === undefined ? {} : { repository });
