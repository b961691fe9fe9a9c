import { z } from "zod";
import { parseJson } from "../boundedFile";
import type { SweepManifest } from "../domain/sweep";
import { DualRegistryError } from "../errors";
import { allSettled, limiter } from "../oci/copy/limit";
import { readTree } from "../oci/copy/tree";
import { isDigest, type Digest } from "../oci/digest";
import type { ImageTarget } from "../oci/imageStore";
import { readManifest, type Manifest } from "../oci/manifest";
import { MANIFEST_TYPES } from "../oci/mediaTypes";
import type { RegistryCall } from "./acrLocks";
import type { RecordTrust } from "./records";
import { findRecords } from "./records";

/** The most manifests of one repository that a sweep takes on. */
const MOST = 50_000;
const PAGE = 100;
const PARALLEL = 8;

const attributes = z.object({ writeEnabled: z.boolean().optional(), deleteEnabled: z.boolean().optional() });
const page = z.object({
  manifests: z
    .array(
      z.object({
        digest: z.string().refine(isDigest),
        imageSize: z.number().optional(),
        createdTime: z.string().optional(),
        lastUpdateTime: z.string().optional(),
        mediaType: z.string().optional(),
        tags: z.array(z.string()).nullish(),
        changeableAttributes: attributes.optional(),
      }),
    )
    .nullish(),
});

const tooMany = (target: ImageTarget) =>
  new DualRegistryError(
    "CONTENT_INVALID",
    `${target.name}: more than ${MOST} manifests; a sweep of so many is refused`,
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
 * Every manifest of a repository in an ACR, untagged ones among them, as its own interface lists them.
 * Source: Azure Container Registry, REST interface `/acr/v1`, "Get Manifests".
 */
export async function acrInventory(target: ImageTarget, path: string, call: RegistryCall): Promise<SweepManifest[]> {
  const listed: NonNullable<z.infer<typeof page>["manifests"]> = [];
  for (let last = ""; ;) {
    const query = `?n=${PAGE}${last === "" ? "" : `&last=${encodeURIComponent(last)}`}`;
    const options = { repository: path, actions: ["metadata_read"] };
    const { bytes } = await call("GET", `/acr/v1/${path}/_manifests${query}`, options);
    const read = page.safeParse(parseJson(bytes, `${target.name}: the list of manifests`));
    if (!read.success) {
      throw new DualRegistryError(
        "CONTENT_INVALID",
        `${target.name}: the list of manifests has another form than ACR's`,
      );
    }
    const found = read.data.manifests ?? [];
    listed.push(...found);
    if (listed.length > MOST) throw tooMany(target);
    const next = found.at(-1)?.digest ?? "";
    if (found.length < PAGE || next === last) break;
    last = next;
  }
  const run = limiter(PARALLEL);
  return allSettled(
    listed.map((one) =>
      run(async (): Promise<SweepManifest> => {
        const content = contentOf(await target.manifest(one.digest), `${target.name}@${one.digest}`);
        const { writeEnabled = true, deleteEnabled = true } = one.changeableAttributes ?? {};
        const pushedAt = one.lastUpdateTime ?? one.createdTime;
        const tags = one.tags ?? [];
        return {
          ...content,
          digest: one.digest,
          tags,
          locked: !writeEnabled || !deleteEnabled,
          ...(pushedAt && { pushedAt }),
        };
      }),
    ),
  );
}

/**
 * What a repository holds by its tags, where nothing lists more: tagged images, what their indexes name, what refers to
 * them. When they were pushed is read from their records; where there is none it is not known, and a sweep keeps them.
 */
export async function tagInventory(target: ImageTarget, trust: RecordTrust): Promise<SweepManifest[]> {
  const tags = new Map<Digest, string[]>();
  for await (const tag of target.tags()) {
    const found = await target.resolve(tag);
    if (found) tags.set(found.digest, [...(tags.get(found.digest) ?? []), tag]);
  }
  const all = new Map<Digest, SweepManifest>();
  const run = limiter(PARALLEL);
  const add = async (root: Digest) => {
    if (all.size > MOST) throw tooMany(target);
    const { manifests } = await readTree(target, root);
    const pushedAt = await run(() => pushedOf(target, root, trust));
    for (const manifest of manifests) {
      const { digest } = manifest;
      if (all.has(digest)) continue;
      const content = contentOf(manifest, `${target.name}@${digest}`);
      all.set(digest, {
        ...content,
        digest,
        tags: tags.get(digest) ?? [],
        locked: false,
        ...(pushedAt && { pushedAt }),
      });
      const referrers = (await target.referrers(digest)).filter(({ mediaType }) => MANIFEST_TYPES.includes(mediaType));
      for (const referrer of referrers) if (!all.has(referrer.digest)) await add(referrer.digest);
    }
  };
  for (const digest of tags.keys()) if (!all.has(digest)) await add(digest);
  return [...all.values()];
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
