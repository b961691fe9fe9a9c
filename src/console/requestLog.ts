import type { MiddlewareHandler } from "hono";
import { randomUUID } from "node:crypto";
import { redactSecrets } from "../base/text/redact";
import type { ConsoleEnv } from "./app";
import type { RateLimits } from "./rateLimit";

/** Where a line goes: pino, or what a test reads. */
export interface LogSink {
  info: (fields: object, message: string) => void;
  warn: (fields: object, message: string) => void;
}

/** What a proxy in front may hand on as a request's id. */
const ID = /^[A-Za-z0-9_-]{8,64}$/;
const LONGEST = 500;

/**
 * Gives each request an id and writes one line of it: what was asked by whom, and how it ended. The query is left out,
 * since a login's holds a code; of headers and cookies nothing is written; what looks like a secret in the path is hidden.
 *
 * @param options `trusted`: a proxy of ours stands in front, whose X-Request-Id is taken over
 */
export function requestLog(
  log: LogSink,
  limits: Pick<RateLimits, "addressOf">,
  { trusted = false, now = Date.now }: { trusted?: boolean; now?: () => number } = {},
): MiddlewareHandler<ConsoleEnv> {
  return async (context, next) => {
    const begun = now();
    const handedOn = trusted ? context.req.header("x-request-id") : undefined;
    const requestId = handedOn !== undefined && ID.test(handedOn) ? handedOn : randomUUID();
    context.set("requestId", requestId);
    // Before the answer is there: a header that is added to it afterwards makes a stream of its body.
    context.header("x-request-id", requestId);
    await next();
    const visitor = context.get("visitor") as ConsoleEnv["Variables"]["visitor"] | undefined;
    const fields = {
      requestId,
      method: context.req.method,
      path: redactSecrets(context.req.path.slice(0, LONGEST)),
      status: context.res.status,
      milliseconds: now() - begun,
      address: limits.addressOf(context),
      visitor: visitor === undefined ? undefined : `${visitor.kind} ${visitor.name}`,
    };
    if (context.res.status >= 500) log.warn(fields, "request");
    else log.info(fields, "request");
  };
}
