import { Hono, type MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { ServerResponse } from "node:http";
import { fieldsOf } from "../base/json";
import type { ConsoleEnv } from "./app";

/** No search engine keeps a page, whoever may read it. */
const ROBOTS = ["x-robots-tag", "noindex, nofollow"] as const;
const NONE = ["'none'"];
const SELF = ["'self'"];

/** What a page of the console never wants of a browser. */
const UNUSED = [
  "accelerometer",
  "camera",
  "clipboardRead",
  "displayCapture",
  "geolocation",
  "gyroscope",
  "magnetometer",
];
const UNUSED_DEVICES = ["microphone", "midi", "payment", "usb", "publickeyCredentialsGet", "screenWakeLock"];

/**
 * The headers of every answer: no script, style or frame but the console's own, nothing inline; https for a year; no
 * guessing of types; no address of a page for other hosts; no window or resource shared with another origin. Answers are
 * kept nowhere, since they differ by visitor, unless a route says otherwise. Source: OWASP, HTTP Headers Cheat Sheet.
 */
export function consoleHeaders(): MiddlewareHandler<ConsoleEnv> {
  const secure = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: NONE,
      styleSrc: SELF,
      scriptSrc: SELF,
      imgSrc: ["'self'", "data:"],
      connectSrc: SELF,
      formAction: SELF,
      frameAncestors: NONE,
      baseUri: NONE,
    },
    strictTransportSecurity: "max-age=31536000; includeSubDomains",
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
    crossOriginOpenerPolicy: "same-origin",
    crossOriginResourcePolicy: "same-origin",
    permissionsPolicy: Object.fromEntries([...UNUSED, ...UNUSED_DEVICES].map((name) => [name, []])),
  });
  let known: Promise<readonly (readonly [string, string])[]> | undefined;
  return async (context, next) => {
    const outgoing = outgoingOf(context.env);
    if (outgoing === undefined) {
      await secure(context, next);
      context.res.headers.set(...ROBOTS);
      if (!context.res.headers.has("cache-control")) context.res.headers.set("cache-control", "no-store");
      return;
    }
    // They are the same each time, and on Node's own answer they cost far less than on a Response. What a route says of
    // caching comes later and counts.
    known ??= headersSetBy(secure);
    for (const [name, value] of await known) outgoing.setHeader(name, value);
    outgoing.setHeader(...ROBOTS);
    outgoing.setHeader("cache-control", "no-store");
    await next();
  };
}

/** What the server answers with; undefined where a test asks without a port. */
function outgoingOf(env: unknown): ServerResponse | undefined {
  const outgoing = fieldsOf(env)["outgoing"];
  return outgoing instanceof ServerResponse ? outgoing : undefined;
}

/** The headers that a middleware sets on an answer that has none. */
async function headersSetBy(secure: MiddlewareHandler): Promise<[string, string][]> {
  const app = new Hono();
  app.use(secure);
  app.get("/", (context) => context.body(null));
  return [...(await app.request("/")).headers];
}
