import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { loadPackage } from "../../base/packages";
import type { Credential } from "../auth/credential";
import { isAzureHost, isGitHubHost, isGoogleHost, parseEcrHost } from "../../base/registryHost";
import { type Environment, valueOf } from "./environment";

/** A login, and until when it is good; without a time it is as good as long as its source stays the same. */
export interface PlatformLogin {
  credential: Credential;
  /** Milliseconds since 1970. */
  until?: number;
}

/** Where the platforms are asked, for tests on loopback. */
export interface PlatformEndpoints {
  /** Where `/oauth2/exchange` of an Azure registry is. Default `https://<host>`. */
  azureRegistry?: (host: string) => string;
}

/**
 * The login that a platform gives for a host of its own; `undefined` for every other host. The form of the host is
 * compared whole, since whoever is taken for a platform's registry is sent a token.
 *
 * The platforms' own libraries read the variables of this process, not `env`.
 *
 * @throws DualRegistryError REGISTRY_AUTH where there is an identity and it is refused
 */
export async function platformLogin(
  host: string,
  env: Environment,
  endpoints: PlatformEndpoints = {},
): Promise<PlatformLogin | undefined> {
  const name = host.toLowerCase();
  if (isAzureHost(host)) return azureLogin(name, endpoints.azureRegistry?.(name) ?? `https://${name}`);
  const ecr = parseEcrHost(host);
  if (ecr) return ecrLogin(name, ecr.region, ecr.fips);
  if (isGoogleHost(host)) return googleLogin(name);
  const token = valueOf(env, "GITHUB_TOKEN");
  if (!isGitHubHost(host) || token === undefined) return undefined;
  const username = valueOf(env, "GITHUB_ACTOR") ?? "x-access-token";
  return { credential: { kind: "basic", username, password: token, from: "GITHUB_TOKEN" } };
}

/**
 * A platform has no identity here: the registry is then asked without a login, which some content allows. Where it
 * refuses, the message says why there was none.
 */
const noIdentity = (platform: string, what: string): PlatformLogin => ({
  credential: { kind: "anonymous", from: `no login: ${platform} has no identity here (${what})` },
});

/** A platform, or its registry, refused an identity. What it answered stays out: it may hold what was sent. */
function refused(platform: string, host: string, why: string, todo: string): DualRegistryError {
  return new DualRegistryError("REGISTRY_AUTH", `${host}: ${platform} gave no login: ${why.slice(0, 200)}; ${todo}`);
}

/** An error's class, by the name that libraries give it; never its text. */
const nameOfError = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

const ECR_LOGIN = "AWS (ECR GetAuthorizationToken)";
const TIMEOUT_MS = 30_000;

/** A login of ECR's, good for twelve hours. Source: Amazon ECR API reference, GetAuthorizationToken. */
async function ecrLogin(host: string, region: string, fips: boolean): Promise<PlatformLogin> {
  // The warning is about versions of the library still to come; the one here is pinned and knows this Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const { ECRClient, GetAuthorizationTokenCommand } = loadPackage("@aws-sdk/client-ecr");
  const client = new ECRClient({ region, ...(fips ? { useFipsEndpoint: true } : {}) });
  try {
    const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal });
    const [data] = answer.authorizationData ?? [];
    const plain = Buffer.from(data?.authorizationToken ?? "", "base64").toString();
    const colon = plain.indexOf(":");
    if (colon < 1) throw refused(ECR_LOGIN, host, "the answer has no token", "try again");
    const [username, password] = [plain.slice(0, colon), plain.slice(colon + 1)];
    const until = data?.expiresAt?.getTime() ?? Date.now() + 3_600_000;
    return { credential: { kind: "basic", username, password, from: ECR_LOGIN }, until };
  } catch (error) {
    const name = nameOfError(error);
    if (name === "DualRegistryError") throw error;
    if (name === "CredentialsProviderError") return noIdentity("AWS", name);
    const todo = "see whether the identity may call ecr:GetAuthorizationToken in this region";
    throw refused(ECR_LOGIN, host, name, todo);
  } finally {
    client.destroy();
  }
}

