import { Agent, request as ask, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "expect", "te"];

/** Headers as they go on to somebody else. Source: RFC 9110, 7.6.1. */
export function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

/** Connections to one server. */
export class Target {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  /** @param host `localhost:PORT` */
  constructor(readonly host: string) {}

  /**
   * Asks the server.
   *
   * @param send writes the body and ends it; default: there is none
   */
  ask(
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
    send: (body: NodeJS.WritableStream & { destroy: () => void }) => void = (body) => body.end(),
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const [hostname, port] = this.host.split(":");
      const address = { hostname, port, method, path, headers: { ...headers, host: this.host } };
      const asked = ask({ ...address, agent: this.agent }, resolve);
      asked.on("error", reject);
      send(asked);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Addresses that name the target, in headers that a client follows, name the proxy instead. */
export function renamed(headers: IncomingHttpHeaders, from: string, to: string): IncomingHttpHeaders {
  const own = (value: string): string => value.replaceAll(`http://${from}/`, `http://${to}/`);
  const follow = ["location", "link", "www-authenticate"];
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      follow.includes(name) && typeof value === "string" ? own(value) : value,
    ]),
  );
}
