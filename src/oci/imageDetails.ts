import type { Readable } from "node:stream";
import { defined } from "../base/defined";
import { type Digest, digestOf } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { fieldsOf, listOf, parseJson, textAt } from "../base/json";
import { allSettled, limiter } from "../base/limit";
import { retryCorrupted } from "../base/retry";
import type { ImageTree, TreeManifest } from "./copy/tree";
import type { ImageSource } from "./imageStore";
import { type Descriptor, isIndexType, type ManifestContent, MEDIA, platformText, readManifest } from "./manifest";

/** Most images of an index that are read, and children of it that are asked for at once. */
const MAX_PLATFORMS = 64;
const AT_ONCE = 6;
/** Bytes of the largest configuration that is read. */
const MAX_CONFIG = 4 * 1024 * 1024;
/** Most labels or annotations that are kept, characters of a name, and of one value; the rest is cut. */
export const MAX_LABELS = 512;
export const MAX_LABEL_VALUE = 4096;
const MAX_NAME = 255;

/** A label, an annotation or another text from outside. */
export interface BoundedText {
  readonly name: string;
  readonly value: string;
  /** Characters that the value had where it was cut. */
  readonly fullLength?: number;
  /** Of the whole value where it was cut, so that values can be told apart that begin alike. */
  readonly fullDigest?: Digest;
}

/** What the configuration of an image says: all of it self-asserted by whoever built it. */
interface ConfigDetails {
  /** ISO 8601, as the configuration has it. */
  readonly created?: string;
  /** `linux/amd64`, as the configuration says. */
  readonly configPlatform?: string;
  /** Sorted by name. */
  readonly labels: readonly BoundedText[];
  /** How many more labels there were. */
  readonly labelsLeftOut: number;
  readonly user?: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `NAME=value` */
  readonly environment: readonly string[];
}

/** One image that can run: a platform of an index, or the image alone. */
interface ImageDetails extends ConfigDetails {
  readonly digest: Digest;
  readonly config: Digest;
  /** As the index says; absent where it says nothing, and for an image alone. */
  readonly platform?: string;
  /** Bytes of its layers as they are stored. */
  readonly size: number;
  /** Of its own manifest, sorted by name. */
  readonly annotations: readonly BoundedText[];
}

/** What stands in an index and holds statements alone. */
interface AttestationDetails {
  readonly digest: Digest;
  /** Annotations that the index gives it. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly predicates: readonly string[];
}

/** An image or an index with everything in it. */
export interface TreeDetails {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of the index or manifest itself, sorted by name. */
  readonly annotations: readonly BoundedText[];
  readonly images: readonly ImageDetails[];
  readonly attestations: readonly AttestationDetails[];
}

type Visited = Omit<TreeDetails, "attestations">;

const CONFIG_TYPES: readonly string[] = [MEDIA.ociConfig, "application/vnd.docker.container.image.v1+json"];
const DEEPEST_INDEX = 4;

async function allOf(stream: Readable, limit: number, where: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      stream.destroy();
      throw new DualRegistryError(
        "CONTENT_INVALID",
        `${where}: larger than its descriptor says; expected: ${limit} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Named texts as they may be kept and shown: texts only, so many, so long; the first ones of a document. */
function boundedTexts(raw: unknown): { texts: readonly BoundedText[]; leftOut: number } {
  const all = Object.entries(fieldsOf(raw)).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name, value]] : [],
  );
  const texts = all
    .filter(([name]) => name.length <= MAX_NAME)
    .slice(0, MAX_LABELS)
    .map(([name, value]): BoundedText =>
      value.length <= MAX_LABEL_VALUE
        ? { name, value }
        : {
            ...{ name, value: Buffer.from(value.slice(0, MAX_LABEL_VALUE)).toString(), fullLength: value.length },
            fullDigest: digestOf(Buffer.from(value)),
          },
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  return { texts, leftOut: all.length - texts.length };
}

/** A list of short texts, such as the words of a command. */
const boundedList = (raw: unknown): string[] =>
  listOf(raw)
    .filter((value) => typeof value === "string")
    .slice(0, MAX_LABELS)
    .map((value) => (value.length <= MAX_LABEL_VALUE ? value : `${value.slice(0, MAX_LABEL_VALUE - 1)}…`));

const NOTHING: ConfigDetails = { labels: [], labelsLeftOut: 0, entrypoint: [], command: [], environment: [] };

/** Source of the fields: OCI image specification 1.1, config.md. */
async function readConfig(source: ImageSource, config: Descriptor, signal?: AbortSignal): Promise<ConfigDetails> {
  if (!CONFIG_TYPES.includes(config.mediaType)) return NOTHING;
  const where = `${source.name}@${config.digest}`;
  if (config.size > MAX_CONFIG) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${where}: a configuration of ${config.size} bytes; allowed: ${MAX_CONFIG}`,
    );
  }
  const bytes = await retryCorrupted(async () => allOf(await source.blob(config, signal), config.size, where));
  const json = fieldsOf(parseJson(bytes, where));
  const run = fieldsOf(json["config"]);
  const labels = boundedTexts(run["Labels"]);
  const on = [textAt(json, "os"), textAt(json, "architecture"), textAt(json, "variant")];
  return {
    labels: labels.texts,
    labelsLeftOut: labels.leftOut,
    entrypoint: boundedList(run["Entrypoint"]),
    command: boundedList(run["Cmd"]),
    environment: boundedList(run["Env"]),
    ...defined({
      created: textAt(json, "created")?.slice(0, 40),
      configPlatform:
        on[0] === undefined
          ? undefined
          : on
              .filter((part) => part !== undefined)
              .join("/")
              .slice(0, 100),
      user: textAt(run, "User")?.slice(0, MAX_NAME),
    }),
  };
}

