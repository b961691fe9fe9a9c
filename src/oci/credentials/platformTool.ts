import { DualRegistryError } from "../../base/errors";
import { isAzureHost, isGitHubHost, isGoogleHost, parseEcrHost, tokenUserOf } from "../../base/registryHost";
import { quoted } from "../../base/text/quote";
import type { Credential } from "../auth/credential";
import { runBounded } from "../../base/boundedProcess";
import type { Environment } from "./environment";

/** A name with a token. */
type BasicCredential = Extract<Credential, { kind: "basic" }>;

/** A platform's own command that prints a token for a registry. */
interface PlatformTool {
  command: string;
  args: readonly string[];
  /** How people log in to the tool itself. */
  login: string;
}

/**
 * Sources: AWS CLI, `ecr get-login-password`; gcloud, `auth print-access-token`; Azure CLI, `acr login --expose-token`; GitHub
 * CLI, `auth token`.
 */
function toolOf(host: string): PlatformTool | undefined {
  const ecr = parseEcrHost(host);
  if (ecr) {
    const args = ["ecr", "get-login-password", "--region", ecr.region];
    return { command: "aws", args, login: "aws sso login, or aws configure" };
  }
  if (isGoogleHost(host)) {
    const args = ["auth", "print-access-token"];
    return { command: "gcloud", args, login: "gcloud auth login" };
  }
  if (isAzureHost(host)) {
    const [name = "", hash] = (host.split(".")[0] ?? "").split("-");
    // Without the hash the token would go to whoever has the plain name.
    const suffix = hash === undefined ? [] : ["--suffix", hash];
    const expose = ["--expose-token", "--query", "accessToken", "--output", "tsv"];
    const args = ["acr", "login", "--name", name, ...suffix, ...expose];
    return { command: "az", args, login: "az login" };
  }
  if (!isGitHubHost(host)) return undefined;
  const args = ["auth", "token", "--hostname", "github.com"];
  return { command: "gh", args, login: "gh auth login --scopes write:packages" };
}

/**
 * A login by the command line of the platform that a host belongs to: `aws`, `gcloud`, `az` or `gh`, as it is logged in on
 * this machine. The token goes to the host alone, whose form is compared whole.
 *
 * @param timeout milliseconds until the tool is ended; it may ask for a login in a browser, and nobody answers here
 * @throws DualRegistryError USAGE for a host of no platform, REGISTRY_AUTH where the tool is missing or gives no token
 */
export async function toolLogin(host: string, env: Environment, timeout = 30_000): Promise<BasicCredential> {
  const tool = toolOf(host);
  if (tool === undefined) {
    throw new DualRegistryError(
      "USAGE",
      `${quoted(host)} is of no platform that has a command line; allowed: hosts of ACR, ECR, Artifact Registry and ghcr.io; ` +
        "for others give --username and --password-stdin",
    );
  }
  const { command, args, login } = tool;
  const shown = [command, ...args].join(" ");
  const failed = (why: string, todo: string) =>
    new DualRegistryError("REGISTRY_AUTH", `${host}: ${quoted(shown)} gave no token: ${why}; ${todo}`);
  const ended = await runBounded({ command, args, env, timeout });
  if ("missing" in ended) throw failed(`${command} cannot be started`, `install it where PATH finds it`);
  if ("stopped" in ended) throw failed(ended.stopped, `run it by hand, and log in with: ${login}`);
  if (ended.code !== 0) throw failed(`it ended with ${ended.code}`, `log in with: ${login}`);
  const password = ended.output.toString().trim();
  // A token is one word; anything else is a page or a warning, and would be sent as a password.
  if (!/^[\x21-\x7e]+$/.test(password)) throw failed("it printed something else", "run it by hand to see what");
  return { kind: "basic", username: tokenUserOf(host) ?? "", password, from: shown };
}
