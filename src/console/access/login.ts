import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import type { Context } from "hono";
import { LRUCache } from "lru-cache";
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  type IDToken,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import { z } from "zod";
import { DualRegistryError } from "../../base/errors";
import { isObject } from "../../base/json";
import type { ConsoleEnv } from "../app";
import { refuse, type Refusal, type RenderMessage } from "../refuse";
import type { LogSink } from "../requestLog";
import type { IdentityProvider } from "./identityProvider";
import { returnPath } from "./returnPath";
import { dropCookie, putCookie, type SealedCookies } from "./sealedCookie";
import { hasToken, type Sessions } from "./session";
import {
  type AccessSettings,
  CALLBACK_PATH,
  grantedValues,
  LOGIN_PATH,
  LOGOUT_PATH,
  SIGNED_OUT_PATH,
} from "./settings";

/** How long a login may take at the provider. */
const LOGIN_SECONDS = 10 * 60;
/** Logins that one browser may have begun at a time, such as in several tabs. */
const MOST_BEGUN = 5;
const MOST_USED = 50_000;
const MOST_FORM_BYTES = 10_000;
const LONGEST_NAME = 100;

/** What a browser keeps of a login it began, encrypted. */
const begun = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), back: z.string() });

/** What a login needs. */
export interface LoginParts {
  settings: AccessSettings & { login: NonNullable<AccessSettings["login"]> };
  provider: IdentityProvider;
  cookies: SealedCookies;
  sessions: Sessions;
  log: LogSink;
  render: RenderMessage;
  now: () => number;
}

const PREFIX = "__Host-dualreg-login-";
/** The cookie of one login: each tab's has its own. */
const cookieOf = (state: string): string => `${PREFIX}${state.slice(0, 12)}`;
const STATE = /^[\w-]{43}$/;

const AGAIN = [{ href: LOGIN_PATH, text: "Sign in again" }];
const NOT_FINISHED: Refusal = {
  status: 400,
  title: "This sign-in cannot be finished",
  text: "It was begun in another browser, more than ten minutes ago, or finished before.",
  links: AGAIN,
};

