import { serve } from "@hono/node-server";
import type { Hono } from "hono";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConsoleEnv } from "./app";

/** How a console listens. */
export interface ServerOptions {
  app: Pick<Hono<ConsoleEnv>, "fetch">;
  /** 0 takes one that is free. */
  port: number;
  /** @default every address of the machine */
  hostname?: string;
}

/** A console that listens. */
export interface ConsoleServer {
  readonly port: number;
  /** Takes no new connection, lets what runs end within ten seconds, then cuts off. */
  readonly stop: () => Promise<void>;
}

/** Milliseconds: until a request's head is whole, until all of it is, for what runs when the server ends. */
const HEAD_WITHIN = 10_000;
const REQUEST_WITHIN = 20_000;
const END_WITHIN = 10_000;
const MAX_HEAD = 16 * 1024;

/** Starts to listen. @throws what the system says of the port */
export function startServer({ app, port, hostname }: ServerOptions): Promise<ConsoleServer> {
  return new Promise((resolve, reject) => {
    const serverOptions = { headersTimeout: HEAD_WITHIN, requestTimeout: REQUEST_WITHIN, maxHeaderSize: MAX_HEAD };
    const listening = (info: AddressInfo) => resolve({ port: info.port, stop: () => stop(server) });
    const options = { fetch: app.fetch, port, serverOptions, ...(hostname === undefined ? {} : { hostname }) };
    // Without TLS, as a server behind an ingress is: the library's other kinds are not asked for.
    const server = serve(options, listening) as Server;
    server.once("error", reject);
  });
}

/**
 * Answers whoever names this machine alone: a page of another site, whose name was made to lead here, is refused. Source:
 * RFC 9110, 15.5.20 (421 Misdirected Request).
 */
export const forLoopback = ({ fetch }: ServerOptions["app"]): ServerOptions["app"] => ({
  fetch: (request, ...rest) => {
    const { hostname } = new URL(request.url);
    if (LOOPBACK.includes(hostname)) return fetch(request, ...rest);
    return new Response("This console answers at 127.0.0.1 and localhost alone.\n", { status: 421 });
  },
});

const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), END_WITHIN);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Ends well on the signals of a container's runtime and of a terminal. @returns when one came */
export const endSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
