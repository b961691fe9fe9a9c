/** Asks a console: over a port, or in memory. */
export type Ask = (request: Request) => Response | Promise<Response>;

/** A browser without a screen: keeps the cookies of each host, and follows no redirect by itself. */
export class CookieBrowser {
  private readonly jars = new Map<string, Map<string, string>>();

  /**
   * @param origin of the console, which is asked in memory
   */
  constructor(
    readonly origin: string,
    private readonly ask: Ask,
  ) {}

  /** Cookies of a host, to look at, copy and change. */
  cookies(origin = this.origin): Map<string, string> {
    const jar = this.jars.get(origin) ?? new Map<string, string>();
    this.jars.set(origin, jar);
    return jar;
  }

  /** One request to the console or to another host. */
  async open(address: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, this.origin);
    const jar = this.cookies(url.origin);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const request = new Request(url, { ...init, headers, redirect: "manual" });
    const response = url.origin === this.origin ? await this.ask(request) : await fetch(request);
    for (const line of response.headers.getSetCookie()) keep(jar, line);
    return response;
  }

  /** Posts a form as a page of the console does. */
  post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    return this.open(path, { method: "POST", body: new URLSearchParams(form), headers });
  }

  /**
   * Goes from a page of the console to the provider, logs in there, and stops in front of the way back.
   *
   * @returns the address of the callback that the provider leads to
   */
  async loginAtProvider(login: string, from = "/login"): Promise<string> {
    let response = await this.open(from);
    for (let steps = 0; steps < 12; steps += 1) {
      const next = new URL(response.headers.get("location") ?? "", response.url === "" ? this.origin : response.url);
      if (next.origin === this.origin && next.pathname === "/login/callback") return next.href;
      response = await this.open(next.href);
      if (response.status !== 200) continue;
      const action = /action="([^"]+)"/.exec(await response.text())?.[1] ?? "";
      response = await this.open(new URL(action, next).href, {
        method: "POST",
        body: new URLSearchParams({ prompt: "login", login, password: "any" }),
      });
    }
    throw new Error("the provider does not lead back");
  }

  /** Logs in from first to last. @returns the answer to the callback */
  async login(login: string, from?: string): Promise<Response> {
    return this.open(await this.loginAtProvider(login, from));
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = ""] = line.split(";");
  const at = pair.indexOf("=");
  const name = pair.slice(0, at);
  if (/;\s*max-age=0(?:;|$)/i.test(line) || /;\s*expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
  else jar.set(name, pair.slice(at + 1));
}
