import { Hono, type Context, type MiddlewareHandler } from "hono";
import type { AzureAccount } from "../../azure";
import type { Access, ConsoleEnv, Visitor } from "../app";
import type { RateLimits } from "../rateLimit";
import { plainMessage, refuse, type RenderMessage } from "../refuse";
import type { LogSink } from "../requestLog";
import { jwtJudge, type Verdict } from "./bearer";
import { IdentityProvider } from "./identityProvider";
import { loginRoutes } from "./login";
import { isMachineToken } from "./machineTokens";
import { SealedCookies } from "./sealedCookie";
import { hasToken, type Session, Sessions } from "./session";
import { type AccessSettings, LOGIN_PATH, LOGOUT_PATH, readerOf } from "./settings";
import { TokenBook } from "./tokenBook";
import { tokenStore } from "./tokenStores";

export { accessSettings, type AccessSettings } from "./settings";

/** What access is made with. */
export interface AccessParts {
  limits: RateLimits;
  log: LogSink;
  /** How a message looks. @default a page without a style */
  render?: RenderMessage;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
  /** Who reads the vault of machine tokens. @default the identity of this process */
  account?: AzureAccount;
  /** Milliseconds after which a key that is not known lets the provider's keys be read anew. @default 30 s */
  keyCooldown?: number;
}

/** Who reads without a credential, where the settings let them. */
const ANONYMOUS: Visitor = { kind: "anonymous", name: "anonymous", mayRead: () => true };

const SAFE = /^(?:GET|HEAD|OPTIONS)$/;
const LONGEST_CREDENTIAL = 10_000;
/** The page and the operation of a search. */
const SEARCHES: readonly string[] = ["/search", "/api/v1/search"];

/**
 * Makes access to the console of its settings: the routes of the login, and what stands before every other route.
 *
 * @throws DualRegistryError CONFIG_INVALID for keys of sessions that are missing or wrong
 */
export const makeAccess = (settings: AccessSettings, parts: AccessParts): Promise<Access> =>
  Promise.resolve().then(() => accessOf(settings, parts));

