import { defined } from "../../base/defined";
import { isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { readBounded } from "../../base/file";
import { isRepository, isTag } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { MappedImage } from "../../domain/image/imageClass";
import type { TrustedSigner } from "../../domain/image/policy";
import { writeVersion } from "../../domain/image/version";
import { readVex, type VexDocument } from "../../images/gates/openVex";
import { Registries } from "../../images/registries";
import type { ReleaseTools } from "../../images/types";
import { copyThrottle, credentialsFor } from "../../oci";
import { imageOf, type StageOutputs } from "../../outputs";
import {
  identityTokenFromEnvironment,
  keylessSigner,
  keySigner,
  makeVerifier,
  type Signer,
  type Verifier,
} from "../../signing";
import type { Io } from "../io";
import type { SignerOptions } from "../options";

/** Bytes of the largest key or trusted root that is read. */
const MAX_KEY = 64 * 1024;
const MAX_ROOT = 4 * 1024 * 1024;

/** Runs with the registries open, and closes them whatever happens. */
export async function withRegistries<T>({ env, stderr }: Io, use: (registries: Registries) => Promise<T>): Promise<T> {
  const registries = new Registries(credentialsFor(env), { onRetry: (line) => stderr.write(`${line}\n`) });
  try {
    return await use(registries);
  } finally {
    await registries.close();
  }
}

/** Verifier, signer and the rest of what transactions need, as the options say. */
export async function releaseTools(
  options: SignerOptions & { trustedRoot?: string },
  { env, now }: Io,
): Promise<ReleaseTools> {
  const signer = await signerOf(options, env);
  return {
    verifier: verifierOf(options),
    ...defined({ signer }),
    throttle: copyThrottle(),
    now,
  };
}

/** A verifier that trusts the given root, or Sigstore's own. */
export const verifierOf = ({ trustedRoot }: { trustedRoot?: string }): Verifier =>
  makeVerifier(trustedRoot === undefined ? {} : { trustedRoot: readBounded(trustedRoot, MAX_ROOT) });

async function signerOf(options: SignerOptions, env: Io["env"]): Promise<Signer | undefined> {
  if (options.key !== undefined) {
    return keySigner(readBounded(options.key, MAX_KEY), () => passwordOf(env));
  }
  if (options.keyless !== true) return undefined;
  return keylessSigner({
    identityToken: identityTokenFromEnvironment(env),
    ...defined({ fulcioURL: options.fulcioUrl, rekorURL: options.rekorUrl }),
  });
}

function passwordOf(env: Io["env"]): string {
  const password = env["COSIGN_PASSWORD"];
  if (password !== undefined) return password;
  throw new DualRegistryError("USAGE", "The private key has a password: give it in the variable COSIGN_PASSWORD");
}

/** Signed OpenVEX documents, each by somebody whom the class trusts. */
export const readAllVex = (
  files: readonly string[] = [],
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): Promise<VexDocument[]> => Promise.all(files.map((file) => readVex(file, trusted, verifier)));

/** An image of the map, by tag or digest. */
export interface NamedImage {
  image: MappedImage;
  /** Tag or digest. */
  reference: string;
}

/**
 * Reads `orders/api:v1.2.3` or `orders/api@sha256:...`.
 *
 * @throws DualRegistryError USAGE for another form, and for a repository that the map of images does not have
 */
export function readImageName(text: string, outputs: StageOutputs): NamedImage {
  const at = text.indexOf("@");
  const colon = text.lastIndexOf(":");
  const cut = at >= 0 ? at : colon;
  const repository = cut < 0 ? text : text.slice(0, cut);
  const reference = cut < 0 ? "" : text.slice(cut + 1);
  const valid = at >= 0 ? isDigest(reference) : isTag(reference);
  if (!isRepository(repository) || !valid) {
    const example = `orders/api:${writeVersion("1.2.3", outputs)}`;
    throw new DualRegistryError(
      "USAGE",
      `Image ${quoted(text)}: allowed: a repository of the map with a tag or a digest, such as ${example}`,
    );
  }
  return { image: imageOf(outputs, repository), reference };
}
