import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { makeSigningPair, type SigningPair, signToken } from "./certificate";
import { type Access, type Grant, grantedOf, readScopes } from "./grants";
import { answerJson, basicOf, readBody, startHttp } from "./httpServer";

/** Somebody who may log in, and what the tokens are then good for. */
interface RealmUser {
  username: string;
  password: string;
  grants: readonly Grant[];
}

/** A request for a token, without anything secret. */
interface RealmRequest {
  /** GET with Basic or nothing; POST with a password or a refresh token (OAuth2). */
  how: "anonymous" | "basic" | "password" | "refresh_token";
  username?: string;
  asked: readonly Access[];
  granted: readonly Access[];
  status: number;
}

/** Gives out tokens for registries that trust its certificate. */
export interface TokenRealm {
  url: string;
  service: string;
  issuer: string;
  certificateFile: string;
  /** Seconds that the registry takes the tokens for that are given out from now on. Can be changed at any time. */
  lifetimeSeconds: number;
  readonly requests: readonly RealmRequest[];
  /** Statuses that the next requests are answered with instead, one each. */
  readonly failNext: number[];
  /** An "identity token" for a user: a refresh token of Docker's login. */
  refreshTokenOf(username: string): string;
  /** No refresh token that was given out so far is good any more. */
  revokeRefreshTokens(): void;
  stop(): Promise<void>;
}

/** How the realm is set up. */
export interface RealmOptions {
  users: readonly RealmUser[];
  /** What one gets without a login. Default nothing. */
  anonymous?: readonly Grant[];
  lifetimeSeconds?: number;
}

/** Distribution 2.8 takes a token for so many seconds longer than its `exp` says (registry/auth/token, "Leeway"). */
const LEEWAY_SECONDS = 60;

/**
 * Starts a realm. Sources: Distribution, "Docker Registry v2 authentication specification" (GET) and "OAuth2 token
 * authentication" (POST), "Token authentication implementation" (claims).
 */
export async function startTokenRealm(options: RealmOptions): Promise<TokenRealm> {
  const pair = makeSigningPair();
  const requests: RealmRequest[] = [];
  const refreshTokens = new Map<string, RealmUser>();
  const refreshTokenFor = (user: RealmUser): string => {
    const token = randomBytes(24).toString("base64url");
    refreshTokens.set(token, user);
    return token;
  };
  const server = await startHttp(async (request, response) => {
    const question = await readQuestion(request, options.users, refreshTokens);
    if (typeof question === "string") {
      answerJson(response, 404, { errors: [{ code: "UNSUPPORTED", message: question }] });
      return;
    }
    const { how, user, asked, offline } = question;
    const failure = realm.failNext.shift();
    if (failure !== undefined) {
      requests.push({ how, asked, granted: [], status: failure });
      answerJson(response, failure, { errors: [{ code: "UNKNOWN", message: "the realm fails" }] });
      return;
    }
    const denied = how !== "anonymous" && user === undefined;
    const granted = denied ? [] : grantedOf(asked, user?.grants ?? options.anonymous ?? []);
    const status = denied ? 401 : 200;
    requests.push({ how, asked, granted, status, ...(user === undefined ? {} : { username: user.username }) });
    if (denied) refuse(response);
    else {
      const token = tokenFor(user?.username ?? "", granted, realm, pair);
      const refresh = offline && user ? { refresh_token: refreshTokenFor(user) } : {};
      answerJson(response, 200, { token, access_token: token, ...lifetime(realm), ...refresh });
    }
  });
  const realm: TokenRealm = {
    url: `http://${server.host}/token`,
    service: "test-registry",
    issuer: "test-realm",
    certificateFile: pair.certificateFile,
    lifetimeSeconds: options.lifetimeSeconds ?? 300,
    requests,
    failNext: [],
    refreshTokenOf: (username) => {
      const user = options.users.find((one) => one.username === username);
      if (user === undefined) throw new Error(`the realm knows no user ${username}`);
      return refreshTokenFor(user);
    },
    revokeRefreshTokens: () => {
      refreshTokens.clear();
    },
    stop: async () => {
      await server.stop();
      pair.remove();
    },
  };
  return realm;
}

interface Question {
  how: RealmRequest["how"];
  user: RealmUser | undefined;
  asked: Access[];
  offline: boolean;
}

async function readQuestion(
  request: IncomingMessage,
  users: readonly RealmUser[],
  refreshTokens: ReadonlyMap<string, RealmUser>,
): Promise<Question | string> {
  const address = new URL(request.url ?? "/", "http://localhost");
  if (address.pathname !== "/token") return "only /token is here";
  const login = (name: string | null, password: string | null): RealmUser | undefined =>
    users.find((user) => user.username === name && user.password === password);
  if (request.method === "GET") {
    const basic = basicOf(request);
    const user = basic && login(basic.username, basic.password);
    const asked = readScopes(address.searchParams.getAll("scope"));
    const offline = address.searchParams.get("offline_token") === "true";
    return { how: basic ? "basic" : "anonymous", user, asked, offline };
  }
  if (request.method !== "POST") return "only GET and POST";
  const form = new URLSearchParams((await readBody(request)).toString());
  const asked = readScopes(form.getAll("scope"));
  const how = form.get("grant_type");
  if (how === "refresh_token")
    return { how, user: refreshTokens.get(form.get("refresh_token") ?? ""), asked, offline: false };
  if (how !== "password") return "grant_type is neither password nor refresh_token";
  const offline = form.get("access_type") === "offline";
  return { how, user: login(form.get("username"), form.get("password")), asked, offline };
}

function refuse(response: ServerResponse): void {
  const errors = [{ code: "UNAUTHORIZED", message: "authentication required" }];
  answerJson(response, 401, { errors, details: "incorrect username or password" });
}

const lifetime = ({ lifetimeSeconds }: TokenRealm): object => ({
  expires_in: lifetimeSeconds,
  issued_at: new Date().toISOString(),
});

function tokenFor(subject: string, access: readonly Access[], realm: TokenRealm, pair: SigningPair): string {
  const now = Math.floor(Date.now() / 1000);
  const exp = now + realm.lifetimeSeconds - LEEWAY_SECONDS;
  const who = { iss: realm.issuer, sub: subject, aud: realm.service, jti: randomUUID() };
  const useful = access.filter(({ actions }) => actions.length > 0);
  return signToken({ ...who, iat: now, nbf: now - LEEWAY_SECONDS, exp, access: useful }, pair);
}
