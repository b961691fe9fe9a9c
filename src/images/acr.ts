import { z } from "zod";
import { decode } from "../base/decode/decode";
import { defined } from "../base/defined";
import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { parseJson } from "../base/json";

/*
 * ACR's own interface, `/acr/v1`, beside the distribution one.
 * Source: Azure Container Registry, REST interface: "Get Tag Attributes", "Get Manifest Attributes", "Get Manifests".
 */

/** A call to a registry's own interface. Whatever is no success is thrown. */
export type RegistryCall = (
  method: "GET" | "PATCH",
  path: string,
  options: { repository: string; actions: readonly string[]; body?: unknown },
) => Promise<{ status: number; bytes: Buffer }>;

/** A tag or a manifest, which ACR describes and locks apart. */
export type AcrPart = { tag: string } | { digest: Digest };

/** Where ACR describes a tag or a manifest of a repository. */
export const acrPath = (repository: string, part: AcrPart): string =>
  "tag" in part ? `/acr/v1/${repository}/_tags/${part.tag}` : `/acr/v1/${repository}/_manifests/${part.digest}`;

const description = z.object({
  createdTime: z.string().nullish(),
  lastUpdateTime: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  changeableAttributes: z
    .object({ writeEnabled: z.boolean().exactOptional(), deleteEnabled: z.boolean().exactOptional() })
    .optional(),
});

const listed = description.extend({ digest: z.string().refine(isDigest), mediaType: z.string().nullish() });
const page = z.object({ manifests: z.array(listed).nullish() });
const single = z
  .object({ tag: description.optional(), manifest: description.optional() })
  .transform(({ tag, manifest }) => tag ?? manifest);

/** What ACR says of a tag or a manifest. */
export interface AcrAttributes {
  /** Tags of a manifest. */
  tags: readonly string[];
  /** ISO 8601: when it was last pushed or, where that is not said, created. */
  pushedAt?: string;
  /** `writeEnabled` and `deleteEnabled`, neither of which follows from the other; absent where they are not said. */
  changeable?: { writeEnabled?: boolean; deleteEnabled?: boolean };
}

/** A manifest as a list of them has it. */
export interface ListedManifest extends AcrAttributes {
  digest: Digest;
  /** Absent where it is not said. */
  mediaType?: string;
}

/** True for what may not be written or deleted; what is not said is not locked. */
export const isLocked = ({ changeable }: Pick<AcrAttributes, "changeable">): boolean =>
  changeable?.writeEnabled === false || changeable?.deleteEnabled === false;

function attributesOf(described: z.infer<typeof description>): AcrAttributes {
  const { createdTime, lastUpdateTime, tags, changeableAttributes } = described;
  const pushedAt = lastUpdateTime ?? createdTime ?? undefined;
  return { tags: tags ?? [], ...defined({ pushedAt, changeable: changeableAttributes }) };
}

/**
 * Reads the attributes of a tag or a manifest.
 *
 * @param where names the part, for the message
 * @returns undefined for an answer of another form
 * @throws DualRegistryError as the registry answers; NOT_FOUND where there is no such part; CONTENT_INVALID for no JSON
 */
export async function readAcrAttributes(
  call: RegistryCall,
  repository: string,
  part: AcrPart,
  where: string,
): Promise<AcrAttributes | undefined> {
  const { bytes } = await call("GET", acrPath(repository, part), { repository, actions: ["metadata_read"] });
  const described = decode(single, parseJson(bytes, where)).data;
  return described && attributesOf(described);
}

/** Rows that are asked for at a time. */
const PAGE = 100;

/**
 * Every manifest of a repository, untagged ones among them.
 *
 * @param name names the repository, for the message
 * @throws DualRegistryError as the registry answers; CONTENT_INVALID for a list of another form
 */
export async function* listAcrManifests(
  call: RegistryCall,
  repository: string,
  name: string,
): AsyncGenerator<ListedManifest> {
  const known = new Set<Digest>();
  for (let last: Digest | undefined; ;) {
    const query = `?n=${PAGE}${last === undefined ? "" : `&last=${encodeURIComponent(last)}`}`;
    const options = { repository, actions: ["metadata_read"] };
    const { bytes } = await call("GET", `/acr/v1/${repository}/_manifests${query}`, options);
    const read = decode(page, parseJson(bytes, `${name}: the list of manifests`));
    if (!read.success) {
      throw new DualRegistryError("CONTENT_INVALID", `${name}: the list of manifests has another form than ACR's`);
    }
    // A page may be shorter than asked for and not be the last: only one that brings nothing new is.
    const fresh = (read.data.manifests ?? []).filter(({ digest }) => !known.has(digest));
    for (const { digest } of fresh) known.add(digest);
    for (const manifest of fresh) {
      const { digest, mediaType } = manifest;
      yield { ...attributesOf(manifest), digest, ...defined({ mediaType: mediaType ?? undefined }) };
    }
    last = fresh.at(-1)?.digest;
    if (last === undefined) return;
  }
}
