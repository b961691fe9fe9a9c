import type { IncomingHttpHeaders } from "node:http";
import { defined } from "../../../src/base/defined";
import { answerJson, readBody, startHttp } from "../registries/httpServer";

/** One request of an Azure SDK, read whole. */
export interface ApiRequest {
  method: string;
  /** Path without the query, as it came. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The JSON it brought; `undefined` where there was none. */
  body: unknown;
  /** Where the stand-in is, such as `http://localhost:1234`, for links and polling addresses. */
  origin: string;
}

/** What is answered; a body is JSON. */
export interface ApiAnswer {
  status: number;
  /** Instead of a body: a text that says it is JSON, and need not be. */
  text?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One service of Azure; `undefined` means the request is for another one. */
export type ApiService = (request: ApiRequest) => ApiAnswer | undefined | Promise<ApiAnswer | undefined>;

/** A request as tests look at it: `<method> <path>`. */
type SeenRequest = Pick<ApiRequest, "method" | "path" | "query" | "headers" | "body">;

/** A running stand-in of Azure's services on the loopback interface, over real HTTP, with state and faults. */
export interface StandIn {
  /** `http://localhost:PORT`; the SDKs take it with `allowInsecureConnection: true`. */
  url: string;
  /** Every request that arrived, in order; those that met a fault too. */
  seen: SeenRequest[];
  /** Answers the next requests that fit with these, one each, without asking a service. */
  answerNext(fits: (request: ApiRequest) => boolean, ...answers: ApiAnswer[]): void;
  /**
   * Cuts the connection at the given request, counted from now (1 is the next), and at every one after it: to the
   * client it is as if its process had died there.
   *
   * @param when whether the request still has its effect (`after`), or never arrived (`before`)
   */
  cutAt(count: number, when: "before" | "after"): void;
  /** Ends a cut. */
  heal(): void;
  stop(): Promise<void>;
}

/** Starts the services behind one address; the first that answers a request has it, and nobody's is a 404. */
export async function startStandIn(...services: readonly ApiService[]): Promise<StandIn> {
  const seen: SeenRequest[] = [];
  const waiting: { fits: (request: ApiRequest) => boolean; answer: ApiAnswer }[] = [];
  let cut: { left: number; when: "before" | "after" } | undefined;
  const ask = async (request: ApiRequest): Promise<ApiAnswer> => {
    const at = waiting.findIndex(({ fits }) => fits(request));
    const [faulty] = at < 0 ? [] : waiting.splice(at, 1);
    if (faulty !== undefined) return faulty.answer;
    for (const service of services) {
      const answer = await service(request);
      if (answer !== undefined) return answer;
    }
    return failure(404, "NotFound", `${request.method} ${request.path} is nobody's`);
  };
  const server = await startHttp(async (incoming, response) => {
    const origin = `http://${incoming.headers.host ?? ""}`;
    const url = new URL(incoming.url ?? "/", origin);
    const { method = "GET", headers } = incoming;
    const body = jsonOf(await readBody(incoming));
    const request = { method, path: url.pathname, query: url.searchParams, headers, body, origin };
    seen.push(request);
    const cutNow = cut === undefined ? undefined : --cut.left <= 0 ? cut.when : undefined;
    if (cutNow === "before") return void response.destroy();
    const answer = await ask(request);
    // Only the first request of a cut has an effect: a process that died sends no other.
    if (cutNow === "after") {
      if (cut) cut.when = "before";
      return void response.destroy();
    }
    if (answer.text !== undefined) {
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      return void response.end(answer.text);
    }
    answerJson(response, answer.status, answer.body ?? {}, answer.headers);
  });
  return {
    url: `http://${server.host}`,
    seen,
    answerNext: (fits, ...answers) => void waiting.push(...answers.map((answer) => ({ fits, answer }))),
    cutAt: (count, when) => void (cut = { left: count, when }),
    heal: () => void (cut = undefined),
    stop: () => server.stop(),
  };
}

/** An error as ARM, Key Vault and Log Analytics say it. */
export function failure(status: number, code: string, message: string, headers?: Record<string, string>): ApiAnswer {
  return { status, body: { error: { code, message } }, ...defined({ headers }) };
}

/**
 * One page of a list as Azure cuts them: `value`, and `nextLink` where there is more.
 *
 * @param size how many items a page has
 */
export function page(request: ApiRequest, items: readonly unknown[], size: number): ApiAnswer {
  const from = Number(request.query.get("$skiptoken") ?? "0");
  const next = new URL(`${request.origin}${request.path}`);
  for (const [name, value] of request.query) next.searchParams.set(name, value);
  next.searchParams.set("$skiptoken", String(from + size));
  const more = from + size < items.length;
  return { status: 200, body: { value: items.slice(from, from + size), ...(more ? { nextLink: next.href } : {}) } };
}

function jsonOf(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return bytes.toString();
  }
}
