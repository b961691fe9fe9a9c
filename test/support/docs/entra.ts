import type { Mint } from "../azure/mint";
import type { ApiService } from "../azure/standIn";

const TENANT = "11111111-1111-4111-8111-11111111111f";
const HOST = "https://login.microsoftonline.com";

/** What the process of a workflow finds in its variables. @param file a file with the workflow's own token */
export const workflowIdentity = (file: string) => ({
  AZURE_CLIENT_ID: "11111111-1111-4111-8111-11111111111c",
  AZURE_TENANT_ID: TENANT,
  AZURE_FEDERATED_TOKEN_FILE: file,
});

/** The part of Entra that gives a workflow a token for its own: where to ask, and the answer. */
export function entra(mint: Mint): ApiService {
  return async ({ method, path }) => {
    if (path.endsWith("/discovery/instance")) {
      const aliases = ["login.microsoftonline.com"];
      const metadata = [{ preferred_network: aliases[0], preferred_cache: aliases[0], aliases }];
      const endpoint = `${HOST}/${TENANT}/v2.0/.well-known/openid-configuration`;
      return { status: 200, body: { tenant_discovery_endpoint: endpoint, metadata } };
    }
    if (path.endsWith("/openid-configuration")) {
      const at = `${HOST}/${TENANT}/oauth2/v2.0`;
      const body = { token_endpoint: `${at}/token`, authorization_endpoint: `${at}/authorize`, issuer: `${HOST}/v2.0` };
      return { status: 200, body: { ...body, jwks_uri: `${at}/keys` } };
    }
    if (method !== "POST" || !path.endsWith("/oauth2/v2.0/token")) return undefined;
    const { token } = await mint.getToken("of the workflow");
    return { status: 200, body: { token_type: "Bearer", expires_in: 3600, access_token: token } };
  };
}
