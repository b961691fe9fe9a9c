import { createRequire } from "node:module";
import type * as ClientEcr from "@aws-sdk/client-ecr";
import type { PlatformLogin } from "./platform";
import { nameOfError, noIdentity, refused } from "./refusal";

const load = createRequire(__filename);
const ECR_LOGIN = "AWS (ECR GetAuthorizationToken)";
const TIMEOUT_MS = 30_000;

/** A login of ECR's, good for twelve hours. Source: Amazon ECR API reference, GetAuthorizationToken. */
export async function ecrLogin(host: string, region: string, fips: boolean): Promise<PlatformLogin> {
  // The warning is about versions of the library still to come; the one here is pinned and knows this Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const { ECRClient, GetAuthorizationTokenCommand } = load("@aws-sdk/client-ecr") as typeof ClientEcr;
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
