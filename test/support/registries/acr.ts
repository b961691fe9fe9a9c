import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AttributeStore, type ChangeableAttributes } from "./acrAttributes";
import { AcrAttributesApi } from "./acrAttributesApi";
import { AcrDistributionApi } from "./acrDistributionApi";
import { type AcrAddress, neededActions, readAddress } from "./acrNeeds";
import { type AcrLogin, AcrTokens, unauthorized } from "./acrTokens";
import { Target } from "./forward";
import type { Grant } from "./grants";
import { answerJson, startHttp } from "./httpServer";
import type { TestRegistry } from "./testRegistry";

/** A registry that behaves as Azure's does where that differs: logins, locks, quota. */
export interface AcrStandIn {
  readonly host: string;
  /** A login that `/oauth2/token` takes, as of an admin user or a scope map's token. */
  readonly credentials: { readonly username: string; readonly password: string };
  readonly tokens: AcrTokens;
  /** While true, whatever adds to the registry is refused. */
  quotaExceeded: boolean;
  /** Requests that came, `METHOD /path`, in their order. */
  readonly requests: readonly string[];
  /** @param name `path`, `path:tag` or `path@digest` */
  attributes(name: string): ChangeableAttributes;
  /** Locks or unlocks behind everybody's back. */
  change(name: string, attributes: Partial<ChangeableAttributes>): void;
  /** Stops the stand-in; the registry behind it goes on. */
  stop(): Promise<void>;
}

/** How strict the stand-in is, and who may do what. */
export interface AcrOptions {
  /** Default: everything. */
  grants?: readonly Grant[];
  /** Whether something may refer to a manifest whose write lock is set; Azure does not say. Default: it may not. */
  lockedSubjectsTakeReferrers?: boolean;
}

/** Starts the stand-in in front of a registry that asks for no login. */
export async function startAcr(backend: TestRegistry, options: AcrOptions = {}): Promise<AcrStandIn> {
  const target = new Target(backend.host);
  const store = new AttributeStore();
  const requests: string[] = [];
  const server = await startHttp((request, response) => handle(request, response));
  const grants = options.grants ?? [{ repository: /.*/, actions: ["*"] }];
  const login: AcrLogin = { username: "standin", password: randomBytes(18).toString("base64url"), grants };
  const tokens = new AcrTokens(server.host, [login]);
  const attributesApi = new AcrAttributesApi(server.host, backend, target, store);
  const distributionApi = new AcrDistributionApi(server.host, target, store, options);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? "/", `http://${server.host}`);
    const method = request.method ?? "GET";
    requests.push(`${method} ${address.pathname}`);
    if (address.pathname.startsWith("/oauth2/")) return tokens.answer(request, response, address);
    const place = readAddress(address.pathname);
    const access = tokens.accessOf(request);
    const needed = place === undefined ? [] : neededActions(method, place);
    const had = access?.find(({ type, name }) => type === "repository" && name === place?.repository)?.actions ?? [];
    if (access === undefined || needed.some((action) => !had.includes(action)))
      challenge(response, server.host, place, needed, access !== undefined);
    else if (standIn.quotaExceeded && place?.api === "v2" && ["POST", "PUT", "PATCH"].includes(method))
      overQuota(response);
    else if (place?.api === "acr") await attributesApi.answer(request, response, place);
    else await distributionApi.answer(request, response, place);
  }

  const standIn: AcrStandIn = {
    host: server.host,
    credentials: { username: login.username, password: login.password },
    tokens,
    quotaExceeded: false,
    requests,
    attributes: (name) => store.of(name),
    change: (name, attributes) => void store.patch(name, attributes),
    stop: async () => {
      await server.stop();
      target.close();
    },
  };
  return standIn;
}

/** Source: the challenges recorded by the Azure SDK's tests; `error` only where there was a token. */
function challenge(
  response: ServerResponse,
  host: string,
  place: AcrAddress | undefined,
  needed: readonly string[],
  hadToken: boolean,
): void {
  const scope = place === undefined ? "" : `,scope="repository:${place.repository}:${needed.join(",")}"`;
  const error = hadToken ? `,error="insufficient_scope"` : "";
  const detail = place ? needed.map((Action) => ({ Type: "repository", Name: place.repository, Action })) : [];
  answerJson(response, 401, unauthorized(detail), {
    "docker-distribution-api-version": "registry/2.0",
    "www-authenticate": `Bearer realm="http://${host}/oauth2/token",service="${host}"${scope}${error}`,
  });
}

/** The status and the code are those of the distribution specification; Azure does not document the text. */
function overQuota(response: ServerResponse): void {
  const message = "the registry has reached its storage quota; delete images or move to a higher service tier";
  answerJson(response, 403, { errors: [{ code: "DENIED", message, detail: {} }] }, { connection: "close" });
}
