import { DualRegistryError } from "../../errors";
import { quoted } from "../../boundedFile";
import { Github, type RepositoryName } from "./client";

type Variables = Readonly<Record<string, string | undefined>>;

const NAME = /^([A-Za-z0-9][A-Za-z0-9-]{0,38})\/([A-Za-z0-9._-]{1,100})$/;

/**
 * Reads `owner/name`.
 *
 * @param where names the place it stands in, for the message
 * @throws DualRegistryError USAGE
 */
export function readRepositoryName(text: string, where: string): RepositoryName {
  const [, owner, name] = NAME.exec(text) ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name };
  throw new DualRegistryError("USAGE", `${where}: ${quoted(text)}: allowed: owner/name, such as company/orders`);
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

function urlOf(env: Variables): string | undefined {
  const text = env["GITHUB_API_URL"] ?? "";
  if (text === "") return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname))) {
    return text.replace(/\/+$/, "");
  }
  throw new DualRegistryError(
    "USAGE",
    `GITHUB_API_URL: ${quoted(text)}: allowed: an https address, such as https://api.github.com`,
  );
}

/**
 * GitHub as the environment names it: GITHUB_TOKEN or GH_TOKEN, and GITHUB_API_URL where it is not the public one.
 *
 * @throws DualRegistryError GITHUB_AUTH without a token, USAGE for an address that is none
 */
export function githubFromEnvironment(
  env: Variables,
  repository: RepositoryName,
  onWait: (line: string) => void,
): Github {
  const token = [env["GITHUB_TOKEN"], env["GH_TOKEN"]].find((value) => (value ?? "") !== "");
  if (token === undefined) {
    throw new DualRegistryError("GITHUB_AUTH", "No login to GitHub; put a token in GITHUB_TOKEN");
  }
  const url = urlOf(env);
  return new Github({ repository, token, onWait, ...(url === undefined ? {} : { url }) });
}
