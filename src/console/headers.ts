import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { ConsoleEnv } from "./app";

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
  return async (context, next) => {
    await secure(context, next);
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
  };
}
