import { DualRegistryError } from "../../base/errors";
import { isLoopback } from "../../base/reference";
import { displayUrl, quoted } from "../../base/text/quote";
import type { Credential } from "./credential";
import { isPlatformHost } from "../../base/registryHost";
import type { Scope } from "./token";

/** One way a server offers to be shown who asks. Source: RFC 9110, 11.6.1. */
export interface Challenge {
  /** Lower case, such as `bearer`. */
  scheme: string;
  /** By name in lower case; the first of two with the same name counts. */
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
const TOKEN68 = /[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;
const SEPARATOR = /[\s,]*/y;

/**
 * Reads `WWW-Authenticate`. What cannot be read is left out, along with all that follows in the same header: a wrong
 * guess would show a credential to the wrong place.
 */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header) ?? undefined;
    if (match) at = pattern.lastIndex;
    return match;
  };
  for (take(SEPARATOR); at < header.length; take(SEPARATOR)) {
    const parameter = take(PARAMETER);
    const current = challenges.at(-1);
    if (parameter) {
      if (!current) return challenges;
      const name = (parameter[1] ?? "").toLowerCase();
      const value = parameter[3] ?? (parameter[2] ?? "").replace(/\\(.)/g, "$1");
      if (!current.parameters.has(name)) current.parameters.set(name, value);
      continue;
    }
    const scheme = take(TOKEN);
    if (!scheme || !/^(?:[\s,]|$)/.test(header.slice(at, at + 1))) return challenges;
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
    take(TOKEN68);
  }
  return challenges;
}

/**
 * The address of a token server, as a registry names it. It may be on another host, but what goes there is a
 * credential: never in the clear, but from loopback to loopback. A platform's registry is its own token server, and what
 * a platform made of an identity goes nowhere else.
 *
 * @param host the registry's
 * @throws DualRegistryError REGISTRY_AUTH
 */
export function parseRealm(realm: string | undefined, host: string): URL {
  const refuse = (display: string, why: string): never => {
    throw new DualRegistryError(
      "REGISTRY_AUTH",
      `Registry ${host}: its token server is ${display}: ${why}; nothing was sent there; ` +
        `allowed: an https address; ask the registry's operator`,
    );
  };
  // A path alone is one of the registry's own, as zot may name it (project-zot/zot#4033).
  const own = `${isLoopback(host) ? "http" : "https"}://${host}`;
  const path = realm !== undefined && /^\/(?![/\\])/.test(realm);
  if (realm === undefined || !URL.canParse(realm, path ? own : undefined)) {
    return refuse(quoted(realm ?? ""), "not an address");
  }
  const url = new URL(realm, path ? own : undefined);
  const display = quoted(displayUrl(url));
  if (url.username !== "" || url.password !== "") return refuse(display, "the address contains a user or password");
  if (isPlatformHost(host) && url.host !== host.toLowerCase()) {
    return refuse(display, `a login of this platform goes to ${host} alone`);
  }
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && isLoopback(url.host) && isLoopback(host)) return url;
  return refuse(display, "a credential is never sent unencrypted");
}

/** What is known of a request that the registry does not let this credential make. */
export interface Denial {
  host: string;
  /** Method and address. */
  what: string;
  /** Status and the registry's words, fit to be shown. */
  response: string;
  /** What the registry asked for, in the same answer. */
  challenges: readonly Challenge[];
  credential: Credential;
  /** What this program asked a token for. */
  scopes: readonly Scope[];
  /** True for 403: the registry knows who asks. */
  authenticated: boolean;
}

/** The error of a denial: which credential, what was asked for, what to do. */
export function denialError(denial: Denial): DualRegistryError {
  const { what, response, challenges, credential, scopes } = denial;
  const challenged = challenges.map(describeChallenge).join(" or ");
  const needed = scopes.length > 0 ? `; needed: ${scopes.join(" ")}` : "";
  return new DualRegistryError(
    "REGISTRY_AUTH",
    `${what}: ${response}; used: ${credential.from}${challenged === "" ? "" : `; the registry asks for ${challenged}`}${needed}; ` +
      remedy(denial),
  );
}

function describeChallenge({ scheme, parameters }: Challenge): string {
  const scope = parameters.get("scope");
  const error = parameters.get("error");
  return [
    scheme.slice(0, 30).replace(/^[a-z]/, (letter) => letter.toUpperCase()),
    ...(scope === undefined ? [] : [`scope ${quoted(scope)}`]),
    ...(error === undefined ? [] : [`(${quoted(error, 60)})`]),
  ].join(" ");
}

function remedy({ host, credential, scopes, authenticated }: Denial): string {
  const login = `dualreg registry login ${host}`;
  if (credential.kind === "anonymous") return `log in with: ${login}`;
  const missing = scopes.map((scope) => `${actions(scope)} on ${resource(scope)}`).join(" and ");
  if (authenticated && missing !== "")
    return `the credential lacks ${missing}: grant it, or log in as another user: ${login}`;
  return `log in again with: ${login}${missing === "" ? "" : `, as a user who may ${missing}`}`;
}

const actions = (scope: Scope): string => scope.slice(scope.lastIndexOf(":") + 1).replaceAll(",", " and ");
const resource = (scope: Scope): string => scope.slice(scope.indexOf(":") + 1, scope.lastIndexOf(":"));
