import { createRequire } from "node:module";
import type * as SigstoreBundle from "@sigstore/bundle";
import type * as Sigstore from "@sigstore/sign";
import { DualRegistryError } from "../errors";
import type { Signer } from "./contract";
import { PAYLOAD_TYPE } from "./statement";

const load = createRequire(__filename);

/** Whose services vouch for the signature. */
export interface KeylessOptions {
  /** Certificate authority; default: Sigstore's public one. */
  fulcioURL?: string;
  /** Transparency log; default: Sigstore's public one, and none where a private authority is named without a log. */
  rekorURL?: string;
  /** Time-stamp authority; default: none, since the log gives the time. */
  tsaURL?: string;
  /** A fresh token for each signature, with the audience `sigstore`. */
  identityToken: () => Promise<string>;
}

/** What each service may cost: milliseconds, and tries after the first. */
const PATIENCE = { timeout: 30_000, retry: 3 };

/**
 * Signs as whoever an identity token names, with a key that lives for one signature.
 *
 * @throws DualRegistryError USAGE where nothing would tell the time; REGISTRY_UNAVAILABLE through the signer
 */
export function keylessSigner(options: KeylessOptions): Signer {
  const { fulcioURL, tsaURL, identityToken } = options;
  const { rekorURL } = options;
  if (fulcioURL !== undefined && rekorURL === undefined && tsaURL === undefined) {
    throw new DualRegistryError(
      "USAGE",
      `Keyless signing: ${origin(fulcioURL)} is named as authority and neither a log nor a time-stamp authority; ` +
        "name one of them, since nothing else says that the certificate was valid",
    );
  }
  return {
    name: `identity of ${fulcioURL === undefined ? "Sigstore's public authority" : origin(fulcioURL)}`,
    async signStatement(statement) {
      // The token is had first and apart: the library puts one that it cannot read into its message.
      const token = readable(await identityToken());
      const { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness, DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL } = load(
        "@sigstore/sign",
      ) as typeof Sigstore;
      const { bundleToJSON } = load("@sigstore/bundle") as typeof SigstoreBundle;
      const log = rekorURL ?? (fulcioURL === undefined ? DEFAULT_REKOR_URL : undefined);
      const builder = new DSSEBundleBuilder({
        signer: new FulcioSigner({
          ...PATIENCE,
          fulcioBaseURL: fulcioURL ?? DEFAULT_FULCIO_URL,
          identityProvider: { getToken: () => Promise.resolve(token) },
        }),
        witnesses: [
          ...(log === undefined ? [] : [new RekorWitness({ ...PATIENCE, rekorBaseURL: log })]),
          ...(tsaURL === undefined ? [] : [new TSAWitness({ ...PATIENCE, tsaBaseURL: tsaURL })]),
        ],
      });
      try {
        return Buffer.from(JSON.stringify(bundleToJSON(await builder.create({ data: statement, type: PAYLOAD_TYPE }))));
      } catch (error) {
        throw unavailable(error, token);
      }
    },
  };
}

const origin = (url: string): string => (URL.canParse(url) ? new URL(url).origin : "the address given");

/** Three parts of base64url; the middle one is JSON. */
function readable(token: string): string {
  try {
    const [, claims = ""] = token.split(".");
    if (token.split(".").length === 3 && JSON.parse(Buffer.from(claims, "base64url").toString("utf8"))) return token;
  } catch {
    // Falls through to the same refusal.
  }
  throw new DualRegistryError("USAGE", "Keyless signing: the identity token is no JWT; give one made for `sigstore`");
}

function unavailable(error: unknown, token: string): DualRegistryError {
  const parts = [error, error instanceof Error ? error.cause : undefined]
    .filter((part) => part instanceof Error)
    .map(({ message }) => message.replaceAll(token, "***").slice(0, 200));
  // The cause is not handed on: it may hold the request, and with it the token.
  return new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `Keyless signing: ${JSON.stringify(parts.join(": "))}; look whether authority and log can be reached, and try again`,
  );
}