/** The routes of the login: to the provider, back from it, and out. Source: OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9700. */
export function loginRoutes(parts: LoginParts): Hono<ConsoleEnv> {
  const { settings, provider, cookies, sessions, log, render, now } = parts;
  const { redirectUrl, scope, clientId } = settings.login;
  const { origin } = new URL(redirectUrl);
  const used = new LRUCache<string, true>({ max: MOST_USED, ttl: 2 * LOGIN_SECONDS * 1_000 });
  const answer = (context: Context<ConsoleEnv>, refusal: Refusal) => refuse(context, refusal, render);
  const down = (context: Context<ConsoleEnv>, error: unknown) => {
    log.warn({ requestId: context.get("requestId"), reason: reasonOf(error) }, "identity provider");
    return answer(context, PROVIDER_DOWN);
  };
  const app = new Hono<ConsoleEnv>();

  app.get(LOGIN_PATH, async (context) => {
    const back = returnPath(context.req.query("return"));
    let configuration: Configuration;
    try {
      configuration = await provider.configuration();
    } catch (error) {
      return down(context, error);
    }
    const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
    const others = Object.keys(getCookie(context)).filter((name) => name.startsWith(PREFIX));
    if (others.length >= MOST_BEGUN) for (const name of others) dropCookie(context, name);
    const sealed = await cookies.seal("login", { state, nonce, verifier, back }, now() + LOGIN_SECONDS * 1_000);
    putCookie(context, cookieOf(state), sealed, LOGIN_SECONDS);
    const address = buildAuthorizationUrl(configuration, {
      ...{ redirect_uri: redirectUrl, scope, state, nonce, response_type: "code" },
      ...{ code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
    });
    return context.redirect(address.href, 303);
  });

  app.get(CALLBACK_PATH, async (context) => {
    const state = context.req.query("state") ?? "";
    const sealed = STATE.test(state) ? getCookie(context, cookieOf(state)) : undefined;
    const login = sealed === undefined ? undefined : await cookies.open("login", sealed, begun);
    if (sealed !== undefined) dropCookie(context, cookieOf(state));
    // Counts against nobody: any page can make its visitors ask for this, and a state cannot be guessed.
    if (login?.state !== state || used.has(state)) return answer(context, NOT_FINISHED);
    used.set(state, true);
    let claims: IDToken | undefined;
    try {
      const configuration = await provider.configuration();
      const back = new URL(redirectUrl);
      back.search = new URL(context.req.url).search;
      const tokens = await authorizationCodeGrant(configuration, back, {
        ...{
          expectedState: state,
          expectedNonce: login.nonce,
          pkceCodeVerifier: login.verifier,
          idTokenExpected: true,
        },
      });
      claims = tokens.claims();
    } catch (error) {
      if (isNoAnswer(error)) return down(context, error);
      log.warn({ requestId: context.get("requestId"), reason: reasonOf(error) }, "sign-in refused");
      return answer(context, REFUSED);
    }
    if (claims === undefined) return answer(context, REFUSED);
    const groups = grantedValues(settings, claims);
    if (groups.length === 0) return answer(context, noGroup(settings, claims));
    await sessions.begin(context, { sub: claims.sub, name: nameOf(claims), groups });
    return context.redirect(login.back, 303);
  });

  // Each of the two refuses a foreign site's form: what the browser says of where it comes from, and the session's token.
  app.post(LOGOUT_PATH, csrf({ origin }), bodyLimit({ maxSize: MOST_FORM_BYTES }), async (context) => {
    const session = await sessions.read(context);
    const form = await context.req.parseBody().catch(() => ({}));
    if (session !== undefined && !hasToken(session, "csrf" in form ? form.csrf : undefined)) {
      return answer(context, FOREIGN_FORM);
    }
    sessions.end(context, session);
    return context.redirect(SIGNED_OUT_PATH, 303);
  });

  // The provider's own session goes on unless it is ended there: RP-Initiated Logout 1.0, where the provider has it. A
  // link leads there, since the policy of this page lets no form end at another host.
  app.get(SIGNED_OUT_PATH, async (context) => {
    const there = await provider
      .configuration()
      .then((configuration) =>
        configuration.serverMetadata().end_session_endpoint === undefined
          ? undefined
          : buildEndSessionUrl(configuration, {
              ...{ client_id: clientId, post_logout_redirect_uri: `${origin}${SIGNED_OUT_PATH}` },
            }),
      )
      .catch(() => undefined);
    const links =
      there === undefined ? AGAIN : [{ href: there.href, text: "Sign out at the identity provider too" }, ...AGAIN];
    const text = "You are signed out of this console. At the identity provider you may still be signed in.";
    return context.html(render({ title: "Signed out", text, links }));
  });

  return app;
}

const PROVIDER_DOWN: Refusal = {
  status: 503,
  title: "Nobody can sign in at the moment",
  text: "The identity provider gives no answer. Whoever is signed in goes on; try again in a moment.",
  headers: { "retry-after": "5" },
  links: AGAIN,
};
const REFUSED: Refusal = {
  status: 403,
  title: "The sign-in was refused",
  text: "The identity provider refused it, or what it answered did not prove who you are. The console's log says why.",
  links: AGAIN,
};
const FOREIGN_FORM: Refusal = {
  status: 403,
  title: "This form is not from this console",
  text: "Load the page again, and send the form from there.",
};

function noGroup({ claim }: AccessSettings, claims: IDToken): Refusal {
  const isOver = isObject(claims["_claim_names"]) && claim in claims["_claim_names"];
  const text = isOver
    ? `You are in so many groups that the provider left them out (claim ${claim}); use roles of the application.`
    : "You are signed in at the provider, and none of your groups may read here. Ask whoever runs this console.";
  return { status: 403, title: "Nothing to read for you", text, links: AGAIN };
}

function nameOf(claims: IDToken): string {
  const names = [claims["preferred_username"], claims["email"], claims["name"], claims.sub];
  return (names.find((name): name is string => typeof name === "string" && name !== "") ?? "").slice(0, LONGEST_NAME);
}

/** An error of the network or of the provider's own, and no refusal of it. */
function isNoAnswer(error: unknown): boolean {
  if (error instanceof DualRegistryError) return error.code === "REGISTRY_UNAVAILABLE";
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  // What is no answer of a provider at all comes with the response, such as a proxy's 502.
  const status = error instanceof Error && error.cause instanceof Response ? error.cause.status : undefined;
  const isCut = error instanceof TypeError && code === undefined;
  return isCut || code === "OAUTH_TIMEOUT" || (status !== undefined && status >= 500);
}

/** Why, in the words of the library's and the provider's codes: messages may quote what was sent. */
function reasonOf(error: unknown): string {
  if (error instanceof DualRegistryError) return error.message;
  const parts = error instanceof Error ? [error.name, Reflect.get(error, "code"), Reflect.get(error, "error")] : [];
  return parts.filter((part) => typeof part === "string" && /^[\w-]{1,60}$/.test(part)).join(" ") || "unknown";
}
