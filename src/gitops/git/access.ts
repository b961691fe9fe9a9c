import { lastWords } from "../../base/git";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { Secrets } from "../../base/text/redact";
import { type Forge, type GitOpsRepository, parseGitAddress } from "../../domain/gitops";

/** The variables of an environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that hold the token where the configuration names none; the first that is set. */
const TOKENS: Readonly<Record<Forge, readonly string[]>> = {
  github: ["GITHUB_TOKEN", "GH_TOKEN"],
  gitlab: ["GITLAB_TOKEN"],
};

/**
 * Users that go with a token over HTTPS. Sources: GitHub, "Authenticating as a GitHub App installation"; GitLab, "Clone
 * repository using personal access token".
 */
const USERS: Readonly<Record<Forge, string>> = { github: "x-access-token", gitlab: "oauth2" };

/** The names of the variables that a repository's token may stand in. */
export const tokenVariables = ({ forge, token }: GitOpsRepository): readonly string[] =>
  token === undefined ? TOKENS[forge] : [token];

/** The token for a repository; undefined where none is given. */
export const tokenOf = (repository: GitOpsRepository, env: Variables): string | undefined =>
  tokenVariables(repository)
    .map((name) => env[name])
    .find((value) => value !== undefined && value !== "");

/**
 * What every git of this room is told, by variables and never by arguments, which anybody on the machine may read:
 * the repository's own hooks and whatever else of it could run do not, only the protocol of its address is spoken,
 * nobody is asked for a password, a transfer that stands still ends, and a token goes to the repository's host alone.
 */
export function gitVariables(repository: GitOpsRepository, env: Variables): Record<string, string> {
  const address = parseGitAddress(repository.address);
  const token = tokenOf(repository, env);
  const web = address?.protocol === "https" || address?.protocol === "http";
  const settings: [string, string][] = [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["protocol.allow", "never"],
    [`protocol.${address?.protocol ?? "https"}.allow`, "always"],
    // A redirect would take the token along.
    ["http.followRedirects", "false"],
    ["http.lowSpeedLimit", "1000"],
    ["http.lowSpeedTime", "60"],
    ["gc.auto", "0"],
    ["advice.detachedHead", "false"],
  ];
  if (web && token !== undefined) {
    const login = Buffer.from(`${USERS[repository.forge]}:${token}`).toString("base64");
    settings.push([`http.${address.protocol}://${address.host}/.extraHeader`, `Authorization: Basic ${login}`]);
  }
  const given = Number(env["GIT_CONFIG_COUNT"] ?? 0);
  const first = Number.isInteger(given) && given > 0 ? given : 0;
  return {
    GIT_CONFIG_COUNT: String(first + settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${first + at}`, key],
        [`GIT_CONFIG_VALUE_${first + at}`, value],
      ]),
    ),
    GIT_TERMINAL_PROMPT: "0",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_SSH_COMMAND: env["GIT_SSH_COMMAND"] ?? "ssh -oBatchMode=yes -oConnectTimeout=30",
    GIT_AUTHOR_NAME: env["GIT_AUTHOR_NAME"] ?? "dualreg",
    GIT_AUTHOR_EMAIL: env["GIT_AUTHOR_EMAIL"] ?? "dualreg@localhost",
    GIT_COMMITTER_NAME: env["GIT_COMMITTER_NAME"] ?? "dualreg",
    GIT_COMMITTER_EMAIL: env["GIT_COMMITTER_EMAIL"] ?? "dualreg@localhost",
  };
}

/** What no message about a repository may repeat. */
export function secretsOfRepository(repository: GitOpsRepository, env: Variables): Secrets {
  const token = tokenOf(repository, env);
  const secrets = new Secrets();
  if (token !== undefined) {
    secrets.add(token, Buffer.from(`${USERS[repository.forge]}:${token}`).toString("base64"));
  }
  return secrets;
}

const DENIED =
  /authentication failed|could not read (?:username|password)|permission denied|access denied|not authorized|returned error: 40[13]|terminal prompts disabled|you are not allowed/i;
const REFUSED = /\[(?:remote )?rejected\]|pre-receive hook declined|protected branch|stale info|non-fast-forward/i;

/**
 * The error of a git that failed, by its own words.
 *
 * @param what was tried, as a sentence begins: `Cannot push "dualreg/x"`
 */
export function gitError(
  what: string,
  error: unknown,
  repository: GitOpsRepository,
  secrets: Secrets,
): DualRegistryError {
  const words = secrets.scrub(lastWords(error));
  const cause = secrets.scrubError(error);
  const text = `${what} (${repository.address}): git says ${quoted(words, 700)}`;
  const fail = (code: ConstructorParameters<typeof DualRegistryError>[0], advice: string) =>
    new DualRegistryError(code, `${text}; ${advice}`, { cause });
  if (/stale info/i.test(words)) return fail("GIT_REFUSED", "the branch moved meanwhile: run it again");
  if (REFUSED.test(words)) return fail("GIT_REFUSED", "nothing was changed; let the branches dualreg/* through");
  if (DENIED.test(words)) {
    const names = tokenVariables(repository).join(" or ");
    return fail("GIT_AUTH", `give a token that may push in ${names}, or set up git's own login for it`);
  }
  return fail("GIT_UNAVAILABLE", "see whether the address is right and reachable from here, and try again");
}
