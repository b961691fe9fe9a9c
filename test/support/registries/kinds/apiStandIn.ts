import type { IncomingMessage, ServerResponse } from "node:http";
import { answerJson, startHttp } from "../httpServer";

/** A request that came. */
export interface Asked {
  method: string;
  /** Decoded once, as it stands in the address, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
}

/** What a stand-in answers: a status with a body of JSON, and headers. */
export interface ApiAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** An interface of a registry's kind in this process. */
export interface ApiStandIn {
  /** `localhost:PORT`. */
  host: string;
  /** All that came, in order. */
  asked: Asked[];
  /** What answers in the place of the stand-in, for a test; absent: the stand-in. */
  instead?: ((asked: Asked, response: ServerResponse) => void) | undefined;
  stop: () => Promise<void>;
}

/** Starts one. @param answer of the kind's own, by its state */
export async function startApi(answer: (asked: Asked) => ApiAnswer): Promise<ApiStandIn> {
  const asked: Asked[] = [];
  const server = await startHttp((request, response) => {
    const url = new URL(request.url ?? "/", "http://stand-in");
    const { method = "GET", headers } = request;
    const one = { method, path: url.pathname, query: url.searchParams, headers };
    asked.push(one);
    request.resume();
    if (standIn.instead !== undefined) {
      standIn.instead(one, response);
      return;
    }
    const { status, body, headers: extra } = answer(one);
    answerJson(response, status, body, extra);
  });
  const standIn: ApiStandIn = { host: server.host, asked, stop: () => server.stop() };
  return standIn;
}
