import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";

/** What the stand-in of an engine answers to one request. */
export type EngineAnswer = { status: number; body: Buffer | Readable };

/** A local engine that answers by a socket as Docker does; only what is asked of it is there. */
export interface EngineStandIn {
  socket: string;
  /** Methods and paths asked for, in order. */
  asked: readonly string[];
  stop: () => Promise<void>;
}

/** Starts one. @param answer by image name; undefined is an image that is not there */
export async function engineStandIn(
  socket: string,
  answer: (image: string) => EngineAnswer | undefined,
): Promise<EngineStandIn> {
  const asked: string[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const image = /^\/images\/(.+)\/get$/.exec(request.url ?? "")?.[1] ?? "";
    const missing = { status: 404, body: Buffer.from(JSON.stringify({ message: `No such image: ${image}` })) };
    const { status, body } = answer(image) ?? missing;
    response.writeHead(status, { "content-type": status === 200 ? "application/x-tar" : "application/json" });
    const bytes = Buffer.isBuffer(body) ? Readable.from([body]) : body;
    bytes.on("error", () => response.destroy());
    bytes.pipe(response);
  };
  const server = createServer(handle);
  server.listen(socket);
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { socket, asked, stop };
}
