import { z } from "zod";
import { DualRegistryError } from "../errors";
import { said } from "./bundle";

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
