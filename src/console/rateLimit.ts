import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context, MiddlewareHandler } from "hono";
import { isIP } from "node:net";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { z } from "zod";
import type { ConsoleEnv } from "./app";
import { refuse } from "./refuse";

const limit = (points: number, seconds: number) =>
  z
    .strictObject({
      /** How many within the time. */
      points: z.number().int().min(1).max(1_000_000).default(points),
      seconds: z.number().int().min(1).max(3_600).default(seconds),
    })
    .prefault({});

/** How much one address and one visitor may ask, and whom to believe about addresses. */
export const rateLimitSettings = z.strictObject({
  /** Proxies in front that add to X-Forwarded-For. 0: the address of the connection counts, the header does not. */
  trustedProxies: z.number().int().min(0).max(10).default(0),
  /** Requests of an address, before anything else is looked at. */
  address: limit(600, 60),
  /** Requests of one person or machine, wherever they come from. */
  visitor: limit(600, 60),
  /** Searches of one person or machine, or of the address of whoever has no name: each costs more than a page does. */
  search: limit(60, 60),
  /** Credentials of an address that were wrong: after so many no other is looked at. */
  failures: limit(20, 300),
});

/** How much one address and one visitor may ask, decoded. */
export type RateLimitSettings = z.infer<typeof rateLimitSettings>;

/** The limits of one process, counted in its memory: two processes count apart. */
export interface RateLimits {
  /** Stands before everything: requests of an address. */
  readonly middleware: MiddlewareHandler<ConsoleEnv>;
  /** Counts a request of a visitor. @returns the refusal where it is one too many */
  visitor: (context: Context<ConsoleEnv>, visitor: string) => Promise<Response | undefined>;
  /** Counts a search of a visitor, or of an address where there is no name. @returns the refusal where it is one too many */
  search: (context: Context<ConsoleEnv>, visitor: string) => Promise<Response | undefined>;
  /** The refusal of an address that brought too many wrong credentials. */
  blocked: (context: Context<ConsoleEnv>) => Promise<Response | undefined>;
  /** Counts a wrong credential. */
  failed: (context: Context<ConsoleEnv>) => Promise<void>;
  /** The address that a request counts for. */
  addressOf: (context: Context<ConsoleEnv>) => string;
}

/** What is known of where a request comes from. */
export interface Hops {
  /** Of the connection. */
  remote: string | undefined;
  /** X-Forwarded-For, whatever it says. */
  forwarded: string | undefined;
}

/**
 * The address that a request counts for. Each trusted proxy appends the address it was asked by, so the visitor's is as
 * many from the right as there are proxies; what stands left of it anybody can have written. A request with fewer entries
 * did not come through all of them and counts for its connection. Of IPv6 the first 64 bits count, which one line has.
 */
export function countedAddress({ remote, forwarded }: Hops, trustedProxies: number): string {
  const entries = (forwarded ?? "").split(",").map((entry) => entry.trim());
  const named = trustedProxies === 0 ? undefined : entries[entries.length - trustedProxies];
  return networkOf(plainAddress(named ?? "") ?? plainAddress(remote ?? "") ?? "unknown");
}

/** An address without a port, brackets or zone; undefined for what is none. */
function plainAddress(text: string): string | undefined {
  const bare = text.replace(/^\[([^\]]*)\](?::\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  const plain = bare.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
  return isIP(plain) === 0 ? undefined : plain;
}

function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  // As a URL's host it is written in one way; "::" stands for the zeros that are missing.
  const [head = "", tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(8 - first.length - last.length).fill("0");
  return `${[...first, ...zeros, ...last].slice(0, 4).join(":")}::/64`;
}

/** The address of the connection; undefined where there is none, as in a test without a port. */
function remoteOf(context: Context<ConsoleEnv>): string | undefined {
  try {
    return getConnInfo(context).remote.address;
  } catch {
    return undefined;
  }
}

/** Makes the limits of one process. */
export function makeRateLimits(settings: RateLimitSettings): RateLimits {
  const { trustedProxies } = settings;
  const limiter = (name: "address" | "visitor" | "search" | "failures") =>
    new RateLimiterMemory({ keyPrefix: name, points: settings[name].points, duration: settings[name].seconds });
  const [addresses, visitors, failures] = [limiter("address"), limiter("visitor"), limiter("failures")];
  const searches = limiter("search");
  const addressOf = (context: Context<ConsoleEnv>) =>
    countedAddress({ remote: remoteOf(context), forwarded: context.req.header("x-forwarded-for") }, trustedProxies);
  const consume = async (context: Context<ConsoleEnv>, counter: RateLimiterMemory, key: string) => {
    try {
      await counter.consume(key);
      return undefined;
    } catch (rejected) {
      if (!(rejected instanceof RateLimiterRes)) throw rejected;
      return tooMany(context, rejected.msBeforeNext);
    }
  };
  return {
    addressOf,
    middleware: async (context, next) => {
      const refusal = await consume(context, addresses, addressOf(context));
      if (refusal !== undefined) return refusal;
      await next();
      return undefined;
    },
    visitor: (context, visitor) => consume(context, visitors, visitor),
    search: (context, visitor) => consume(context, searches, visitor === "" ? `at ${addressOf(context)}` : visitor),
    blocked: async (context) => {
      const counted = await failures.get(addressOf(context));
      if (counted === null || counted.consumedPoints < settings.failures.points) return undefined;
      return tooMany(context, counted.msBeforeNext);
    },
    failed: async (context) => {
      await failures.penalty(addressOf(context));
    },
  };
}

function tooMany(context: Context<ConsoleEnv>, milliseconds: number): Response | Promise<Response> {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1_000));
  return refuse(context, {
    status: 429,
    title: "Too many requests",
    text: `Ask again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    headers: { "retry-after": String(seconds) },
  });
}
