import { createRequire } from "node:module";
import type * as GoogleAuthLibrary from "google-auth-library";
import type { PlatformLogin } from "./platform";
import { nameOfError, noIdentity, refused } from "./refusal";

const load = createRequire(__filename);
const GOOGLE_LOGIN = "Google application default credentials";
const GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const TIMEOUT_MS = 30_000;

/** An access token as a password. Source: Google Cloud, "Configure authentication to Artifact Registry", access token. */
export async function googleLogin(host: string): Promise<PlatformLogin> {
  const { GoogleAuth } = load("google-auth-library") as typeof GoogleAuthLibrary;
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
