import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { defined } from "../../../src/base/defined";
import { FaultChoice } from "./faultChoice";
import { faultStream } from "./faultStreams";
import type { Fault, FaultPlan } from "./faults";
import { endToEnd, renamed, Target } from "./forward";
import { startHttp } from "./httpServer";

/** One request that came, and what was done to it. */
interface Witnessed {
  method: string;
  path: string;
  fault?: Fault;
  /** Bytes that the request was to bring, where it said so. */
  length: number;
  /** What the client was answered; absent as long as it was not. */
  status?: number;
}

/** Stands between a client and a registry, and does wrong what it is told to. */
export interface FaultProxy {
  /** `localhost:PORT`, to speak to instead of the target. */
  readonly host: string;
  /** Every request, in the order in which they came. */
  readonly requests: readonly Witnessed[];
  /** Those that something was done to. */
  injected(): readonly Witnessed[];
  /** From now on; counting starts anew. `{}` does nothing wrong. */
  use(plan: FaultPlan): void;
  stop(): Promise<void>;
}

/** Starts a proxy in front of `localhost:PORT`. What the target names as its own address is renamed to the proxy's. */
export async function startFaultProxy(targetHost: string, plan: FaultPlan = {}): Promise<FaultProxy> {
  const target = new Target(targetHost);
  const requests: Witnessed[] = [];
  let choice = new FaultChoice(plan);
  const server = await startHttp(async (request, response) => {
    const hit = { method: request.method ?? "GET", path: request.url ?? "/" };
    const fault = choice.next(hit);
    const length = Number(request.headers["content-length"] ?? 0);
    const witnessed: Witnessed = { ...hit, length, ...defined({ fault }) };
    requests.push(witnessed);
    response.on("finish", () => (witnessed.status = response.statusCode));
    await new Exchange(request, response, fault, target, server.host).run();
  });
  return {
    host: server.host,
    requests,
    injected: () => requests.filter(({ fault }) => fault !== undefined),
    use: (next) => {
      choice = new FaultChoice(next);
    },
    stop: async () => {
      await server.stop();
      target.close();
    },
  };
}

/** One request on its way there and back. */
class Exchange {
  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly fault: Fault | undefined,
    private readonly target: Target,
    private readonly ownHost: string,
  ) {}

  async run(): Promise<void> {
    if (this.fault?.kind === "status") await this.answerInstead(this.fault);
    else if (this.fault?.kind === "expired") await this.refuseToken();
    else await this.forward();
  }

  private async forward(): Promise<void> {
    const { method = "GET", url = "/" } = this.request;
    try {
      const answer = await this.target.ask(method, url, endToEnd(this.request.headers), (body) => {
        const fault = faultStream(this.fault, "request", { reset: this.reset, cut: this.reset });
        const done = (error: unknown): void => {
          if (error) body.destroy();
        };
        if (fault === undefined) pipeline(this.request, body, done);
        else pipeline(this.request, fault, body, done);
      });
      this.passOn(answer);
    } catch {
      // The target went away, or what was done to the request made it give up: the client sees a broken connection.
      if (this.fault === undefined || this.fault.kind !== "hang") this.reset();
    }
  }

  private passOn(answer: IncomingMessage): void {
    const { fault } = this;
    if (isStop(fault) && fault.atByte === 0) {
      answer.resume();
      if (fault.kind === "reset") answer.once("end", this.reset);
      return;
    }
    const headers = renamed(endToEnd(answer.headers), this.target.host, this.ownHost);
    this.response.writeHead(answer.statusCode ?? 502, withFault(headers, fault));
    const stream = faultStream(fault, "response", { reset: this.reset, cut: this.cut });
    const done = (error: unknown): void => {
      if (error) this.response.destroy();
    };
    if (stream === undefined) pipeline(answer, this.response, done);
    else pipeline(answer, stream, this.response, done);
  }

  private readonly reset = (): void => {
    this.request.socket.resetAndDestroy();
  };

  private readonly cut = (): void => {
    if (this.fault?.kind === "truncate" && this.fault.silent === true) this.response.end();
    else this.request.socket.destroySoon();
  };

  private async answerInstead(fault: Extract<Fault, { kind: "status" }>): Promise<void> {
    let seen = 0;
    if (fault.atByte !== undefined && fault.atByte > 0) {
      for await (const chunk of this.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        seen += chunk.length;
        if (seen >= fault.atByte) break;
      }
    }
    this.answer(fault.status, { "content-type": "application/json", ...fault.headers }, fault.body ?? "");
  }

  private async refuseToken(): Promise<void> {
    const { method = "GET", url = "/" } = this.request;
    const anyone = await this.target.ask("GET", "/v2/", {});
    anyone.resume();
    let challenge = "";
    if (anyone.statusCode === 401) {
      const asked = await this.target.ask(method, url, {});
      asked.resume();
      // For an address that it does not know a registry may say so to anybody.
      const said = asked.headers["www-authenticate"] ? asked.headers : anyone.headers;
      challenge = renamed(said, this.target.host, this.ownHost)["www-authenticate"] ?? "";
    }
    const why = challenge.startsWith("Bearer") && !challenge.includes("error=") ? `,error="invalid_token"` : "";
    const body = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] });
    this.answer(401, challenge === "" ? {} : { "www-authenticate": challenge + why }, body);
  }

  private answer(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    this.response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
    this.response.end(this.request.method === "HEAD" ? undefined : body);
    this.request.resume();
  }
}

/** A fault that keeps back the response after some bytes of it. */
function isStop(fault: Fault | undefined): fault is Extract<Fault, { kind: "reset" | "hang" }> {
  return (fault?.kind === "reset" || fault?.kind === "hang") && fault.of === "response";
}

function withFault(headers: IncomingHttpHeaders, fault: Fault | undefined): IncomingHttpHeaders {
  const changed = { ...headers };
  if (fault?.kind === "clock") changed.date = new Date(Date.now() + fault.seconds * 1000).toUTCString();
  if (fault?.kind === "header") {
    const name = fault.name.toLowerCase();
    if (fault.value === undefined) Reflect.deleteProperty(changed, name);
    else changed[name] = fault.value;
  }
  const length = Number(changed["content-length"]);
  if (fault?.kind === "truncate" && fault.silent === true && length > fault.atByte)
    changed["content-length"] = String(fault.atByte);
  return changed;
}
