import { LOGIN_PATH, LOGOUT_PATH } from "./settings";

/** Characters of the path as it is written: it stands in a cookie, and a browser keeps some of those. */
const LONGEST = 1_000;
/** Any host: only what is a path below it counts. */
const BASE = "https://console.invalid";

/**
 * The path of this console that a login goes back to. Browsers read backslashes as slashes, drop tabs and line feeds, and
 * take `//host` for another host; so what is wanted is read as they read it, and what comes out is written anew.
 *
 * @returns path and query; `/` for everything that leads elsewhere, or to the login itself
 */
export function returnPath(wanted: string | undefined): string {
  if (wanted === undefined || wanted.length > LONGEST || !wanted.startsWith("/")) return "/";
  const url = URL.canParse(wanted, BASE) ? new URL(wanted, BASE) : undefined;
  if (url === undefined || url.origin !== BASE || url.username !== "" || url.password !== "") return "/";
  if (url.pathname.startsWith("//")) return "/";
  const below = (path: string) => url.pathname === path || url.pathname.startsWith(`${path}/`);
  const path = `${url.pathname}${url.search}`;
  return below(LOGIN_PATH) || below(LOGOUT_PATH) || path.length > LONGEST ? "/" : path;
}
