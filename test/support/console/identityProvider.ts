import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import type { CryptoKey } from "jose";
import type { GrantContext } from "oidc-provider";
import type ProviderType from "oidc-provider";
import { defined } from "../../../src/base/defined";
import { startHttp } from "../registries/httpServer";

/** A person whom the provider knows: any password is right. */
export interface Person {
  login: string;
  groups: readonly string[];
}

/** Signs a token as the provider would, unless told otherwise. */
interface Minted {
  claims?: Record<string, unknown>;
  /** Milliseconds since 1970 at which it was issued. @default now */
  at?: number;
  /** Seconds it lives. @default 300 */
  seconds?: number;
  typ?: string;
  key?: CryptoKey;
  kid?: string;
}

/** A real identity provider on the loopback interface. */
export interface IdentityProviderStand {
  issuer: string;
  /** Gives a JWT of the provider's key for the API, as its access tokens are. */
  mint: (wish?: Minted) => Promise<string>;
  /** The key that signs now, public, as JSON Web Key. */
  publicKey: () => JWK;
  /** Another key signs from now on, and the old one is published no more. */
  rotate: () => Promise<void>;
  /** Changes what the token endpoint answers; undefined ends that. */
  tamper: (change: ((answer: Record<string, unknown>) => Promise<Record<string, unknown>>) | undefined) => void;
  /** It answers 503 to everything while it is down. */
  down: boolean;
  /** Requests that arrived, as `<method> <path>`. */
  seen: string[];
  stop: () => Promise<void>;
}

/** For whom {@link IdentityProviderStand.mint} makes tokens. */
export const AUDIENCE = "https://console.example.com/api";
export const CLIENT = "console";

const KEEPING = { alg: "RS256", use: "sig" };

async function signingKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return {
    ...{ kid, privateKey },
    jwk: { ...(await exportJWK(privateKey)), ...KEEPING, kid },
    publicJwk: { ...(await exportJWK(publicKey)), ...KEEPING, kid },
  };
}

/** Tells nobody what oidc-provider says of its runtime and of settings that a test leaves alone. */
async function quietly<T>(work: () => Promise<T> | T): Promise<T> {
  const { info, warn } = console;
  Object.assign(console, { info: () => undefined, warn: () => undefined });
  try {
    return await work();
  } finally {
    Object.assign(console, { info, warn });
  }
}

/**
 * Starts oidc-provider with one client that logs people in by the code flow with PKCE.
 *
 * @param origin of the console, whose callback and end of logout are registered
 * @param secret of the client; a public client where not given
 */
export async function startIdentityProvider(
  origin: string,
  people: readonly Person[],
  secret?: string,
): Promise<IdentityProviderStand> {
  let handler: ReturnType<ProviderType["callback"]> | undefined;
  let change: Parameters<IdentityProviderStand["tamper"]>[0];
  const seen: string[] = [];
  const server = await startHttp(async (request, response) => {
    seen.push(`${request.method ?? ""} ${(request.url ?? "").split("?")[0] ?? ""}`);
    if (stand.down || handler === undefined) return void response.writeHead(503).end();
    await handler(request, response);
  });
  const issuer = `http://${server.host}`;
  let count = 0;
  let key = await signingKey(`key-${++count}`);
  const serve = async () => {
    const { default: Provider } = await quietly(() => import("oidc-provider"));
    const provider: ProviderType = await quietly(
      () =>
        new Provider(issuer, {
          clients: [
            {
              ...{ client_id: CLIENT, redirect_uris: [`${origin}/login/callback`] },
              ...{ post_logout_redirect_uris: [`${origin}/login/ended`] },
              ...defined({ client_secret: secret }),
              token_endpoint_auth_method: secret === undefined ? "none" : "client_secret_post",
            },
          ],
          jwks: { keys: [key.jwk] },
          cookies: { keys: ["for tests alone"] },
          claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
          conformIdTokenClaims: false,
          ttl: {
            AccessToken: 3_600,
            AuthorizationCode: 60,
            Grant: 3_600,
            IdToken: 3_600,
            Interaction: 3_600,
            Session: 3_600,
          },
          pkce: { required: () => true },
          features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
          findAccount: (_: unknown, login: string) => accountOf(people, login),
          // Nobody is asked whether the console may know who they are.
          loadExistingGrant: async ({ oidc }: GrantContext) => {
            const { clientId } = oidc.client;
            const known = oidc.session.grantIdFor(clientId);
            const grant =
              (known === undefined ? undefined : await provider.Grant.find(known)) ??
              new provider.Grant({ clientId, accountId: oidc.session.accountId });
            grant.addOIDCScope("openid profile");
            await grant.save();
            return grant;
          },
        }),
    );
    provider.use(async (context, next) => {
      await next();
      if (context.path === "/token" && change !== undefined && context.status === 200) {
        context.body = await change(context.body as Record<string, unknown>);
      }
    });
    handler = await quietly(() => provider.callback());
  };
  const stand: IdentityProviderStand = {
    ...{ issuer, seen, down: false, stop: () => server.stop() },
    mint: ({ claims = {}, at = Date.now(), seconds = 300, typ = "at+jwt", key: own, kid } = {}) => {
      const now = Math.floor(at / 1_000);
      const payload = { iss: issuer, aud: AUDIENCE, sub: "workload", iat: now, exp: now + seconds, ...claims };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: "RS256", typ, kid: kid ?? key.kid })
        .sign(own ?? key.privateKey);
    },
    publicKey: () => key.publicJwk,
    rotate: async () => {
      key = await signingKey(`key-${++count}`);
      await serve();
    },
    tamper: (how) => void (change = how),
  };
  await serve();
  return stand;
}

function accountOf(people: readonly Person[], login: string) {
  const person = people.find((one) => one.login === login);
  if (person === undefined) return undefined;
  const { groups } = person;
  return { accountId: login, claims: () => ({ sub: login, preferred_username: login, groups }) };
}