function accessOf(settings: AccessSettings, parts: AccessParts): Access {
  const { limits, log, render = plainMessage, now = Date.now } = parts;
  const provider = new IdentityProvider(settings, now, parts.keyCooldown);
  const { login, machineTokens } = settings;
  const judgeJwt = jwtJudge(settings, provider, now);
  const warn = (reason: string) => {
    log.warn({ reason }, "machine tokens");
  };
  const book =
    machineTokens === undefined
      ? undefined
      : new TokenBook(tokenStore(machineTokens, parts.account), settings.machineTokenSeconds * 1_000, now, warn);
  const judge = (token: string): Promise<Verdict> =>
    book !== undefined && isMachineToken(token) ? book.judge(token) : judgeJwt(token);
  const cookies = login === undefined ? undefined : new SealedCookies(login.sessionKeys, now);
  const sessions = login === undefined || cookies === undefined ? undefined : new Sessions(cookies, login, now);

  const unauthorized = (context: Context<ConsoleEnv>, text: string, error?: string) => {
    const challenge = `Bearer realm="console"${error === undefined ? "" : `, error="${error}"`}`;
    const links = login === undefined ? [] : [{ href: LOGIN_PATH, text: "Sign in" }];
    const headers = { "www-authenticate": challenge };
    return refuse(context, { status: 401, title: "Nobody is signed in", text, headers, links }, render);
  };

  /** By what stands in the Authorization header; a wrong one is never anonymous instead. */
  const byHeader = async (context: Context<ConsoleEnv>, header: string): Promise<Response | Visitor> => {
    const blocked = await limits.blocked(context);
    if (blocked !== undefined) return blocked;
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header)?.[1];
    const isJudged = token !== undefined && token.length <= LONGEST_CREDENTIAL;
    const verdict: Verdict = isJudged ? await judge(token) : { state: "wrong", reason: "not a bearer token" };
    if (verdict.state === "ok") return verdict.visitor;
    const { state, reason } = verdict;
    log.warn({ requestId: context.get("requestId"), reason, address: limits.addressOf(context) }, "credential refused");
    if (state === "unknown") {
      const [title, text] = ["Credentials cannot be checked at the moment", "Try again in a moment."];
      return refuse(context, { status: 503, title, text, headers: { "retry-after": "5" } }, render);
    }
    if (state === "nothing") return refuse(context, { status: 403, title: "Nothing to read", text: reason }, render);
    await limits.failed(context);
    return unauthorized(context, reason, "invalid_token");
  };

  const bySession = async (context: Context<ConsoleEnv>, session: Session): Promise<Response | Visitor> => {
    const { method } = context.req;
    if (!SAFE.test(method) && !(await isOwnForm(context, session, new URL(login?.redirectUrl ?? "").origin))) {
      const text = "It does not come from a page of this console. Load the page again.";
      return refuse(context, { status: 403, title: "This request is refused", text }, render);
    }
    await sessions?.renew(context, session);
    return {
      ...{ kind: "person", name: session.name, mayRead: readerOf(settings, session.groups) },
      signOut: { action: LOGOUT_PATH, csrf: session.csrf },
    };
  };

  const visitorOf = async (context: Context<ConsoleEnv>): Promise<{ key: string; found: Response | Visitor }> => {
    const header = context.req.header("authorization");
    if (header !== undefined) {
      const found = await byHeader(context, header);
      // A machine token and a client of the identity provider may have one name.
      const kind = isMachineToken(header.replace(/^Bearer +/i, "")) ? "token" : "client";
      return { key: found instanceof Response ? "" : `${kind} ${found.name}`, found };
    }
    const session = await sessions?.read(context);
    if (session !== undefined) return { key: `person ${session.sub}`, found: await bySession(context, session) };
    if (settings.anonymous === "read") return { key: "", found: ANONYMOUS };
    return { key: "", found: await noCredential(context) };
  };

  /** A page that somebody opens leads to the login and back; everything else is told. */
  const noCredential = (context: Context<ConsoleEnv>): Response | Promise<Response> => {
    const { method, path } = context.req;
    const mode = context.req.header("sec-fetch-mode");
    const isPage = !path.startsWith("/api/") && /^(?:GET|HEAD)$/.test(method) && (mode ?? "navigate") === "navigate";
    if (login === undefined || !isPage) return unauthorized(context, "Bring a bearer token, or sign in.");
    const { pathname, search } = new URL(context.req.url);
    return context.redirect(`${LOGIN_PATH}?return=${encodeURIComponent(`${pathname}${search}`)}`, 303);
  };

  const authenticate: MiddlewareHandler<ConsoleEnv> = async (context, next) => {
    const { key, found } = await visitorOf(context);
    if (found instanceof Response) return found;
    // Whoever has no name counts by address alone.
    const refusal = key === "" ? undefined : await limits.visitor(context, key);
    if (refusal !== undefined) return refusal;
    const isSearch = SEARCHES.includes(context.req.path) && context.req.query("q") !== undefined;
    const enough = isSearch ? await limits.search(context, key) : undefined;
    if (enough !== undefined) return enough;
    context.set("visitor", found);
    context.header("vary", "Cookie, Authorization");
    await next();
    return undefined;
  };

  const routes =
    login === undefined || cookies === undefined || sessions === undefined
      ? new Hono<ConsoleEnv>()
      : loginRoutes({ settings: { ...settings, login }, provider, cookies, sessions, log, render, now });
  return { routes, authenticate };
}

/** What a browser says of where a request comes from, and the session's own token. */
async function isOwnForm(context: Context<ConsoleEnv>, session: Session, origin: string): Promise<boolean> {
  const site = context.req.header("sec-fetch-site");
  const isOwn = site === undefined ? context.req.header("origin") === origin : site === "same-origin";
  if (!isOwn) return false;
  const header = context.req.header("x-csrf-token");
  if (header !== undefined) return hasToken(session, header);
  const form = await context.req.parseBody().catch(() => ({}));
  return hasToken(session, "csrf" in form ? form.csrf : undefined);
}
