import { z } from "zod";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { said } from "./bundle";
import { PAYLOAD_TYPE } from "./statement";
import type { Signer } from "./types";

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
      const { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness, DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL } =
        loadPackage("@sigstore/sign");
      const { bundleToJSON } = loadPackage("@sigstore/bundle");
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

/** Variables that an identity token can come from. Source: GitHub, "OpenID Connect reference"; Cosign's environment. */
export interface TokenEnvironment {
  ACTIONS_ID_TOKEN_REQUEST_URL?: string | undefined;
  ACTIONS_ID_TOKEN_REQUEST_TOKEN?: string | undefined;
  SIGSTORE_ID_TOKEN?: string | undefined;
}

/** Whom the token is for: Fulcio takes no other. */
const AUDIENCE = "sigstore";
/** Milliseconds that GitHub's token service may take. */
const TIMEOUT = 15_000;
/** Characters of the longest answer that is read. */
const MAX_ANSWER = 64 * 1024;

const answer = z.object({ value: z.string().min(1) });
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Where this process gets an identity token: SIGSTORE_ID_TOKEN, or else GitHub Actions. The token is asked for anew each
 * time, since it lives for minutes, and stands in no message.
 *
 * @throws DualRegistryError USAGE where the environment gives none; REGISTRY_AUTH through the function returned
 */
export function identityTokenFromEnvironment(env: TokenEnvironment): () => Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer, SIGSTORE_ID_TOKEN: token } = env;
  if (token) return () => Promise.resolve(token);
  if (url && bearer) return () => fromGitHub(url, bearer);
  throw new DualRegistryError(
    "USAGE",
    "Keyless signing: no identity token; allowed: SIGSTORE_ID_TOKEN, or a GitHub job with `permissions: id-token: write`",
  );
}

async function fromGitHub(address: string, bearer: string): Promise<string> {
  const fail = (why: string, where: string, cause?: unknown): never => {
    throw new DualRegistryError(
      "REGISTRY_AUTH",
      `Identity token of GitHub Actions: ${where}: ${why}; look at the job's \`permissions: id-token: write\``,
      cause === undefined ? {} : { cause },
    );
  };
  if (!URL.canParse(address)) return fail("is no address", "ACTIONS_ID_TOKEN_REQUEST_URL");
  const url = new URL(address);
  const where = `${url.origin}${url.pathname}`;
  if (url.protocol !== "https:" && !LOOPBACK.test(url.hostname)) return fail("not https", where);
  url.searchParams.set("audience", AUDIENCE);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      headers: { Authorization: `Bearer ${bearer}`, Accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    status = response.status;
    text = await readText(response);
  } catch (error) {
    return fail(`no answer: ${said(error)}`, where, error);
  }
  if (status !== 200) return fail(`answered ${status}`, where);
  try {
    return answer.parse(JSON.parse(text)).value;
  } catch {
    return fail("the answer holds no token", where);
  }
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_ANSWER) throw new Error(`more than ${MAX_ANSWER} characters came`);
  }
  return text;
}
