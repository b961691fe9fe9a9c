import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretPost,
  clockTolerance,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
  None,
} from "openid-client";
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";
import { DualRegistryError } from "../../base/errors";
import { readBounded } from "../../base/file";
import { displayUrl } from "../../base/text/quote";
import type { AccessSettings } from "./settings";

/** Milliseconds after which the provider's metadata are read anew. */
const METADATA_AGE = 60 * 60 * 1_000;
/** Milliseconds for which a provider that gave no answer is not asked again: each visitor would wait for it. */
const PAUSE = 2_000;
const TIMEOUT_SECONDS = 10;
/** Seconds that the provider's clock may differ in a login. */
const TOLERANCE_SECONDS = 30;
const MOST_SECRET_BYTES = 10_000;

/**
 * The identity provider: its metadata, read when they are first needed, so that a provider that is down does not keep the
 * console from starting, and kept for an hour. Many who ask at once ask once.
 */
export class IdentityProvider {
  private reading: { at: number; failed: boolean; promise: Promise<Configuration> } | undefined;
  private keys: { address: string; get: JWTVerifyGetKey } | undefined;

  /** @param settings `issuer` is there */
  constructor(
    private readonly settings: AccessSettings,
    private readonly now: () => number,
    /** Milliseconds after which an unknown key lets the keys be read anew. */
    private readonly keyCooldown = 30_000,
  ) {}

  /** @throws DualRegistryError REGISTRY_UNAVAILABLE where the provider does not answer as one */
  configuration(): Promise<Configuration> {
    const { reading } = this;
    const age = this.now() - (reading?.at ?? 0);
    if (reading !== undefined && age < (reading.failed ? PAUSE : METADATA_AGE)) return reading.promise;
    const started = { at: this.now(), failed: false, promise: this.discover() };
    started.promise.catch(() => void Object.assign(started, { failed: true, at: this.now() }));
    return (this.reading = started).promise;
  }

  private async discover(): Promise<Configuration> {
    const { issuer = "", login, bearer } = this.settings;
    const address = new URL(issuer);
    // The settings take http on this computer alone. The library marks the function as deprecated so that it stands out.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const insecure = address.protocol === "http:" ? [allowInsecureRequests] : [];
    const checks = [enableNonRepudiationChecks, ...insecure];
    try {
      return await discovery(
        address,
        login?.clientId ?? bearer?.audience ?? "",
        { [clockTolerance]: TOLERANCE_SECONDS },
        authenticationOf(login?.clientSecretFile),
        { execute: checks, timeout: TIMEOUT_SECONDS },
      );
    } catch (cause) {
      const todo = "see whether it is up, and whether issuer is exactly what it calls itself";
      const message = `The identity provider ${displayUrl(address)} gives no metadata; ${todo}`;
      throw new DualRegistryError("REGISTRY_UNAVAILABLE", message, { cause });
    }
  }

  /** The provider's keys for signatures of its tokens. @throws as {@link configuration} */
  async signingKeys(): Promise<JWTVerifyGetKey> {
    const { jwks_uri: address } = (await this.configuration()).serverMetadata();
    if (address === undefined) {
      throw new DualRegistryError("REGISTRY_UNAVAILABLE", "The identity provider names no keys (jwks_uri)");
    }
    if (this.keys?.address !== address) {
      const options = { timeoutDuration: TIMEOUT_SECONDS * 1_000, cooldownDuration: this.keyCooldown };
      this.keys = { address, get: createRemoteJWKSet(new URL(address), options) };
    }
    return this.keys.get;
  }
}

/** The client's secret, read anew at each login: one that was rotated counts without a restart. */
function authenticationOf(file: string | undefined): ClientAuth {
  if (file === undefined) return None();
  return (...request) => {
    ClientSecretPost(readBounded(file, MOST_SECRET_BYTES, "CONFIG_INVALID").toString().trim())(...request);
  };
}
