import type { IncomingMessage, ServerResponse } from "node:http";
import type { Credential } from "../../../../src/oci/auth/credential";
import type { RegistrySession, SessionOptions } from "../../../../src/oci/registry/session";
import { startHttp } from "../../../support/registries/httpServer";
import { NOBODY, openQuickly } from "./client";

/** A request as a hostile server saw it. */
interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage["headers"];
}

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => Promise<void> | void;

/** A server that does what a test wants, and keeps what it was asked. */
export interface Hostile {
  host: string;
  seen: SeenRequest[];
  stop: () => Promise<void>;
}

/** @param handle gets the number of requests so far, this one included */
export async function startHostile(handle: Handler): Promise<Hostile> {
  const seen: SeenRequest[] = [];
  const server = await startHttp((request, response) => {
    request.on("error", () => undefined);
    seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    return handle(request, response, seen.length);
  });
  return { host: server.host, seen, stop: () => server.stop() };
}

/** Runs a test against such a server. */
export async function against(
  handle: Handler,
  test: (session: RegistrySession, server: Hostile) => Promise<void>,
  credential: Credential = NOBODY,
  options: Partial<SessionOptions> = {},
): Promise<void> {
  const server = await startHostile(handle);
  const session = openQuickly(server.host, credential, options);
  try {
    await test(session, server);
  } finally {
    await session.close();
    await server.stop();
  }
}

/** Answers with headers and bytes. */
export function reply(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number> = {},
  body: string | Buffer = "",
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-length": bytes.length, ...headers });
  response.end(bytes);
}

/** The body, and whether all of it came. */
export async function received(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    // What came before the connection broke is what a registry keeps.
  }
  return Buffer.concat(chunks);
}
