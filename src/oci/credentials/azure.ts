import { createRequire } from "node:module";
import type * as AzureIdentity from "@azure/identity";
import { z } from "zod";
import type { PlatformLogin } from "./platform";
import { nameOfError, noIdentity, refused } from "./refusal";

const load = createRequire(__filename);
const AZURE_LOGIN = "Azure identity";
const REMEDY = 'log in with "az login" or set AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or federated token';
const TIMEOUT_MS = 30_000;
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
export async function azureLogin(host: string, base: string): Promise<PlatformLogin> {
  const entra = await entraToken(host);
  if (typeof entra !== "string") return entra;
  const token = await exchange(host, base, entra);
  return {
    credential: { kind: "identity-token", token, from: AZURE_LOGIN },
    until: expiryOf(token) ?? Date.now() + 3_600_000,
  };
}

async function entraToken(host: string): Promise<string | PlatformLogin> {
  const { DefaultAzureCredential } = load("@azure/identity") as typeof AzureIdentity;
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
    const read = answer.ok ? exchanged.safeParse(parse(await beginningOf(answer))) : undefined;
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
  const exp = z.object({ exp: z.number() }).safeParse(claims);
  return exp.success ? exp.data.exp * 1000 : undefined;
}
