import type * as SigstoreBundle from "@sigstore/bundle";
import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { quoted } from "../base/text/quote";
import { type Artifact, type Descriptor, type ImageSource, MEDIA, readManifest, readSmallBlob } from "../oci";
import { BUNDLE_TYPE, PREDICATE_ANNOTATION } from "./types";

/** Bytes of the largest bundle that is read. */
export const MAX_BUNDLE = 1024 * 1024;

/** Media types of the versions read. Source: Sigstore's protobuf-specs, sigstore_bundle.proto. */
const VERSIONS: readonly string[] = [
  "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "application/vnd.dev.sigstore.bundle+json;version=0.2",
  "application/vnd.dev.sigstore.bundle+json;version=0.3",
  "application/vnd.dev.sigstore.bundle.v0.3+json",
];

/** SIGNATURE_INVALID, whatever was thrown: a library's own errors say only what. */
export function invalid(where: string, why: string, cause?: unknown): DualRegistryError {
  return new DualRegistryError("SIGNATURE_INVALID", `${where}: ${why}`, cause === undefined ? {} : { cause });
}

/** What an error says, shortened: libraries put what came from outside into their messages. */
export const said = (error: unknown): string => quoted(error instanceof Error ? error.message : String(error));

/**
 * A Sigstore bundle with a DSSE envelope, its form checked and nothing yet verified.
 *
 * @param where names the bundle, for the message
 * @throws DualRegistryError SIGNATURE_INVALID
 */
export function readBundle(
  bytes: Buffer,
  where: string,
): SigstoreBundle.Bundle & SigstoreBundle.BundleWithDsseEnvelope {
  if (bytes.length > MAX_BUNDLE) throw invalid(where, `${bytes.length} bytes; allowed: ${MAX_BUNDLE}`);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw invalid(where, "not a Sigstore bundle: it is not JSON");
  }
  const version = typeof json === "object" && json !== null && "mediaType" in json ? json.mediaType : undefined;
  if (typeof version !== "string") throw invalid(where, "not a Sigstore bundle: it has no mediaType");
  if (!VERSIONS.includes(version)) {
    throw invalid(where, `a bundle of type ${quoted(version)}; allowed: versions 0.1, 0.2 and 0.3`);
  }
  const { bundleFromJSON, isBundleWithDsseEnvelope, ValidationError } = loadPackage("@sigstore/bundle");
  let bundle: SigstoreBundle.Bundle;
  try {
    bundle = bundleFromJSON(json);
  } catch (error) {
    const fields = error instanceof ValidationError ? ` (${error.fields.slice(0, 10).join(", ")})` : "";
    throw invalid(where, `not a whole Sigstore bundle: ${said(error)}${fields}`, error);
  }
  if (isBundleWithDsseEnvelope(bundle)) return bundle;
  throw invalid(where, "the bundle signs bytes of its own and no statement; allowed: a DSSE envelope");
}

/**
 * A bundle as it is attached to an image, as Cosign 3 does: of its own type, saying which predicate it holds.
 *
 * @param predicateType what the bundle's statement says, for readers that look for it
 * @param created when, ISO 8601; absent by default, so that attaching the same bundle twice is once
 */
export function bundleArtifact(bundle: Buffer, predicateType: string, created?: string): Artifact {
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    [PREDICATE_ANNOTATION]: predicateType,
    ...defined({ "org.opencontainers.image.created": created }),
  };
  return { artifactType: BUNDLE_TYPE, bytes: bundle, annotations };
}

/** The most bundles looked at for one image; whoever may push could attach any number. */
export const MAX_BUNDLES = 100;

/** A bundle as it is attached to an image, or why it cannot be read. */
export type BundleFound = { descriptor: Descriptor; bundle: Buffer } | { descriptor: Descriptor; problem: string };

/** What an older version's type begins with, too. */
const isBundleType = (type: string): boolean => type.startsWith("application/vnd.dev.sigstore.bundle");

/** A list of referrers need not name the type of an artifact; some name the type of its configuration instead. */
export const mayBeBundle = ({ mediaType, artifactType }: Descriptor): boolean =>
  mediaType === MEDIA.ociManifest &&
  (artifactType === undefined || CONFIG_TYPES.includes(artifactType) || isBundleType(artifactType));

/** Types of configurations that bundles have: none, or an image's. */
const CONFIG_TYPES: readonly string[] = [MEDIA.empty, MEDIA.ociConfig];

/**
 * The bundles attached to an image, unreadable ones among them, none verified.
 *
 * @param predicateType leaves out those whose manifest says that they hold another predicate
 * @throws DualRegistryError what the store answers
 */
export async function* findBundles(
  source: ImageSource,
  digest: Digest,
  predicateType?: string,
): AsyncIterable<BundleFound> {
  const others = (annotations?: Readonly<Record<string, string>>): boolean => {
    const said = annotations?.[PREDICATE_ANNOTATION];
    return predicateType !== undefined && said !== undefined && said !== predicateType;
  };
  let count = 0;
  for (const referrer of (await source.referrers(digest)).filter(mayBeBundle)) {
    if (others(referrer.annotations)) continue;
    if (++count > MAX_BUNDLES) return;
    const found = await readOne(source, referrer);
    if (found && !others(found.annotations)) yield found.found;
  }
}

/**
 * The bundles attached to an image that can be read, none verified. At most {@link MAX_BUNDLES}.
 *
 * @param predicateType leaves out those whose manifest says that they hold another predicate
 * @throws DualRegistryError what the store answers
 */
export async function* readBundles(
  source: ImageSource,
  digest: Digest,
  predicateType?: string,
): AsyncIterable<{ descriptor: Descriptor; bundle: Buffer }> {
  for await (const found of findBundles(source, digest, predicateType)) if ("bundle" in found) yield found;
}

type Annotated = { found: BundleFound; annotations: Readonly<Record<string, string>> };

async function readOne(source: ImageSource, descriptor: Descriptor): Promise<Annotated | undefined> {
  const where = `${source.name}@${descriptor.digest}`;
  try {
    const { artifactType, layers, annotations } = readManifest(await source.manifest(descriptor.digest), where);
    const [layer] = layers;
    if (artifactType !== undefined && !isBundleType(artifactType)) return undefined;
    if (artifactType === undefined && !(layer && isBundleType(layer.mediaType))) return undefined;
    const problem = (why: string): Annotated => ({ found: { descriptor, problem: `${where}: ${why}` }, annotations });
    if (!layer || layers.length !== 1) return problem(`${layers.length} layers; allowed: one, the bundle`);
    const bundle = await readSmallBlob(source, layer, MAX_BUNDLE);
    return bundle
      ? { found: { descriptor, bundle }, annotations }
      : problem(`a bundle of ${layer.size} bytes; allowed: ${MAX_BUNDLE}`);
  } catch (error) {
    const problem = contentProblem(error);
    return { found: { descriptor, problem }, annotations: {} };
  }
}

/** Codes of errors that lie in what is stored, as against the way to it. */
const CONTENT: readonly string[] = ["CONTENT_INVALID", "DIGEST_MISMATCH", "NOT_FOUND", "SIGNATURE_INVALID"];

/** The message of an error that lies in what is stored. @throws any other error */
export function contentProblem(error: unknown): string {
  if (error instanceof DualRegistryError && CONTENT.includes(error.code)) return error.message;
  throw error;
}
