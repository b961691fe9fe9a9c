import { DualRegistryError } from "../../errors";
import { digestOf } from "../digest";
import { nameAnnotations, splitName } from "../layout/entryName";
import { newEntry, type RawEntry } from "../layout/layoutIndex";
import { MAX_MANIFEST, type Descriptor, type Manifest, type Platform } from "../manifest";
import { MEDIA } from "../mediaTypes";
import type { SavedConfig, SavedImage } from "./dockerFiles";
import type { TarFile } from "./tarFile";

/** The configuration's descriptor and bytes, untouched. @throws DualRegistryError DIGEST_MISMATCH where its name lies */
export async function savedConfigBlob(
  tar: TarFile,
  { config }: SavedImage,
): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
  const bytes = await tar.small(config, MAX_MANIFEST);
  const digest = digestOf(bytes);
  const said = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(config)?.[1];
  if (said === undefined || digest === `sha256:${said}`) {
    return { descriptor: { mediaType: MEDIA.ociConfig, digest, size: bytes.length }, bytes };
  }
  throw new DualRegistryError("DIGEST_MISMATCH", `${tar.name}: entry ${JSON.stringify(config)} has digest ${digest}`);
}

/** The OCI manifest of an image: the same bytes for the same configuration and layers. */
export function savedManifest(config: Descriptor, layers: readonly Descriptor[]): Manifest {
  const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociManifest };
}

/** Entries of `index.json`: one for each of the image's names, or one without. */
export function savedEntries(
  { bytes, digest, mediaType }: Manifest,
  names: readonly string[],
  config: SavedConfig,
): RawEntry[] {
  const platform = platformOf(config);
  const listed: Descriptor = { mediaType, digest, size: bytes.length, ...(platform ? { platform } : {}) };
  if (names.length === 0) return [newEntry(listed)];
  return names.map((name) => newEntry({ ...listed, annotations: nameAnnotations(splitName(name), digest) }));
}

function platformOf({ os, architecture, variant }: SavedConfig): Platform | undefined {
  if (!os || !architecture) return undefined;
  return { os, architecture, ...(variant ? { variant } : {}) };
}
