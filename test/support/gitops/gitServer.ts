import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { type LoopbackServer, startHttp } from "../registries/httpServer";
import type { BareRepository } from "./bareRepository";

/** git's own server over HTTP, which takes one login alone, and tells where else a request was sent. */
export interface GitServer extends LoopbackServer {
  address: string;
  /** The logins that came, by user and password. */
  logins: string[];
}

/**
 * Serves a repository by `git http-backend`. Source: git-http-backend(1), which takes a request as CGI has it.
 *
 * @param login `user:password`
 */
export async function startGitServer(repository: BareRepository, login: string): Promise<GitServer> {
  const backend = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");
  repository.git("config", "http.receivepack", "true");
  const logins: string[] = [];
  const server = await startHttp(async (request, response) => {
    const given = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (given !== undefined) logins.push(Buffer.from(given, "base64").toString());
    if (given === undefined || Buffer.from(given, "base64").toString() !== login) {
      response.writeHead(given === undefined ? 401 : 403, { "www-authenticate": 'Basic realm="git"' }).end("denied");
      return;
    }
    const url = new URL(request.url ?? "/", "http://localhost");
    const env = {
      ...{ PATH: process.env["PATH"] ?? "", GIT_PROJECT_ROOT: join(repository.folder, ".."), GIT_HTTP_EXPORT_ALL: "1" },
      ...{ PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), REQUEST_METHOD: request.method ?? "GET" },
      ...{ CONTENT_TYPE: request.headers["content-type"] ?? "", REMOTE_USER: "someone", REMOTE_ADDR: "127.0.0.1" },
      ...{ HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "" },
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    };
    const child = spawn(backend, [], { env, stdio: ["pipe", "pipe", "ignore"] });
    request.pipe(child.stdin);
    const parts: Buffer[] = [];
    for await (const part of child.stdout) parts.push(part as Buffer);
    const whole = Buffer.concat(parts);
    const end = whole.indexOf("\r\n\r\n");
    const headers = whole.subarray(0, end).toString().split("\r\n");
    const fields = headers.map((line) => line.split(": ") as [string, string]);
    const status = Number(fields.find(([name]) => name === "Status")?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(fields.filter(([name]) => name !== "Status")));
    response.end(whole.subarray(end + 4));
  });
  return { ...server, logins, address: `http://${server.host}/deploy.git` };
}
