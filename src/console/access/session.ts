import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { LRUCache } from "lru-cache";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { HOUR_MS } from "../../base/time";
import { dropCookie, putCookie, type SealedCookies } from "./sealedCookie";
import type { AccessSettings } from "./settings";

/** The cookie of a session. */
export const COOKIE = "__Host-dualreg";
/** Milliseconds after which a session in use gets a cookie with a later end. */
const RENEWED_AFTER = 60_000;
/** Sessions that ended before their time and are remembered. */
const MOST_ENDED = 50_000;

const session = z.object({
  /** New at each login. */
  sid: z.string(),
  /** The person, as the provider calls them: never shown. */
  sub: z.string(),
  /** For the page's corner and the log. */
  name: z.string(),
  /** Groups that stood in the token; what they may read is looked up at each request. */
  groups: z.array(z.string()),
  /** What forms must carry. */
  csrf: z.string(),
  /** Milliseconds since 1970. */
  begun: z.number(),
  seen: z.number(),
});

/** A person who has logged in. */
export type Session = z.infer<typeof session>;

/**
 * Sessions, which the browser carries: everything stands in one encrypted cookie, so the console keeps no store, goes on
 * after a restart, and runs as several processes. A session that was logged out of is remembered by this process until it
 * would have ended.
 */
export class Sessions {
  private readonly ended = new LRUCache<string, true>({ max: MOST_ENDED });
  private readonly idle: number;
  private readonly absolute: number;

  constructor(
    private readonly cookies: SealedCookies,
    { idleMinutes, absoluteHours }: NonNullable<AccessSettings["login"]>,
    private readonly now: () => number,
  ) {
    this.idle = idleMinutes * 60_000;
    this.absolute = absoluteHours * HOUR_MS;
  }

  /** Begins a session under an id of its own, whatever cookie the browser had. */
  async begin(context: Context, person: Pick<Session, "sub" | "name" | "groups">): Promise<void> {
    const now = this.now();
    const random = () => randomBytes(24).toString("base64url");
    await this.put(context, { ...person, sid: random(), csrf: random(), begun: now, seen: now });
  }

  private async put(context: Context, content: Session): Promise<void> {
    const until = this.endOf(content);
    putCookie(context, COOKIE, await this.cookies.seal("session", content, until), (until - this.now()) / 1_000);
  }

  private endOf({ begun, seen }: Session): number {
    return Math.min(seen + this.idle, begun + this.absolute);
  }

  /** The session of a request; undefined where there is none that counts. */
  async read(context: Context): Promise<Session | undefined> {
    const sealed = getCookie(context, COOKIE);
    if (sealed === undefined) return undefined;
    const found = await this.cookies.open("session", sealed, session);
    // The cookie's own end has whole seconds, and settings may have become stricter since.
    if (found === undefined || this.endOf(found) <= this.now() || this.ended.has(found.sid)) return undefined;
    return found;
  }

  /** Moves the end of a session that is in use. */
  async renew(context: Context, content: Session): Promise<void> {
    const now = this.now();
    if (now - content.seen >= RENEWED_AFTER) await this.put(context, { ...content, seen: now });
  }

  /** Ends a session: its cookie is dropped, and a copy of it no longer counts here. */
  end(context: Context, content: Session | undefined): void {
    if (content !== undefined) this.ended.set(content.sid, true, { ttl: this.absolute });
    dropCookie(context, COOKIE);
  }
}

/** True where a form brought the session's own token. */
export function hasToken({ csrf }: Session, brought: unknown): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return typeof brought === "string" && timingSafeEqual(hash(csrf), hash(brought));
}