/**
 * An image, or every platform's image of an index, with what manifests and configurations say: index, manifest,
 * configuration. Images of one index are read side by side, and listed in its order.
 *
 * @param root a digest, or a tag, which is then asked for once: what it stands for is in the result
 * @throws DualRegistryError CONTENT_INVALID for more than 64 images, an index nested more than four deep, or a
 * configuration over 4 MiB; NOT_FOUND and DIGEST_MISMATCH as the source does
 */
export async function readDetails(source: ImageSource, root: string, signal?: AbortSignal): Promise<TreeDetails> {
  const visited = new Set<string>();
  const limit = limiter(AT_ONCE);
  let images = 0;
  const attestations: AttestationDetails[] = [];
  const refuseMore = (depth: number): void => {
    if (visited.size <= 2 * MAX_PLATFORMS && images <= MAX_PLATFORMS && depth <= DEEPEST_INDEX) return;
    const most = `at most ${MAX_PLATFORMS} images, in indexes nested at most ${DEEPEST_INDEX} deep`;
    throw new DualRegistryError("CONTENT_INVALID", `${source.name}@${root}: too many images in it; allowed: ${most}`);
  };
  const visit = async (at: string, depth: number, listed?: Descriptor): Promise<Visited | undefined> => {
    if (visited.has(at)) return undefined;
    visited.add(at);
    refuseMore(depth);
    const manifest = await limit(() => source.manifest(at, signal));
    const { digest, mediaType } = manifest;
    const content = readManifest(manifest, `${source.name}@${at}`);
    const annotations = boundedTexts(content.annotations).texts;
    const details = { digest, mediaType, annotations };
    if (isIndexType(mediaType)) {
      const children = await allSettled(content.manifests.map((child) => visit(child.digest, depth + 1, child)));
      return { ...details, images: children.flatMap((child) => child?.images ?? []) };
    }
    const { config } = content;
    if (!config) return { ...details, images: [] };
    if (holdsStatements(content)) {
      const predicates = content.layers.flatMap((layer) => layer.annotations?.[PREDICATE] ?? []);
      attestations.push({ digest, annotations: listed?.annotations ?? {}, predicates });
      return { ...details, images: [] };
    }
    images += 1;
    refuseMore(depth);
    const said = await limit(() => readConfig(source, config, signal));
    const size = content.layers.reduce((sum, layer) => sum + layer.size, 0);
    const platform = listed && platformText(listed);
    const image: ImageDetails = { digest, config: config.digest, size, annotations, ...said, ...defined({ platform }) };
    return { ...details, images: [image] };
  };
  const top = await visit(root, 0);
  if (!top) throw new DualRegistryError("NOT_FOUND", `${source.name}@${root} is not there`);
  return { ...top, attestations };
}

/** Layers of what describes an image and cannot run: BuildKit's attestations. Source: BuildKit, attestation-storage.md. */
const STATEMENT = "application/vnd.in-toto+json";
const PREDICATE = "in-toto.io/predicate-type";

/**
 * True for a manifest that holds statements and nothing else. What an index or the manifest itself says of it
 * (annotations, platform, artifact type) is not asked: an image that runs could say the same.
 */
const holdsStatements = ({ layers }: Pick<ManifestContent, "layers">): boolean =>
  layers.length > 0 && layers.every(({ mediaType }) => mediaType === STATEMENT);

/** Everything in a tree that may run: each manifest that is no index, and holds more than statements. */
export const platformsOf = (tree: ImageTree): TreeManifest[] =>
  tree.manifests.filter(({ content }) => content.config !== undefined && !holdsStatements(content));
