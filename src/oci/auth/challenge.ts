import { DualRegistryError } from "../../base/errors";
import { isLoopback } from "../../base/reference";
import { displayUrl, quoted } from "../../base/text/quote";
import type { Credential } from "./credential";
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
const GAP = /[\s,]*/y;

/**
 * Reads `WWW-Authenticate`. What cannot be read is left out, along with all that follows in the same header: a wrong
 * guess would show a credential to the wrong place.
 */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header) ?? undefined;
    if (match) at = pattern.lastIndex;
    return match;
  };
  for (take(GAP); at < header.length; take(GAP)) {
    const parameter = take(PARAMETER);
    const current = found.at(-1);
    if (parameter) {
      if (!current) return found;
      const name = (parameter[1] ?? "").toLowerCase();
      const value = parameter[3] ?? (parameter[2] ?? "").replace(/\\(.)/g, "$1");
      if (!current.parameters.has(name)) current.parameters.set(name, value);
      continue;
    }
    const scheme = take(TOKEN);
    if (!scheme || !/^(?:[\s,]|$)/.test(header.slice(at, at + 1))) return found;
    found.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
    take(TOKEN68);
  }
  return found;
}

/**
 * The address of a token server, as a registry names it. It may be on another host, but what goes there is a
 * credential: never in the clear, but from loopback to loopback.
 *
 * @param host the registry's
 * @throws DualRegistryError REGISTRY_AUTH
 */
export function parseRealm(realm: string | undefined, host: string): URL {
  const refuse = (shown: string, why: string): never => {
    throw new DualRegistryError(
      "REGISTRY_AUTH",
      `Registry ${host}: it sends us to ${shown} for a token: ${why}; nothing was sent there; ` +
        `allowed: an https address; ask whoever runs the registry`,
    );
  };
  if (realm === undefined || !URL.canParse(realm)) return refuse(quoted(realm ?? ""), "that is no address");
  const url = new URL(realm);
  const shown = quoted(displayUrl(url));
  if (url.username !== "" || url.password !== "") return refuse(shown, "the address holds a user or password");
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && isLoopback(url.host) && isLoopback(host)) return url;
  return refuse(shown, "a credential must not go there in the clear");
}

/** What is known of a request that the registry does not let this credential make. */
export interface Denial {
  host: string;
  /** Method and address. */
  what: string;
  /** Status and the registry's words, fit to be shown. */
  answer: string;
  /** What the registry asked for, in the same answer. */
  challenges: readonly Challenge[];
  credential: Credential;
  /** What this program asked a token for. */
  scopes: readonly Scope[];
  /** True for 403: the registry knows who asks. */
  known: boolean;
}

/** The error of a denial: which credential, what was asked for, what to do. */
export function denied(denial: Denial): DualRegistryError {
  const { what, answer, challenges, credential, scopes } = denial;
  const asked = challenges.map(worded).join(" or ");
  const wanted = scopes.length > 0 ? `; needed: ${scopes.join(" ")}` : "";
  return new DualRegistryError(
    "REGISTRY_AUTH",
    `${what}: ${answer}; used: ${credential.from}${asked === "" ? "" : `; the registry asks for ${asked}`}${wanted}; ` +
      whatToDo(denial),
  );
}

function worded({ scheme, parameters }: Challenge): string {
  const scope = parameters.get("scope");
  const error = parameters.get("error");
  return [
    scheme.slice(0, 30).replace(/^[a-z]/, (letter) => letter.toUpperCase()),
    ...(scope === undefined ? [] : [`scope ${quoted(scope)}`]),
    ...(error === undefined ? [] : [`(${quoted(error, 60)})`]),
  ].join(" ");
}

function whatToDo({ host, credential, scopes, known }: Denial): string {
  const login = `dualreg registry login ${host}`;
  if (credential.kind === "anonymous") return `log in with: ${login}`;
  const lacks = scopes.map((scope) => `${actions(scope)} on ${resource(scope)}`).join(" and ");
  if (known && lacks !== "") return `the credential lacks ${lacks}: grant that, or log in as somebody else: ${login}`;
  return `log in again with: ${login}${lacks === "" ? "" : `, as somebody who may ${lacks}`}`;
}

const actions = (scope: Scope): string => scope.slice(scope.lastIndexOf(":") + 1).replaceAll(",", " and ");
const resource = (scope: Scope): string => scope.slice(scope.indexOf(":") + 1, scope.lastIndexOf(":"));
