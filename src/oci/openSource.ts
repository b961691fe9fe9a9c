import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import type { CompressionStats } from "./archive/dockerArchive";
import { openArchive } from "./archive/openArchive";
import { openEngine } from "./engine";
import type { ImageSource } from "./imageStore";
import { chooseImage, type ImageChoice } from "./layout/layoutIndex";
import { openLayout } from "./layout/layoutStore";

/** One image on this machine. */
export interface OpenedSource {
  source: ImageSource;
  /** The image's digest, which `source` resolves. */
  reference: string;
  /** What it is called in the source; absent where it has no name. */
  name?: string;
  /** What compression did to its layers; zeros where they were left as they were. */
  stats: CompressionStats;
  close: () => Promise<void>;
}

const FORMS = "oci:DIR[:TAG], docker-archive:FILE[:NAME], oci-archive:FILE[:TAG], engine:NAME (or docker-daemon:NAME)";

/**
 * Opens the image that a text names: `oci:DIR[:TAG]`, `docker-archive:FILE[:NAME]`, `oci-archive:FILE[:TAG]` or
 * `engine:NAME`. A folder or file ends at the first colon. Instead of a tag a digest may stand. Both archive forms read
 * both kinds of archive.
 *
 * @param options.tempDir where temporary files go (default: TMPDIR)
 * @throws DualRegistryError USAGE for another form, or where several images could be meant; NOT_FOUND
 */
export async function openSource(
  text: string,
  options: { tempDir?: string; signal?: AbortSignal } = {},
): Promise<OpenedSource> {
  const { transport, place, wanted } = split(text);
  if (transport === "oci") return chosen(await openLayout(place), wanted);
  if (transport === "engine") return chosen(await openEngine(place, options));
  const image = wanted === undefined ? "only" : { name: wanted };
  const archive = await openArchive(place, { ...options, image });
  return chosen(archive, archive.narrowed ? undefined : wanted);
}

type Openable = ImageSource & {
  choices: () => Promise<readonly ImageChoice[]>;
  stats?: CompressionStats;
  close?: () => Promise<void>;
};

async function chosen(source: Openable, wanted?: string): Promise<OpenedSource> {
  const close = source.close ?? (() => Promise.resolve());
  try {
    const { id, names } = chooseImage(await source.choices(), wanted, source.name);
    const [name] = names;
    const stats = source.stats ?? { uncompressed: 0, compressed: 0 };
    return { source, reference: id, ...defined({ name }), stats, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function split(text: string): { transport: "oci" | "archive" | "engine"; place: string; wanted?: string } {
  const [, scheme = "", rest = ""] = /^([a-z-]+):(.+)$/s.exec(text) ?? [];
  if (scheme === "engine" || scheme === "docker-daemon") return { transport: "engine", place: rest };
  const colon = rest.indexOf(":");
  const place = colon < 0 ? rest : rest.slice(0, colon);
  const wanted = colon < 0 ? undefined : rest.slice(colon + 1);
  const transport =
    scheme === "oci" ? "oci" : scheme === "oci-archive" || scheme === "docker-archive" ? "archive" : undefined;
  if (transport === undefined || place === "" || wanted === "") {
    throw new DualRegistryError(
      "USAGE",
      `Source ${JSON.stringify(text.slice(0, 300))}: not understood; allowed: ${FORMS}`,
    );
  }
  return { transport, place, ...defined({ wanted }) };
}
