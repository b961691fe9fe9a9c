import { HTTPException } from "hono/http-exception";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { ImageClass } from "../domain/image/imageClass";
import { type CredentialSource, openRegistry, type RegistrySession } from "../oci";
import { makeVerifier } from "../signing";
import { makeAccess } from "./access";
import { consoleApi } from "./api";
import { consoleApp } from "./app";
import { makeCatalog } from "./catalog";
import { consoleHeaders } from "./headers";
import type { Logger } from "./log";
import { consoleAssets, consolePages, messagePage } from "./pages";
import { mountedSecret } from "./mountedSecrets";
import { consoleProbes } from "./probes";
import { makeRateLimits } from "./rateLimit";
import { requestLog } from "./requestLog";
import { makeSearch, notificationRoutes, type SearchOptions } from "./search";
import { type BuiltSettings, settingsDigest } from "./settings";
import type { Telemetry } from "./telemetry";

/** What a console is composed of, beside what was settled when it was built. */
export interface ComposeParts {
  settings: BuiltSettings;
  /** The login of each class's registry. */
  credentials: Readonly<Record<ImageClass, CredentialSource>>;
  telemetry: Telemetry;
  log: Logger;
  /** Of the program. */
  version: string;
  isEnding: () => boolean;
  /** How the search's index is kept fresh. @default as {@link SearchOptions} says */
  search?: Partial<SearchOptions>;
}

/** The file in the folder of secrets by which registries prove themselves. */
const NOTIFICATION_SECRET = "notification-secret";

/** Tries and pauses of a console, in milliseconds: people wait, so it asks again once and waits for nobody long. */
const RETRY = { attempts: 2, base: 100, maxRetryAfter: 1_000, givesUpOnLongWaits: true } as const;
const TIMEOUTS = { connect: 3_000, headers: 8_000, idle: 5_000, response: 10_000 } as const;
/** A login that was refused is looked for anew after so long: it may have been rotated. */
const CREDENTIAL_STALE_AFTER = 1_000;

/** A folder of this process alone: one of a known name might be made before it, with another's root of trust in it. */
function tufFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "dual-registry-tuf-"));
  } catch (cause) {
    const what = `${quoted(tmpdir())} cannot be written to, and Sigstore's root of trust is kept there`;
    const advice = "mount a folder for temporary files there, or build the console with --trusted-root";
    throw new DualRegistryError("USAGE", `${what}; ${advice}`, { cause });
  }
}

/**
 * Puts the console together: a function from request to answer, and how its connections end.
 *
 * @throws DualRegistryError CONFIG_INVALID for keys of sessions that are missing; USAGE where nothing can be written
 */
export async function composeConsole(parts: ComposeParts) {
  const { settings, credentials, telemetry, log, version, isEnding } = parts;
  const open = (imageClass: ImageClass): RegistrySession =>
    openRegistry(settings.registries[imageClass].loginServer, {
      credentials: credentials[imageClass],
      ...{ retry: RETRY, timeouts: TIMEOUTS, credentialStaleAfter: CREDENTIAL_STALE_AFTER },
      onRetry: (line) => log.warn({ line }, "registry"),
    });
  const sessions = { secure: open("secure"), standard: open("standard") };
  const { trustedRoot } = settings;
  // Of all the file system, temporary files alone can be written in a container; what lies there is signed by Sigstore.
  const tufCache = trustedRoot === undefined ? tufFolder() : undefined;
  const verifier = makeVerifier(
    trustedRoot === undefined ? defined({ tufCache }) : { trustedRoot: Buffer.from(trustedRoot) },
  );
  const catalog = makeCatalog({ settings, sessions, verifier });
  const limits = makeRateLimits(settings.rateLimits);
  const digest = settingsDigest(settings);
  const site = { product: settings.product, stage: settings.stage, settings: digest };
  const access = await makeAccess(settings.access, { limits, log, render: messagePage(site) });
  const onFault = (error: unknown, requestId: string | undefined) => {
    log.error({ requestId, err: error }, "fault");
  };
  const search = makeSearch({
    ...{ settings, sessions, log, onFault: (error) => onFault(error, undefined) },
    ...(parts.search === undefined ? {} : { options: parts.search }),
  });
  const secret = () => mountedSecret(settings.secrets, NOTIFICATION_SECRET);
  const app = consoleApp({
    access,
    api: consoleApi({ catalog, search, settings: digest, version, onFault }),
    assets: consoleAssets(),
    hooks: notificationRoutes({ limits, secret, onHint: (hint) => search.hint(hint) }),
    pages: consolePages({ catalog, search, site, onFault }),
    probes: consoleProbes({ health: () => catalog.health(), metricsText: telemetry.metricsText, isEnding }),
    before: [
      requestLog(log, limits, { trusted: settings.rateLimits.trustedProxies > 0 }),
      telemetry.middleware,
      consoleHeaders(),
    ],
    limit: limits.middleware,
  });
  app.onError((error, context) => {
    // A refusal of a library's middleware, such as a form from elsewhere.
    if (error instanceof HTTPException) return error.getResponse();
    onFault(error, context.get("requestId"));
    return context.text("The console failed; its log says why.\n", 500);
  });
  search.begin();
  const close = async () => {
    await search.close();
    await Promise.all(Object.values(sessions).map((session) => session.close()));
    if (tufCache !== undefined) rmSync(tufCache, { recursive: true, force: true });
  };
  return { app, catalog, close };
}
