import { Hono } from "hono";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAccess, accessSettings, type AccessParts } from "../../../src/console/access";
import { consoleApp, type ConsoleEnv } from "../../../src/console/app";
import { consoleHeaders } from "../../../src/console/headers";
import { makeRateLimits, rateLimitSettings } from "../../../src/console/rateLimit";
import { requestLog } from "../../../src/console/requestLog";
import { AUDIENCE, CLIENT, type IdentityProviderStand, startIdentityProvider } from "./identityProvider";
import { CookieBrowser } from "./visitor";

/** The console's own address in tests without a port. */
export const ORIGIN = "https://console.example.com";

const GRANTS = [
  { value: "orders-team", repositories: ["orders/*"] },
  { value: "auditors", repositories: ["*"] },
];

/** The repositories that the API below knows. */
const REPOSITORIES = ["orders/api", "orders/web", "billing/api"];

/** A folder of keys of sessions, as it is mounted. */
export class KeyFolder {
  readonly path = mkdtempSync(join(tmpdir(), "session-keys-"));

  constructor() {
    this.add("2027-01-01");
  }

  add(name: string): void {
    this.write(name, `${randomBytes(32).toString("base64")}\n`);
  }

  /** Another file beside the keys. @returns its path */
  write(name: string, content: string): string {
    writeFileSync(join(this.path, name), content, { mode: 0o600 });
    return join(this.path, name);
  }

  take(name: string): void {
    unlinkSync(join(this.path, name));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A line of the console's log. */
type Line = Record<string, unknown> & { message: string };

/** A console whose pages and API say only who asks and what they may read. */
export interface AccessWorld {
  app: Pick<Hono<ConsoleEnv>, "fetch" | "request">;
  lines: Line[];
  /** The clock: milliseconds that have passed by hand. */
  later: (milliseconds: number) => void;
  browser: () => CookieBrowser;
  /** Asks for the repositories with a bearer token. */
  api: (token?: string, headers?: Record<string, string>) => Promise<Response>;
}

/** What a world is made with. */
export interface WorldWish {
  provider?: IdentityProviderStand;
  keys?: KeyFolder;
  settings?: Record<string, unknown>;
  login?: Record<string, unknown>;
  limits?: Record<string, unknown>;
  parts?: Partial<AccessParts>;
  origin?: string;
}

/** The settings of a world, as a file has them. */
function settingsOf({ provider, keys, settings, login, origin = ORIGIN }: WorldWish): Record<string, unknown> {
  if (provider === undefined) return { grants: GRANTS, ...settings };
  const client = { clientId: CLIENT, redirectUrl: `${origin}/login/callback`, sessionKeys: keys?.path, ...login };
  return {
    issuer: provider.issuer,
    grants: GRANTS,
    bearer: { audience: AUDIENCE },
    ...(keys && { login: client }),
    ...settings,
  };
}

/** Puts access in front of routes that do nothing else. */
export async function makeWorld(wish: WorldWish): Promise<AccessWorld> {
  let passed = 0;
  const now = () => Date.now() + passed;
  const lines: Line[] = [];
  const write = (fields: object, message: string) => void lines.push({ ...fields, message });
  const log = { info: write, warn: write };
  const limits = makeRateLimits(rateLimitSettings.parse(wish.limits ?? {}));
  const settings = accessSettings.parse(settingsOf(wish));
  const access = await makeAccess(settings, { limits, log, now, keyCooldown: 0, ...wish.parts });
  const api = new Hono<ConsoleEnv>();
  api.get("/repositories", (context) => {
    const { kind, name, mayRead } = context.get("visitor");
    return context.json({ kind, name, repositories: REPOSITORIES.filter(mayRead) });
  });
  const pages = new Hono<ConsoleEnv>();
  pages.post("/*", (context) => context.text("done"));
  pages.get("/*", (context) => {
    const { name, signOut } = context.get("visitor");
    const form = signOut
      ? `<form method="post" action="${signOut.action}"><input type="hidden" name="csrf" value="${signOut.csrf}"><button>Sign out</button></form>`
      : "";
    return context.html(`<!doctype html><html lang="en"><title>Images</title><h1>Hello ${name}</h1>${form}</html>`);
  });
  const before = [requestLog(log, limits), consoleHeaders()];
  const app = consoleApp({
    access,
    api,
    pages,
    before,
    limit: limits.middleware,
    assets: new Hono<ConsoleEnv>(),
    probes: new Hono<ConsoleEnv>(),
  });
  const origin = wish.origin ?? ORIGIN;
  return {
    ...{ app, lines },
    later: (milliseconds) => void (passed += milliseconds),
    browser: () => new CookieBrowser(origin, (request) => app.fetch(request)),
    api: async (token, headers = {}) =>
      app.request(`${origin}/api/v1/repositories`, {
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
      }),
  };
}

/** People of the tests. */
const PEOPLE = [
  { login: "alice", groups: ["orders-team", "others"] },
  { login: "olga", groups: ["auditors"] },
  { login: "nobody", groups: ["others"] },
];

/** The cookie of a session. */
export const SESSION = "__Host-dualreg";

/** A provider for a suite, and a console and keys of its own for each test in it. */
export interface LoginGround {
  provider: IdentityProviderStand;
  keys: KeyFolder;
  world: AccessWorld;
  /** A browser in which somebody has logged in. */
  signedIn: (login?: string) => Promise<CookieBrowser>;
}

/** Declares the hooks of a suite that logs in; what it returns is filled by them. */
export function loginGround(): LoginGround {
  const ground = {
    signedIn: async (login = "alice") => {
      const browser = ground.world.browser();
      const { status } = await browser.login(login);
      if (status !== 303)
        throw new Error(`the login was answered with ${status}: ${JSON.stringify(ground.world.lines)}`);
      return browser;
    },
  } as LoginGround;
  before(async () => {
    ground.provider = await startIdentityProvider(ORIGIN, PEOPLE);
  });
  after(() => ground.provider.stop());
  beforeEach(async () => {
    ground.keys = new KeyFolder();
    ground.world = await makeWorld(ground);
  });
  afterEach(() => {
    ground.keys.remove();
    ground.provider.tamper(undefined);
    ground.provider.down = false;
  });
  return ground;
}

/** The token that forms of the console's pages carry. */
export const csrfOf = async (browser: CookieBrowser): Promise<string> =>
  /name="csrf" value="([^"]+)"/.exec(await (await browser.open("/")).text())?.[1] ?? "";

export const statusOf = async (browser: CookieBrowser, path = "/"): Promise<number> =>
  (await browser.open(path)).status;
