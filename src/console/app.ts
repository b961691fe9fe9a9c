import { Hono, type MiddlewareHandler } from "hono";
import type { Catalog } from "./model";

/** Who asks, and what they may see. */
export interface Visitor {
  readonly kind: "person" | "machine" | "anonymous";
  /** For the log and the page's corner. */
  readonly name: string;
  /** Whether a repository may be shown to them; what may not is "not found". */
  readonly mayRead: (repository: string) => boolean;
  /** The form that ends a person's session: it posts `csrf` to `action`. Absent for everyone else. */
  readonly signOut?: { readonly action: string; readonly csrf: string };
}

/** What a request carries from the middleware to the routes. */
export interface ConsoleEnv {
  Variables: {
    visitor: Visitor;
    requestId: string;
  };
}

/** Who comes in: its own routes (login, callback, logout) and what stands before every other. */
export interface Access {
  readonly routes: Hono<ConsoleEnv>;
  /** Sets `visitor`, or answers: a redirect to the login for a page, 401 or 403 for the API. */
  readonly authenticate: MiddlewareHandler<ConsoleEnv>;
}

/** What the console is made of; everything that touches the network, the clock or a log comes in here. */
export interface ConsoleParts {
  readonly catalog: Catalog;
  readonly access: Access;
  /** Routes below `/api/v1`. */
  readonly api: Hono<ConsoleEnv>;
  /** Style and script of the pages, which the login's pages have too. */
  readonly assets: Hono<ConsoleEnv>;
  /** What registries post; it has a secret of its own. */
  readonly hooks?: Hono<ConsoleEnv>;
  /** The pages, from `/` on. */
  readonly pages: Hono<ConsoleEnv>;
  /** Stands before everything, in this order: request id and log, traces and metrics, security headers. */
  readonly before: readonly MiddlewareHandler<ConsoleEnv>[];
  /** Stands before everything but the probes: visitors of one address take nobody's probe. */
  readonly limit: MiddlewareHandler<ConsoleEnv>;
  /** `/healthz`, `/readyz`, `/metrics`: without a login, and nothing of an image in them. */
  readonly probes: Hono<ConsoleEnv>;
}

/** The console as a function from request to answer: it opens no port. */
export function consoleApp({
  access,
  api,
  assets,
  hooks,
  pages,
  before,
  limit,
  probes,
}: Omit<ConsoleParts, "catalog">): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  for (const middleware of before) app.use(middleware);
  app.route("/", probes);
  app.use(limit);
  app.route("/", assets);
  if (hooks !== undefined) app.route("/", hooks);
  app.route("/", access.routes);
  app.use("/*", access.authenticate);
  app.route("/api/v1", api);
  app.route("/", pages);
  return app;
}
