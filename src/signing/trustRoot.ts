import type * as Protobuf from "@sigstore/protobuf-specs";
import type * as Verify from "@sigstore/verify";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { said } from "./bundle";

/** Where trust in certificate authorities, logs and time-stamp authorities comes from. */
export interface TrustOptions {
  /** Content of a trusted_root.json; default: Sigstore's public one, fetched by TUF when first needed. */
  trustedRoot?: Buffer;
  /** Folder that TUF keeps its metadata in; default: the user's data folder. */
  tufCache?: string;
}

/** What a verification leans on. */
export interface TrustRoot {
  material: Verify.TrustMaterial;
  /** How many of each are asked for. */
  thresholds: { ctlogThreshold: number; tlogThreshold: number; timestampThreshold: number };
}

/** Bytes of the largest trusted root read. */
const MAX_ROOT = 4 * 1024 * 1024;

function fromFile(bytes: Buffer): Protobuf.TrustedRoot {
  const { TrustedRoot } = loadPackage("@sigstore/protobuf-specs");
  if (bytes.length > MAX_ROOT) {
    throw new DualRegistryError("CONFIG_INVALID", `Trusted root: ${bytes.length} bytes; allowed: ${MAX_ROOT}`);
  }
  return TrustedRoot.fromJSON(JSON.parse(bytes.toString("utf8")));
}

async function fromTuf(cachePath: string | undefined): Promise<Protobuf.TrustedRoot> {
  const { getTrustedRoot, DEFAULT_MIRROR_URL } = loadPackage("@sigstore/tuf");
  try {
    return await getTrustedRoot(cachePath === undefined ? {} : { cachePath });
  } catch (error) {
    throw new DualRegistryError(
      "REGISTRY_UNAVAILABLE",
      `Trusted root: cannot be had from ${DEFAULT_MIRROR_URL}: ${said(error)}; ` +
        `let this machine reach it, or give a trusted_root.json as file`,
      { cause: error },
    );
  }
}

/**
 * The trust that identities are verified by. A private instance may keep no transparency log or no certificate log:
 * then its root names none and none is asked for. A time is always asked for, since the certificates live for minutes.
 *
 * @throws DualRegistryError CONFIG_INVALID for a file that is no trusted root, REGISTRY_UNAVAILABLE where TUF fails
 */
export async function readTrustRoot(options: TrustOptions): Promise<TrustRoot> {
  const { toTrustMaterial } = loadPackage("@sigstore/verify");
  try {
    const root = options.trustedRoot ? fromFile(options.trustedRoot) : await fromTuf(options.tufCache);
    const material = toTrustMaterial(root);
    if (material.certificateAuthorities.length === 0) throw new Error("it names no certificate authority");
    const thresholds = {
      ctlogThreshold: material.ctlogs.length === 0 ? 0 : 1,
      tlogThreshold: material.tlogs.length === 0 ? 0 : 1,
      timestampThreshold: 1,
    };
    return { material, thresholds };
  } catch (error) {
    if (error instanceof DualRegistryError) throw error;
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `Trusted root: unreadable: ${said(error)}; allowed: JSON of Sigstore's TrustedRoot (trusted_root.json)`,
      { cause: error },
    );
  }
}
