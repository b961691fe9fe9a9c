import { z } from "zod";
import { DualRegistryError } from "../../errors";
import { quoted, shownUrl } from "../http/quote";
import { readBody, readJson } from "../http/readBody";
import { readComplaint } from "../http/registryError";
import { Transient } from "../http/retry";
import { retryAfter } from "../http/retryAfter";
import { isTransientStatus } from "../http/statuses";
import type { HttpAnswer, HttpRequest, Transport } from "../http/transport";
import type { Credential } from "./credential";
import type { Scope } from "./scopes";

/** What a token is asked for with. */
export interface TokenWish {
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

const LARGEST = 256 * 1024;
const DAY = 24 * 60 * 60;
/** Seconds that a token lives where the server does not say. Source: distribution's token specification. */
const USUAL = 60;
const sendable = z.string().regex(/^[\x21-\x7e]+$/);
const answerForm = z.object({
  token: sendable.nullish(),
  access_token: sendable.nullish(),
  expires_in: z.number().nullish(),
});

/**
 * Asks a token server once. A redirect is not followed: it would carry the credential along.
 *
 * @throws DualRegistryError REGISTRY_AUTH where it says no, CONTENT_INVALID for an answer that holds no token
 * @throws Transient and what the network throws
 */
export async function requestToken(
  wish: TokenWish,
  by: { transport: Transport; host: string; scrub: (text: string) => string; signal?: AbortSignal | undefined },
): Promise<IssuedToken> {
  const { realm, scopes, credential } = wish;
  const what = `Token server ${shownUrl(realm)} of registry ${by.host}`;
  const answer = await by.transport.send({ ...wordedAs(wish), ...(by.signal ? { signal: by.signal } : {}) });
  if (answer.status !== 200) throw await refusalOf(answer, what, scopes, credential, by.scrub);
  const json = readJson(await readBody(answer, LARGEST, what, by.transport.timeouts.answer), what);
  const read = answerForm.safeParse(json);
  const token = read.data?.token ?? read.data?.access_token;
  if (!token) throw new DualRegistryError("CONTENT_INVALID", `${what}: the answer holds no usable token`);
  const seconds = read.data?.expires_in;
  const lifetime = seconds !== undefined && seconds !== null && seconds > 0 ? Math.min(seconds, DAY) : USUAL;
  return { token, lifetime: lifetime * 1000 };
}

function wordedAs({ realm, service, scopes, credential }: TokenWish): HttpRequest {
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

async function refusalOf(
  answer: HttpAnswer,
  what: string,
  scopes: readonly Scope[],
  credential: Credential,
  scrub: (text: string) => string,
): Promise<Error> {
  const wait = retryAfter(answer);
  const { shown, status } = await readComplaint(answer, scrub);
  if (isTransientStatus(status)) return new Transient(`token server: ${shown}`, wait);
  if (status >= 300 && status < 400) {
    const to = quoted(answer.header("location")?.replace(/[?#].*$/, "") ?? "");
    return new DualRegistryError("REGISTRY_AUTH", `${what}: it redirects to ${to}; not followed with a credential`);
  }
  return new DualRegistryError(
    "REGISTRY_AUTH",
    `${what}: ${shown}; used: ${credential.from}; asked for: ${scopes.join(" ") || "no scope"}`,
  );
}
