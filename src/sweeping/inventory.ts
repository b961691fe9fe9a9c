import { defined } from "../base/defined";
import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { allSettled, limiter } from "../base/limit";
import type { SweepManifest } from "../domain/sweep/graph";
import { isLocked, listAcrManifests, type ListedManifest, type RegistryCall } from "../images/acr";
import { findRecords, type RecordTrust } from "../images/records";
import { type ImageTarget, type Manifest, MANIFEST_TYPES, readManifest, TREE_LIMITS } from "../oci";

/** The most manifests of one repository that a sweep takes on. */
const MOST = 50_000;
const PARALLEL = 8;

const tooMany = (target: ImageTarget) =>
  new DualRegistryError(
    "CONTENT_INVALID",
    `${target.name}: more than ${MOST} manifests; a sweep of so many is refused`,
  );

const tooDeep = (target: ImageTarget, digest: Digest) =>
  new DualRegistryError(
    "CONTENT_INVALID",
    `${target.name}@${digest}: an index more than ${TREE_LIMITS.depth} levels deep; a sweep of such is refused`,
  );

function contentOf(manifest: Manifest, where: string) {
  const { manifests, subject, config, layers } = readManifest(manifest, where);
  const size = manifest.bytes.length + (config?.size ?? 0) + layers.reduce((sum, layer) => sum + layer.size, 0);
  return {
    mediaType: manifest.mediaType,
    children: manifests.map(({ digest }) => digest),
    ...(subject ? { subject: subject.digest } : {}),
    ...(config ? { config: config.digest } : {}),
    size,
  };
}

/**
 * Types of artifact that no registry need send any more, and that name blobs and a subject alone. They are left to the
 * registry, which takes them away with their subject: Notation before 1.0 signed by them (Azure/azure-cli#24976).
 */
const WITHOUT_CHILDREN: readonly string[] = [
  "application/vnd.oci.artifact.manifest.v1+json",
  "application/vnd.cncf.oras.artifact.manifest.v1+json",
];

/** Every manifest of a repository in an ACR, untagged ones among them, as its own interface lists them. */
export async function acrInventory(target: ImageTarget, path: string, call: RegistryCall): Promise<SweepManifest[]> {
  const listed: ListedManifest[] = [];
  for await (const manifest of listAcrManifests(call, path, target.name)) {
    if (manifest.mediaType !== undefined && WITHOUT_CHILDREN.includes(manifest.mediaType)) continue;
    listed.push(manifest);
    if (listed.length > MOST) throw tooMany(target);
  }
  const run = limiter(PARALLEL);
  return allSettled(
    listed.map(({ digest, tags, pushedAt, ...attributes }) =>
      run(async (): Promise<SweepManifest> => {
        const content = contentOf(await target.manifest(digest), `${target.name}@${digest}`);
        return { ...content, digest, tags, locked: isLocked(attributes), ...defined({ pushedAt }) };
      }),
    ),
  );
}

/**
 * What a repository holds by its tags, where nothing lists more: tagged images, what their indexes name, what refers to
 * them. When they were pushed is read from their records; where there is none it is not known, and a sweep keeps them.
 * What an index names and the registry does not hold is left out: it needs no sparing.
 *
 * @param deployed digests that run somewhere: what they hold is looked at too, though no tag leads there
 */
export async function tagInventory(
  target: ImageTarget,
  trust: RecordTrust,
  deployed: ReadonlySet<string> = new Set(),
): Promise<SweepManifest[]> {
  const tags = await tagsOf(target);
  const all = new Map<Digest, SweepManifest>();
  const visit = async (digest: Digest, { depth, parent }: { depth: number; parent?: string }): Promise<void> => {
    if (all.has(digest)) return;
    const named = tags.get(digest) ?? [];
    const manifest = await presentManifest(target, digest, named);
    if (manifest === undefined) return;
    const content = contentOf(manifest, `${target.name}@${digest}`);
    const pushedAt = depth === 0 || named.length > 0 ? await pushedOf(target, digest, trust) : parent;
    all.set(digest, { ...content, digest, tags: named, locked: false, ...(pushedAt && { pushedAt }) });
    if (all.size > MOST) throw tooMany(target);
    if (depth > TREE_LIMITS.depth) throw tooDeep(target, digest);
    const below = { depth: depth + 1, ...(pushedAt && { parent: pushedAt }) };
    for (const child of content.children) await visit(child, below);
    const referrers = (await target.referrers(digest)).filter(({ mediaType }) => MANIFEST_TYPES.includes(mediaType));
    for (const referrer of referrers) await visit(referrer.digest, { depth: 0 });
  };
  const run = limiter(PARALLEL);
  const roots = new Set([...tags.keys(), ...[...deployed].filter(isDigest)]);
  await allSettled([...roots].map((digest) => run(() => visit(digest, { depth: 0 }))));
  return [...all.values()];
}

/** Every tag, by what it stands for. */
async function tagsOf(target: ImageTarget): Promise<Map<Digest, string[]>> {
  const listed: string[] = [];
  for await (const tag of target.tags()) {
    listed.push(tag);
    if (listed.length > MOST) throw tooMany(target);
  }
  const run = limiter(PARALLEL);
  const found = await allSettled(
    listed.map((tag) => run(async () => ({ tag, digest: (await target.resolve(tag))?.digest }))),
  );
  const tags = new Map<Digest, string[]>();
  for (const { tag, digest } of found) if (digest !== undefined) tags.set(digest, [...(tags.get(digest) ?? []), tag]);
  return tags;
}

/** A manifest; by a tag where the registry has deleted it and kept the tag, and undefined where it is not there. */
async function presentManifest(
  target: ImageTarget,
  digest: Digest,
  tags: readonly string[],
): Promise<Manifest | undefined> {
  for (const reference of [digest, ...tags]) {
    try {
      const manifest = await target.manifest(reference);
      if (manifest.digest === digest) return manifest;
    } catch (error) {
      if (!(error instanceof DualRegistryError) || error.code !== "NOT_FOUND") throw error;
    }
  }
  return undefined;
}

async function pushedOf(target: ImageTarget, digest: Digest, trust: RecordTrust): Promise<string | undefined> {
  const published = await findRecords(target, digest, "publish", trust);
  const released = await findRecords(target, digest, "release", trust);
  const times = [
    ...published.filter(({ record }) => record.repository === target.name).map(({ record }) => record.publishedAt),
    ...released.filter(({ record }) => record.target === target.name).map(({ record }) => record.releasedAt),
  ];
  return times.sort().at(-1);
}
