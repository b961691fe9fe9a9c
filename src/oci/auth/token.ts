import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { parseJson } from "../../base/json";
import { displayUrl, quoted } from "../../base/text/quote";
import { readBody, readErrorResponse } from "../transport/responseBody";
import { isTransientStatus, retryAfter, TransientError } from "../transport/retry";
import type { HttpResponse, HttpRequest, Transport } from "../transport/transport";
import type { Credential } from "./credential";

/**
 * What a token may do: `type:name:action[,action]`, such as `repository:orders/api:pull,push`.
 * Source: distribution's token scope documentation.
 */
export type Scope = string;

const SCOPE = /^[a-z][a-z0-9-]*(?:\([a-z0-9-]+\))?:[A-Za-z0-9][\w./:-]{0,300}:(?:\*|[a-z_]+)(?:,(?:\*|[a-z_]+))*$/;

/** The scope of a repository. */
export const repositoryScope = (path: string, ...actions: readonly string[]): Scope =>
  `repository:${path}:${actions.join(",")}`;

/**
 * The repository that scopes are about: where several are, the one that is written to, as the target of a mount is.
 * Undefined for scopes of none.
 */
export function repositoryOf(scopes: readonly Scope[]): string | undefined {
  const named = scopes.flatMap((scope) => {
    const [, path, actions = ""] = /^repository(?:\([a-z0-9-]+\))?:(.+):([^:]+)$/.exec(scope) ?? [];
    return path === undefined ? [] : [{ path, actions: actions.split(",") }];
  });
  const written = named.find(({ actions }) => actions.some((action) => action !== "pull"));
  return (written ?? named[0])?.path;
}

/** The scopes a server names, those of a readable form; at most 20. */
export function parseScopes(text: string | undefined): Scope[] {
  return (text ?? "")
    .split(" ")
    .filter((scope) => SCOPE.test(scope))
    .slice(0, 20);
}

