import { DualRegistryError } from "../../errors";
import { quoted, shownUrl } from "../http/quote";
import { isLoopback } from "../reference";

/**
 * The address of a token server, as a registry names it. It may be on another host, but what goes there is a
 * credential: never in the clear, but from loopback to loopback.
 *
 * @param host the registry's
 * @throws DualRegistryError REGISTRY_AUTH
 */
export function parseRealm(realm: string | undefined, host: string): URL {
  const refuse = (shown: string, why: string): never => {
    throw new DualRegistryError(
      "REGISTRY_AUTH",
      `Registry ${host}: it sends us to ${shown} for a token: ${why}; nothing was sent there; ` +
        `allowed: an https address; ask whoever runs the registry`,
    );
  };
  if (realm === undefined || !URL.canParse(realm)) return refuse(quoted(realm ?? ""), "that is no address");
  const url = new URL(realm);
  const shown = quoted(shownUrl(url));
  if (url.username !== "" || url.password !== "") return refuse(shown, "the address holds a user or password");
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && isLoopback(url.host) && isLoopback(host)) return url;
  return refuse(shown, "a credential must not go there in the clear");
}
