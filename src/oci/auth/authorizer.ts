import { DualRegistryError } from "../../base/errors";
import { corrupted, type Retrying, withRetries } from "../transport/retry";
import type { HttpAnswer, Transport } from "../transport/transport";
import { type Challenge, denied, parseChallenges, parseRealm } from "./challenge";
import { type Credential, type CredentialSource, Secrets } from "./credential";
import { basicHeader, type IssuedToken, mergeScopes, parseScopes, requestToken, type Scope, Tokens } from "./token";

/** How a registry wants to be shown who asks. */
type Way = { scheme: "basic" } | { scheme: "bearer"; realm: URL; service: string | undefined };

/** After this a credential that no longer serves is looked up anew, in milliseconds. */
const OLD = 60_000;

/** Shows one registry who asks, by whichever way the registry names. */
export class Authorizer {
  readonly secrets = new Secrets();
  private way: Way | undefined;
  private readonly tokens = new Tokens();
  private found: { credential: Promise<Credential>; at: number } | undefined;

  constructor(
    private readonly host: string,
    private readonly credentials: CredentialSource,
    private readonly transport: Transport,
    private readonly retrying: Retrying,
  ) {}

  /** The `Authorization` for these scopes; `undefined` as long as the registry has not said how it wants it. */
  async header(scopes: readonly Scope[]): Promise<string | undefined> {
    if (!this.way) return undefined;
    if (this.way.scheme === "basic") return this.basic();
    return `Bearer ${await this.token(this.way, scopes)}`;
  }

  /**
   * What to send after a 401, once.
   *
   * @param sent what was sent in vain, if anything
   * @throws DualRegistryError REGISTRY_AUTH where there is nothing else to send
   */
  async afterRefusal(
    answer: Pick<HttpAnswer, "headers">,
    sent: string | undefined,
    request: { scopes: readonly Scope[]; what: string },
  ): Promise<string> {
    const challenges = parseChallenges(answer.headers("www-authenticate"));
    const offer =
      challenges.find(({ scheme }) => scheme === "bearer") ?? challenges.find(({ scheme }) => scheme === "basic");
    const refused = async (): Promise<never> => {
      const text = offer ? "status 401" : "status 401, and no way of logging in that this program knows";
      throw await this.denial({ ...request, answer: text, challenges, known: false });
    };
    if (!offer) return refused();
    this.way = this.wayOf(offer);
    if (this.way.scheme === "bearer") {
      if (sent?.startsWith("Bearer ")) this.tokens.drop(sent.slice("Bearer ".length));
      const scopes = mergeScopes(request.scopes, parseScopes(offer.parameters.get("scope")));
      return `Bearer ${await this.token(this.way, scopes)}`;
    }
    let header = await this.basic();
    if (header === sent && this.forgetOld()) header = await this.basic();
    return header === undefined || header === sent ? refused() : header;
  }

  /** The error of a request that is not allowed. */
  async denial(denial: {
    what: string;
    answer: string;
    challenges: readonly Challenge[];
    scopes: readonly Scope[];
    known: boolean;
  }): Promise<DualRegistryError> {
    const { code, message } = denied({ ...denial, host: this.host, credential: await this.credential() });
    // The registry's words stand in it, and a registry knows what it was sent.
    return new DualRegistryError(code, this.secrets.scrub(message));
  }

  private wayOf({ scheme, parameters }: Challenge): Way {
    if (scheme !== "bearer") return { scheme: "basic" };
    return { scheme, realm: parseRealm(parameters.get("realm"), this.host), service: parameters.get("service") };
  }

  private async basic(): Promise<string | undefined> {
    const credential = await this.credential();
    return credential.kind === "basic" ? basicHeader(credential) : undefined;
  }

  private token(way: Way & { scheme: "bearer" }, scopes: readonly Scope[]): Promise<string> {
    return this.tokens.get(scopes, async (merged) => {
      const issued = await this.issue(way, merged).catch(async (error: unknown) => {
        if (!(error instanceof DualRegistryError) || error.code !== "REGISTRY_AUTH") throw error;
        if (this.forgetOld()) return this.issue(way, merged);
        const { kind } = await this.credential();
        const again = `dualreg registry login ${this.host}`;
        const todo =
          kind === "anonymous" ? `log in with: ${again}` : `log in again, or as somebody with that right: ${again}`;
        throw new DualRegistryError("REGISTRY_AUTH", `${error.message}; ${todo}`);
      });
      this.secrets.add(issued.token);
      return issued;
    });
  }

  private async issue(way: Way & { scheme: "bearer" }, scopes: readonly Scope[]): Promise<IssuedToken> {
    const { realm, service } = way;
    const credential = await this.credential();
    const { transport, host } = this;
    const by = { transport, host, scrub: this.secrets.scrub, signal: this.retrying.signal };
    return withRetries(
      `Token for ${host}`,
      (attempt) =>
        requestToken({ realm, service, scopes, credential }, by).catch((error: unknown) => {
          throw error instanceof DualRegistryError && error.code === "CONTENT_INVALID"
            ? corrupted(error, attempt)
            : error;
        }),
      this.retrying,
    );
  }

  private credential(): Promise<Credential> {
    this.found ??= { credential: this.look(), at: performance.now() };
    return this.found.credential;
  }

  private async look(): Promise<Credential> {
    const credential = await this.credentials(this.host);
    if (credential.kind === "identity-token") this.secrets.add(credential.token);
    if (credential.kind === "basic") {
      this.secrets.add(credential.password, basicHeader(credential).slice("Basic ".length));
    }
    return credential;
  }

  /** Short-lived credentials of a platform run out in a long run. True where a new look may help. */
  private forgetOld(): boolean {
    if (!this.found || performance.now() - this.found.at < OLD) return false;
    this.found = undefined;
    return true;
  }
}
