import { DualRegistryError } from "../../base/errors";
import { corruptedContent, type RetryContext, withRetries } from "../transport/retry";
import type { HttpResponse, Transport } from "../transport/transport";
import { type Challenge, denialError, parseChallenges, parseRealm } from "./challenge";
import { Secrets } from "../../base/text/redact";
import type { Credential, CredentialSource } from "./credential";
import {
  basicHeader,
  type IssuedToken,
  mergeScopes,
  parseScopes,
  repositoryOf,
  requestToken,
  type Scope,
  Tokens,
} from "./token";

/** How a registry wants to be shown who asks. */
type AuthScheme = { scheme: "basic" } | { scheme: "bearer"; realm: URL; service: string | undefined };

/** After this a credential that no longer serves is looked up anew, in milliseconds, where a session says nothing else. */
const STALE_AFTER = 60_000;

/** Shows one registry who asks, by whichever way the registry names. */
export class Authorizer {
  readonly secrets = new Secrets();
  private scheme: AuthScheme | undefined;
  private readonly tokens = new Tokens();
  /** By the repository that was asked about; the empty text where it was none. */
  private readonly cached = new Map<string, { credential: Promise<Credential>; at: number }>();

  constructor(
    private readonly host: string,
    private readonly credentials: CredentialSource,
    private readonly transport: Transport,
    private readonly retryContext: RetryContext,
    private readonly staleAfter: number = STALE_AFTER,
  ) {}

  /** The `Authorization` for these scopes; `undefined` as long as the registry has not said how it wants it. */
  async header(scopes: readonly Scope[]): Promise<string | undefined> {
    if (!this.scheme) return undefined;
    const repository = repositoryOf(scopes);
    if (this.scheme.scheme === "basic") return this.basicAuthorization(repository);
    return `Bearer ${await this.bearerToken(this.scheme, scopes, repository)}`;
  }

  /**
   * What to send after a 401, once.
   *
   * @param sent what was sent in vain, if anything
   * @throws DualRegistryError REGISTRY_AUTH where there is nothing else to send
   */
  async afterUnauthorized(
    response: Pick<HttpResponse, "headers">,
    sent: string | undefined,
    request: { scopes: readonly Scope[]; what: string },
  ): Promise<string> {
    const challenges = parseChallenges(response.headers("www-authenticate"));
    // The repository that was asked about, whatever the registry names: by it a login is chosen.
    const repository = repositoryOf(request.scopes);
    const offer =
      challenges.find(({ scheme }) => scheme === "bearer") ?? challenges.find(({ scheme }) => scheme === "basic");
    const refused = async (): Promise<never> => {
      const text = offer ? "status 401" : "status 401 without an authentication scheme that this program supports";
      throw await this.denialError({ ...request, response: text, challenges, authenticated: false });
    };
    if (!offer) return refused();
    this.scheme = this.schemeOf(offer);
    if (this.scheme.scheme === "bearer") {
      if (sent?.startsWith("Bearer ")) this.tokens.drop(sent.slice("Bearer ".length));
      const scopes = mergeScopes(request.scopes, parseScopes(offer.parameters.get("scope")));
      return `Bearer ${await this.bearerToken(this.scheme, scopes, repository)}`;
    }
    let header = await this.basicAuthorization(repository);
    if (header === sent && this.forgetStale(repository)) header = await this.basicAuthorization(repository);
    return header === undefined || header === sent ? refused() : header;
  }

  /** The error of a request that is not allowed. */
  async denialError(denial: {
    what: string;
    response: string;
    challenges: readonly Challenge[];
    scopes: readonly Scope[];
    authenticated: boolean;
  }): Promise<DualRegistryError> {
    const credential = await this.credential(repositoryOf(denial.scopes));
    const { code, message } = denialError({ ...denial, host: this.host, credential });
    // The registry's words stand in it, and a registry knows what it was sent.
    return new DualRegistryError(code, this.secrets.scrub(message));
  }

  private schemeOf({ scheme, parameters }: Challenge): AuthScheme {
    if (scheme !== "bearer") return { scheme: "basic" };
    return { scheme, realm: parseRealm(parameters.get("realm"), this.host), service: parameters.get("service") };
  }

  private async basicAuthorization(repository: string | undefined): Promise<string | undefined> {
    const credential = await this.credential(repository);
    return credential.kind === "basic" ? basicHeader(credential) : undefined;
  }

  private bearerToken(
    scheme: AuthScheme & { scheme: "bearer" },
    scopes: readonly Scope[],
    repository: string | undefined,
  ): Promise<string> {
    const issue = async (merged: readonly Scope[]): Promise<IssuedToken> => {
      const issued = await this.requestToken(scheme, merged, repository).catch(async (error: unknown) => {
        if (!(error instanceof DualRegistryError) || error.code !== "REGISTRY_AUTH") throw error;
        if (this.forgetStale(repository)) return this.requestToken(scheme, merged, repository);
        const { kind } = await this.credential(repository);
        const loginCommand = `dualreg registry login ${this.host}`;
        const remedy =
          kind === "anonymous"
            ? `log in with: ${loginCommand}`
            : `log in again, or as a user with that permission: ${loginCommand}`;
        throw new DualRegistryError("REGISTRY_AUTH", `${error.message}; ${remedy}`);
      });
      this.secrets.add(issued.token);
      return issued;
    };
    return this.tokens.get(scopes, issue, repository);
  }

  private async requestToken(
    scheme: AuthScheme & { scheme: "bearer" },
    scopes: readonly Scope[],
    repository: string | undefined,
  ): Promise<IssuedToken> {
    const { realm, service } = scheme;
    const credential = await this.credential(repository);
    const { transport, host } = this;
    const by = { transport, host, scrub: this.secrets.scrub, signal: this.retryContext.signal };
    return withRetries(
      `Token for ${host}`,
      (attempt) =>
        requestToken({ realm, service, scopes, credential }, by).catch((error: unknown) => {
          throw error instanceof DualRegistryError && error.code === "CONTENT_INVALID"
            ? corruptedContent(error, attempt)
            : error;
        }),
      this.retryContext,
    );
  }

  private credential(repository = ""): Promise<Credential> {
    const known = this.cached.get(repository) ?? { credential: this.lookUp(repository), at: performance.now() };
    this.cached.set(repository, known);
    return known.credential;
  }

  private async lookUp(repository: string): Promise<Credential> {
    const credential = await (repository === ""
      ? this.credentials(this.host)
      : this.credentials(this.host, repository));
    if (credential.kind === "identity-token") this.secrets.add(credential.token);
    if (credential.kind === "basic") {
      this.secrets.add(credential.password, basicHeader(credential).slice("Basic ".length));
    }
    return credential;
  }

  /** Short-lived credentials of a platform run out in a long run. True where a new look may help. */
  private forgetStale(repository = ""): boolean {
    const known = this.cached.get(repository);
    if (!known || performance.now() - known.at < this.staleAfter) return false;
    this.cached.delete(repository);
    return true;
  }
}
