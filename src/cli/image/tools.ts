import { createRequire } from "node:module";
import { readBounded } from "../../boundedFile";
import { credentialsFor } from "../../oci/credentials/credentialsFor";
import { copyPlace } from "../../oci/copy/copyImage";
import type { ReleaseTools } from "../../release/publishState";
import { Registries } from "../../release/registries";
import type { Signer } from "../../signing/contract";
import type * as KeySigner from "../../signing/keySigner";
import type * as KeylessSigner from "../../signing/keylessSigner";
import type * as IdentityToken from "../../signing/identityToken";
import { makeVerifier } from "../../signing/verifier";
import { DualRegistryError } from "../../errors";
import type { Surroundings } from "../previewRun";
import type { SignerOptions, TrustOptions } from "./options";

const load = createRequire(__filename);

/** Bytes of the largest key or trusted root that is read. */
const MAX_KEY = 64 * 1024;
const MAX_ROOT = 4 * 1024 * 1024;

/** The registries, with this process's credentials; each retry is told on standard error. */
export function openRegistries({ env, stderr }: Surroundings): Registries {
  return new Registries(credentialsFor(env), { onRetry: (line) => stderr.write(`${line}\n`) });
}

/** Runs with the registries open, and closes them whatever happens. */
export async function withRegistries<T>(around: Surroundings, use: (registries: Registries) => Promise<T>): Promise<T> {
  const registries = openRegistries(around);
  try {
    return await use(registries);
  } finally {
    await registries.close();
  }
}

/** Verifier, signer and the rest of what transactions need, as the options say. */
export async function releaseTools(
  options: SignerOptions & TrustOptions,
  { env }: Surroundings,
): Promise<ReleaseTools> {
  const signer = await signerOf(options, env);
  return {
    verifier: verifierOf(options),
    ...(signer === undefined ? {} : { signer }),
    place: copyPlace(),
    now: () => new Date(),
  };
}

/** A verifier that trusts the given root, or Sigstore's own. */
export const verifierOf = ({ trustedRoot }: TrustOptions) =>
  makeVerifier(trustedRoot === undefined ? {} : { trustedRoot: readBounded(trustedRoot, MAX_ROOT) });

async function signerOf(options: SignerOptions, env: Surroundings["env"]): Promise<Signer | undefined> {
  if (options.key !== undefined) {
    const { keySigner } = load("../../signing/keySigner") as typeof KeySigner;
    return keySigner(readBounded(options.key, MAX_KEY), () => passwordOf(env));
  }
  if (options.keyless !== true) return undefined;
  const { keylessSigner } = load("../../signing/keylessSigner") as typeof KeylessSigner;
  const { identityTokenFromEnvironment } = load("../../signing/identityToken") as typeof IdentityToken;
  return keylessSigner({
    identityToken: identityTokenFromEnvironment(env),
    ...(options.fulcioUrl === undefined ? {} : { fulcioURL: options.fulcioUrl }),
    ...(options.rekorUrl === undefined ? {} : { rekorURL: options.rekorUrl }),
  });
}

function passwordOf(env: Surroundings["env"]): string {
  const password = env["COSIGN_PASSWORD"];
  if (password !== undefined) return password;
  throw new DualRegistryError("USAGE", "The private key has a password: give it in the variable COSIGN_PASSWORD");
}