/** One scope for each resource with the actions of all, sorted: equal wishes give equal texts. */
export function mergeScopes(...lists: readonly (readonly Scope[])[]): Scope[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of lists.flat()) {
    const cut = scope.lastIndexOf(":");
    const known = actions.get(scope.slice(0, cut)) ?? new Set();
    for (const action of scope.slice(cut + 1).split(",")) known.add(action);
    actions.set(scope.slice(0, cut), known);
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].sort().join(",")}`).sort();
}

/** True where a token for `granted` does for `wanted`. */
export function covers(granted: readonly Scope[], wanted: readonly Scope[]): boolean {
  const merged = mergeScopes(granted, wanted);
  const before = mergeScopes(granted);
  return merged.length === before.length && merged.every((scope, index) => scope === before[index]);
}

/** What a token is asked for with. */
export interface TokenRequest {
  realm: URL;
  service: string | undefined;
  scopes: readonly Scope[];
  credential: Credential;
}

/** A token, and how long it lives from the moment it was asked for, in milliseconds. */
export interface IssuedToken {
  token: string;
  lifetime: number;
}

const MAX_RESPONSE = 256 * 1024;
const DAY = 24 * 60 * 60;
/** Seconds that a token lives where the server does not say. Source: distribution's token specification. */
const DEFAULT_LIFETIME = 60;
const headerSafe = z.string().regex(/^[\x21-\x7e]+$/);
const responseSchema = z.object({
  token: headerSafe.nullish(),
  access_token: headerSafe.nullish(),
  expires_in: z.number().nullish(),
});

/**
 * Asks a token server once. A redirect is not followed: it would carry the credential along.
 *
 * @throws DualRegistryError REGISTRY_AUTH where it says no, CONTENT_INVALID for an answer that holds no token
 * @throws Transient and what the network throws
 */
export async function requestToken(
  request: TokenRequest,
  context: { transport: Transport; host: string; scrub: (text: string) => string; signal?: AbortSignal | undefined },
): Promise<IssuedToken> {
  const { realm, scopes, credential } = request;
  const what = `Token server ${displayUrl(realm)} of registry ${context.host}`;
  const response = await context.transport.send({ ...toHttpRequest(request), ...defined({ signal: context.signal }) });
  if (response.status !== 200) throw await errorFor(response, what, scopes, credential, context.scrub);
  const json = parseJson(await readBody(response, MAX_RESPONSE, what, context.transport.timeouts.response), what);
  const read = decode(responseSchema, json);
  const token = read.data?.token ?? read.data?.access_token;
  if (!token) throw new DualRegistryError("CONTENT_INVALID", `${what}: the response contains no usable token`);
  const seconds = read.data?.expires_in;
  const lifetime = seconds !== undefined && seconds !== null && seconds > 0 ? Math.min(seconds, DAY) : DEFAULT_LIFETIME;
  return { token, lifetime: lifetime * 1000 };
}

function toHttpRequest({ realm, service, scopes, credential }: TokenRequest): HttpRequest {
  if (credential.kind === "identity-token") {
    const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "dual-registry" });
    form.set("refresh_token", credential.token);
    if (service !== undefined) form.set("service", service);
    if (scopes.length > 0) form.set("scope", scopes.join(" "));
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    return { method: "POST", url: realm, headers, body: Buffer.from(form.toString()) };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers = { accept: "application/json" };
  if (credential.kind === "anonymous") return { method: "GET", url, headers };
  return { method: "GET", url, headers: { ...headers, authorization: basicHeader(credential) } };
}

/** The `Authorization` of a user and a password. Source: RFC 7617. */
export const basicHeader = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

async function errorFor(
  response: HttpResponse,
  what: string,
  scopes: readonly Scope[],
  credential: Credential,
  scrub: (text: string) => string,
): Promise<Error> {
  const wait = retryAfter(response);
  const { summary, status } = await readErrorResponse(response, scrub);
  if (isTransientStatus(status)) return new TransientError(`token server: ${summary}`, wait);
  if (status >= 300 && status < 400) {
    const to = quoted(response.header("location")?.replace(/[?#].*$/, "") ?? "");
    return new DualRegistryError(
      "REGISTRY_AUTH",
      `${what}: it redirects to ${to}; not followed, since a credential would go along`,
    );
  }
  return new DualRegistryError(
    "REGISTRY_AUTH",
    `${what}: ${summary}; used: ${credential.from}; asked for: ${scopes.join(" ") || "no scope"}`,
  );
}

interface CachedToken {
  /** Whose login it was made of: the repository that a login was chosen by. */
  of: string;
  scopes: readonly Scope[];
  token: string;
  /** On the local monotonic clock. */
  until: number;
}

const MAX_TOKENS = 500;
/** A token is not used for the last quarter of its life, and at most the last ten seconds of it. */
const safetyMargin = (lifetime: number): number => Math.min(lifetime / 4, 10_000);

/**
 * Tokens by whose login they were made of and what they may do. A token of one repository's login does for no other one,
 * though it names both, as for a mount, or as the registry would have it: that has a login of its own. Their age is measured here, from the moment they were asked for: no server's clock is
 * believed, and none needs to be right.
 */
export class Tokens {
  private cache: CachedToken[] = [];
  private readonly pending = new Map<string, Promise<string>>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A token that does for these scopes and still lives. */
  find(scopes: readonly Scope[], of = ""): string | undefined {
    const now = this.now();
    this.cache = this.cache.filter(({ until }) => until > now);
    return this.cache.find((candidate) => candidate.of === of && covers(candidate.scopes, scopes))?.token;
  }

  /** Forgets a token that was not accepted. */
  drop(token: string): void {
    this.cache = this.cache.filter((candidate) => candidate.token !== token);
  }

  /**
   * A living token, or a new one; who wants the same at the same time gets the same.
   *
   * @param of the repository whose login is used; empty where it is none
   */
  async get(
    scopes: readonly Scope[],
    issue: (scopes: readonly Scope[]) => Promise<IssuedToken>,
    of = "",
  ): Promise<string> {
    const cached = this.find(scopes, of);
    if (cached !== undefined) return cached;
    const merged = mergeScopes(scopes);
    const key = [of, ...merged].join(" ");
    const waiting = this.pending.get(key);
    if (waiting) return waiting;
    const request = this.ask(merged, issue, of).finally(() => this.pending.delete(key));
    this.pending.set(key, request);
    return request;
  }

  private async ask(
    scopes: readonly Scope[],
    issue: (scopes: readonly Scope[]) => Promise<IssuedToken>,
    of: string,
  ): Promise<string> {
    const start = this.now();
    const { token, lifetime } = await issue(scopes);
    this.cache = [{ of, scopes, token, until: start + lifetime - safetyMargin(lifetime) }, ...this.cache].slice(
      0,
      MAX_TOKENS,
    );
    return token;
  }
}
