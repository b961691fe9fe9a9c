import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server in this process, on a port of its own of 127.0.0.1. */
export interface LoopbackServer {
  /** `localhost:PORT`. */
  host: string;
  /** Ends the connections too, so that nothing waits for them. */
  stop(): Promise<void>;
}

/** What fails in a handler is answered with 500, so that a test sees it and no client waits. */
export async function startHttp(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
  prepare: (server: Server) => void = () => undefined,
): Promise<LoopbackServer> {
  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (request, response) => {
    void (async () => handle(request, response))().catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else answerJson(response, 500, { errors: [{ code: "UNKNOWN", message: String(error) }] });
    });
  });
  prepare(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    host: `localhost:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Answers with JSON and its length. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": bytes.length,
    ...headers,
  });
  response.end(bytes);
}

/**
 * The whole body.
 *
 * @param limit in bytes; default a mebibyte, which no form that is sent here comes near
 */
export async function readBody(request: IncomingMessage, limit = 1 << 20): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limit) throw new Error(`the body is over ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Name and password of a Basic header; `undefined` where there is none. */
export function basicOf(request: IncomingMessage): { username: string; password: string } | undefined {
  const [scheme, encoded] = (request.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "basic" || encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
