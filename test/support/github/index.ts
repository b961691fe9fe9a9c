import type { IncomingMessage, ServerResponse } from "node:http";
import { answerJson, readBody, startHttp } from "../registries/httpServer";
import { GithubError } from "./answers";
import { type Answer, ROUTES } from "./routes";
import { SETTINGS_ROUTES } from "./settings";
import { State } from "./state";

/** An answer that takes the place of the real one, for requests whose path matches, so many times. */
interface Fault {
  path: RegExp;
  times: number;
  status: number;
  message?: string;
  headers?: Readonly<Record<string, string>>;
  /** Milliseconds before it answers. */
  delay?: number;
}

/** GitHub's interface on this machine, for one repository: company/orders. */
export interface GithubStandIn {
  url: string;
  state: State;
  faults: Fault[];
  /** Method and path of everything that was asked. */
  asked: string[];
  /** What was asked that the stand-in does not know; a test wants it empty. */
  unknown: string[];
  stop(): Promise<void>;
}

/** Starts it. Tokens are those of the state; each route wants a permission of its own, as on GitHub. */
export async function startGithub(state = new State()): Promise<GithubStandIn> {
  const standIn = { state, faults: [] as Fault[], asked: [] as string[], unknown: [] as string[] };
  const server = await startHttp(async (request, response) => {
    try {
      await answer(standIn, request, response);
    } catch (error) {
      if (!(error instanceof GithubError)) throw error;
      answerJson(response, error.status, { message: error.message, documentation_url: "" }, { ...error.headers });
    }
  });
  return { ...standIn, url: `http://${server.host}`, stop: () => server.stop() };
}

type Inside = Omit<GithubStandIn, "url" | "stop">;

async function answer(inside: Inside, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { state, faults, asked, unknown } = inside;
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? ""}`);
  const method = request.method ?? "GET";
  asked.push(`${method} ${decodeURIComponent(url.pathname)}${url.search}`);
  const fault = faults.find(({ path, times }) => times > 0 && path.test(url.pathname));
  if (fault) {
    fault.times--;
    if (fault.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delay));
    throw new GithubError(fault.status, fault.message ?? "a fault", fault.headers);
  }
  const token = state.tokens.get(/^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "");
  if (!token) throw new GithubError(401, "Bad credentials");
  const found = [...(state.settings ? SETTINGS_ROUTES : []), ...ROUTES].find(
    (route) => route.method === method && route.pattern.test(url.pathname),
  );
  if (!found) {
    unknown.push(`${method} ${url.pathname}`);
    throw new GithubError(501, `the stand-in knows no ${method} ${url.pathname}`);
  }
  const [permission, level] = found.needs;
  const has = token.permissions[permission];
  if (permission !== "metadata" && has !== level && has !== "write") {
    const headers = { "x-accepted-github-permissions": `${permission}=${level}` };
    throw new GithubError(403, "Resource not accessible by integration", headers);
  }
  const body: unknown =
    method === "POST" || method === "PATCH" ? JSON.parse((await readBody(request)).toString()) : undefined;
  const path = (found.pattern.exec(url.pathname) ?? []).slice(1).map(decodeURIComponent);
  send(response, url, found.handle({ state, account: token.account, path, query: url.searchParams, body }));
}

function send(response: ServerResponse, url: URL, given: Answer): void {
  if ("value" in given) {
    if (given.status === 204) response.writeHead(204).end();
    else answerJson(response, given.status ?? 200, given.value);
    return;
  }
  const rows: readonly unknown[] = "list" in given ? given.list : given.commits.commits;
  const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
  const cursor = "list" in given && given.cursor === true;
  const from = cursor
    ? Number(url.searchParams.get("after") ?? 0)
    : (Number(url.searchParams.get("page") ?? 1) - 1) * size;
  const page = rows.slice(from, from + size);
  const headers: Record<string, string> = {};
  if (from + size < rows.length) {
    const next = new URL(url);
    next.searchParams.set(cursor ? "after" : "page", String(cursor ? from + size : from / size + 2));
    headers["link"] = `<${next.href}>; rel="next"`;
  }
  if ("commits" in given) answerJson(response, 200, { ...given.commits, commits: page, url: url.href }, headers);
  else if (given.under === undefined) answerJson(response, 200, page, headers);
  else answerJson(response, 200, { total_count: rows.length, [given.under]: page }, headers);
}