const GOOGLE_LOGIN = "Google application default credentials";
const GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** An access token as a password. Source: Google Cloud, "Configure authentication to Artifact Registry", access token. */
async function googleLogin(host: string): Promise<PlatformLogin> {
  const { GoogleAuth } = loadPackage("google-auth-library");
  const todo = 'log in with "gcloud auth application-default login", and see whether Artifact Registry lets it in';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(refused(GOOGLE_LOGIN, host, `no answer in ${TIMEOUT_MS / 1000} s`, todo));
    }, TIMEOUT_MS);
  });
  try {
    const client = await Promise.race([new GoogleAuth({ scopes: GOOGLE_SCOPE }).getClient(), late]);
    const { token } = await Promise.race([client.getAccessToken(), late]);
    if (!token) throw refused(GOOGLE_LOGIN, host, "the answer has no token", todo);
    const until = client.credentials.expiry_date ?? Date.now() + 300_000;
    return { credential: { kind: "basic", username: "oauth2accesstoken", password: token, from: GOOGLE_LOGIN }, until };
  } catch (error) {
    if (nameOfError(error) === "DualRegistryError") throw error;
    const none = error instanceof Error && error.message.startsWith("Could not load the default credentials");
    if (none) return noIdentity("Google", "no application default credentials");
    throw refused(GOOGLE_LOGIN, host, nameOfError(error), todo);
  } finally {
    clearTimeout(timer);
  }
}

const AZURE_LOGIN = "Azure identity";
const REMEDY = 'log in with "az login" or set AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or federated token';
const MOST_BYTES = 64 * 1024;

/**
 * Whom a token is for: registries, in each cloud. One made for ARM is not taken where `armTokensAllowed` is false.
 * Source: Azure SDK, container registry clients, default audience; Azure CLI, `acr login`.
 */
const AZURE_SCOPE = "https://containerregistry.azure.net/.default";

const exchanged = z.object({ refresh_token: z.string().min(1) });

/**
 * An Entra token of this process's identity, exchanged for the registry's refresh token.
 * Source: Azure/acr, "AAD-OAuth", "Calling POST /oauth2/exchange".
 *
 * @param base where the registry's `/oauth2/exchange` is
 */
async function azureLogin(host: string, base: string): Promise<PlatformLogin> {
  const entra = await entraToken(host);
  if (typeof entra !== "string") return entra;
  const token = await exchange(host, base, entra);
  return {
    credential: { kind: "identity-token", token, from: AZURE_LOGIN },
    until: expiryOf(token) ?? Date.now() + 3_600_000,
  };
}

async function entraToken(host: string): Promise<string | PlatformLogin> {
  const { DefaultAzureCredential } = loadPackage("@azure/identity");
  try {
    const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
    return (await new DefaultAzureCredential().getToken(AZURE_SCOPE, { abortSignal })).token;
  } catch (error) {
    const name = nameOfError(error);
    const unavailable = ["CredentialUnavailableError", "AggregateAuthenticationError"].includes(name);
    if (unavailable) return noIdentity(AZURE_LOGIN, name);
    throw refused(AZURE_LOGIN, host, name, REMEDY);
  }
}

async function exchange(host: string, base: string, token: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: "access_token", service: host, access_token: token });
  const again = "see whether the identity has AcrPull or AcrPush there";
  let status: number;
  try {
    // A redirect would take the token to somebody else.
    const init = { method: "POST", body, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    const answer = await fetch(`${base}/oauth2/exchange`, init);
    status = answer.status;
    const read = answer.ok ? decode(exchanged, parse(await beginningOf(answer))) : undefined;
    if (read?.success) return read.data.refresh_token;
  } catch (error) {
    throw refused(AZURE_LOGIN, host, `/oauth2/exchange could not be asked (${nameOfError(error)})`, "try again");
  }
  throw refused(AZURE_LOGIN, host, `/oauth2/exchange answered ${status} without a refresh token`, again);
}

/** As much of a body as an answer that makes sense has. */
async function beginningOf(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part);
    length += part.length;
    if (length > MOST_BYTES) break;
  }
  return Buffer.concat(parts).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** When a token ends, by its `exp`, in milliseconds; `undefined` where it is no JSON web token. */
function expiryOf(token: string): number | undefined {
  const claims = parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const exp = decode(z.object({ exp: z.number() }), claims);
  return exp.success ? exp.data.exp * 1000 : undefined;
}
