import { createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Access, type Grant, grantedOf, readScopes } from "./grants";
import { answerJson, basicOf, readBody } from "./httpServer";

/** The name that goes with a refresh token given as a password. Source: Microsoft, "Authenticate with a registry". */
const TOKEN_USER = "00000000-0000-0000-0000-000000000000";

/** Somebody's right to ask for tokens, however they showed who they are. */
export interface AcrLogin {
  username: string;
  password: string;
  grants: readonly Grant[];
}

/**
 * Gives out the registry's tokens. Sources: Azure/acr, "AAD-OAuth" (`/oauth2/exchange`: an Entra token for a refresh
 * token; `/oauth2/token`: a refresh token or a login for an access token), and the data-plane API 2021-07-01.
 */
export class AcrTokens {
  /** What Entra would give out; the exchange takes this one. */
  readonly entraToken = randomBytes(24).toString("base64url");
  refreshSeconds = 3 * 3600;
  accessSeconds = 75 * 60;
  /** What was asked for, without anything secret. */
  readonly requests: { path: string; grantType: string; status: number; asked: Access[]; granted: Access[] }[] = [];
  private readonly key = randomBytes(32);

  /** @param logins the first is the one that the Entra token stands for */
  constructor(
    private readonly host: string,
    private readonly logins: readonly AcrLogin[],
  ) {}

  /** Answers `/oauth2/…`. */
  async answer(request: IncomingMessage, response: ServerResponse, address: URL): Promise<void> {
    const form =
      request.method === "POST" ? new URLSearchParams((await readBody(request)).toString()) : address.searchParams;
    const grantType = request.method === "GET" ? "basic" : (form.get("grant_type") ?? "");
    const asked = readScopes(form.getAll("scope"));
    const exchange = address.pathname === "/oauth2/exchange";
    const user = form.get("service") === this.host ? this.userOf(request, form, grantType, exchange) : undefined;
    const granted = user === undefined || exchange ? [] : grantedOf(asked, user.grants);
    const status = user === undefined ? 401 : 200;
    this.requests.push({ path: address.pathname, grantType, status, asked, granted });
    if (user === undefined) answerJson(response, 401, unauthorized([]));
    else if (exchange)
      answerJson(response, 200, { refresh_token: this.sign("refresh", user, [], this.refreshSeconds) });
    else answerJson(response, 200, { access_token: this.sign("access", user, granted, this.accessSeconds) });
  }

  private userOf(
    request: IncomingMessage,
    form: URLSearchParams,
    grantType: string,
    exchange: boolean,
  ): AcrLogin | undefined {
    if (exchange) {
      const known = grantType === "access_token" && form.get("access_token") === this.entraToken;
      return known ? this.logins[0] : undefined;
    }
    if (grantType === "refresh_token") return this.refreshUser(form.get("refresh_token") ?? "");
    const given =
      grantType === "password"
        ? { username: form.get("username") ?? "", password: form.get("password") ?? "" }
        : basicOf(request);
    if (given?.username === TOKEN_USER) return this.refreshUser(given.password);
    return this.logins.find(({ username, password }) => username === given?.username && password === given.password);
  }

  private refreshUser(token: string): AcrLogin | undefined {
    const claims = this.read(token, "refresh");
    return this.logins.find(({ username }) => username === claims?.sub);
  }

  /** What a request's token is good for; `undefined` where it has none that is good now. */
  accessOf(request: IncomingMessage): readonly Access[] | undefined {
    const [scheme, token = ""] = (request.headers.authorization ?? "").split(" ");
    return scheme?.toLowerCase() === "bearer" ? this.read(token, "access")?.access : undefined;
  }

  /** A token as clients see it: a JWT whose `exp` they may read. Clients cannot check its signature; this server does. */
  private sign(kind: string, user: AcrLogin, access: readonly Access[], seconds: number): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      grant_type: kind,
      sub: user.username,
      aud: this.host,
      iat: now,
      nbf: now,
      exp: now + seconds,
      access,
    };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
    return `${signed}.${this.mac(signed)}`;
  }

  private read(token: string, kind: string): { sub: string; access: Access[] } | undefined {
    const [head = "", body = "", mac = ""] = token.split(".");
    if (mac !== this.mac(`${head}.${body}`)) return undefined;
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Claims;
    return claims.grant_type === kind && claims.exp > Date.now() / 1000 ? claims : undefined;
  }

  private mac(text: string): string {
    return createHmac("sha256", this.key).update(text).digest("base64url");
  }
}

interface Claims {
  grant_type: string;
  sub: string;
  exp: number;
  access: Access[];
}

/** The body of a 401, with what would have been needed. Source: as recorded by the Azure SDK's tests. */
export const unauthorized = (detail: readonly { Type: string; Name: string; Action: string }[]): object => ({
  errors: [
    {
      code: "UNAUTHORIZED",
      message: "authentication required, visit https://aka.ms/acr/authorization for more information.",
      detail,
    },
  ],
});
