import { quoted } from "../boundedFile";
import { createRequire } from "node:module";
import type * as SigstoreBundle from "@sigstore/bundle";
import { DualRegistryError } from "../errors";

const load = createRequire(__filename);

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
  const { bundleFromJSON, isBundleWithDsseEnvelope, ValidationError } = load(
    "@sigstore/bundle",
  ) as typeof SigstoreBundle;
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
