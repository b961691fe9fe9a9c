import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createHash, timingSafeEqual } from "node:crypto";
import { isDigest } from "../../base/digest";
import { fieldsOf, listOf, textAt } from "../../base/json";
import { isTag } from "../../base/reference";
import { MANIFEST_TYPES } from "../../oci";
import type { ConsoleEnv } from "../app";
import type { RateLimits } from "../rateLimit";

/** Where registries post what happened. */
export const NOTIFICATIONS_PATH = "/hooks/registry";

/** That something may have changed: what it is now is asked of the registry. */
export interface ChangeHint {
  /** As the registry calls it: with a namespace in front, where it has one. */
  path: string;
  /** A tag or digest. */
  reference: string;
  /** True where it was deleted, so that asking for it says nothing. */
  isDeleted?: boolean;
}

/** Bytes of a notification, and events of it that are read. */
const MAX_BODY = 512 * 1024;
const MAX_EVENTS = 200;

/**
 * Reads what a registry posts: one event of Azure Container Registry, or the events of CNCF Distribution. What has not
 * the form is left out, and so are pulls and layers.
 * Sources: Azure Container Registry, webhook schema reference; CNCF Distribution, notifications, "Envelope".
 */
export function readNotification(body: unknown): ChangeHint[] {
  const events = listOf(fieldsOf(body)["events"]);
  return (events.length > 0 ? events : [body]).slice(0, MAX_EVENTS).flatMap((event) => {
    const [action, target] = [textAt(event, "action"), fieldsOf(event)["target"]];
    const [path, tag, digest, type] = ["repository", "tag", "digest", "mediaType"].map((name) => textAt(target, name));
    // Distribution tells of every layer, too.
    const isBlob = type !== undefined && !MANIFEST_TYPES.includes(type);
    if (action === "pull" || path === undefined || path.length > 255 || isBlob) return [];
    if (tag !== undefined && isTag(tag)) return [{ path, reference: tag }];
    if (digest === undefined || !isDigest(digest)) return [];
    return [{ path, reference: digest, ...(action === "delete" && { isDeleted: true }) }];
  });
}

/** What the route is made of. */
export interface NotificationParts {
  limits: Pick<RateLimits, "blocked" | "failed">;
  /** What registries prove themselves by, read anew each time; undefined: nothing is taken. */
  secret: () => Promise<string | undefined>;
  /** Gets each hint. */
  onHint: (hint: ChangeHint) => void;
}

/**
 * Takes notifications from whoever brings the secret, as `Authorization: Bearer …`: both kinds of registry can send a
 * header of their own. A notification is a hint and nothing else, so that a forged or repeated one costs one look at most.
 */
export function notificationRoutes({ limits, secret, onHint }: NotificationParts): Hono<ConsoleEnv> {
  const routes = new Hono<ConsoleEnv>();
  const tooLarge = bodyLimit({ maxSize: MAX_BODY, onError: (context) => context.text("Too large\n", 413) });
  routes.post(NOTIFICATIONS_PATH, async (context, next) => {
    const blocked = await limits.blocked(context);
    if (blocked !== undefined) return blocked;
    const wanted = await secret();
    if (wanted === undefined) return context.text("This console takes no notifications\n", 404);
    const given = /^Bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    if (!isSame(given, wanted)) {
      await limits.failed(context);
      return context.text("The secret is wrong\n", 401, { "www-authenticate": "Bearer" });
    }
    return tooLarge(context, next);
  });
  routes.post(NOTIFICATIONS_PATH, async (context) => {
    const body: unknown = await context.req.json().catch(() => undefined);
    if (body === undefined) return context.text("Not JSON\n", 400);
    for (const hint of readNotification(body)) onHint(hint);
    return context.text("", 202);
  });
  return routes;
}

/** Compares in the same time whatever is given. */
const isSame = (one: string, other: string): boolean =>
  timingSafeEqual(createHash("sha256").update(one).digest(), createHash("sha256").update(other).digest());
