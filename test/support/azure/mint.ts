import type { AccessToken, TokenCredential } from "@azure/core-auth";
import type { ApiAnswer, ApiRequest } from "./standIn";

/** The tokens of one identity of tests: what it was given is accepted until it ends. */
export class Mint implements TokenCredential {
  /** Scopes that were asked for, in order. */
  readonly asked: string[] = [];
  private readonly valid = new Set<string>();
  private count = 0;

  /** @param seconds how long a token says it lives */
  constructor(private readonly seconds = 3600) {}

  getToken(scopes: string | string[]): Promise<AccessToken> {
    const token = `bearer-${++this.count}`;
    this.asked.push(...[scopes].flat());
    this.valid.add(token);
    return Promise.resolve({ token, expiresOnTimestamp: Date.now() + this.seconds * 1000 });
  }

  /** Every token given so far ends now, whatever it says of itself. */
  end(): void {
    this.valid.clear();
  }

  /** The refusal of a request without a valid token; `undefined` for one that has one. */
  refusal(request: ApiRequest, challenge?: string): ApiAnswer | undefined {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token !== undefined && this.valid.has(token)) return undefined;
    const body = { error: { code: "Unauthorized", message: "The access token is missing or has expired." } };
    return { status: 401, body, ...(challenge === undefined ? {} : { headers: { "www-authenticate": challenge } }) };
  }
}
