import type { Variables } from "./environmentLogin";
import { ok, problem, skipped, type Finding } from "./finding";
import { whyNot, type Probe } from "./probe";

const ID = "github-login";
const INSTALL = "brew install gh  # or see the installation page of cli.github.com, then: gh auth login";

/** The variables gh reads a token from, in its order. */
const TOKENS = ["GH_TOKEN", "GITHUB_TOKEN"];

/** Is there a login to GitHub that gh can use? Tokens are named by their variable and never read. */
export async function checkGithubLogin(probe: Probe, env: Variables): Promise<Finding> {
  const variable = TOKENS.find((name) => (env[name] ?? "") !== "");
  const answer = await probe("gh", ["auth", "status", "--hostname", "github.com"]);
  if (answer.state === "missing") {
    return variable === undefined
      ? problem(ID, "the GitHub CLI (gh) is not on PATH, and there is no GITHUB_TOKEN", INSTALL)
      : skipped(ID, `${variable} is set, but what it may do is asked with gh, which is not on PATH`, INSTALL);
  }
  if (answer.state === "answered") return ok(ID, variable === undefined ? "gh is logged in" : `gh, with ${variable}`);
  return variable === undefined
    ? problem(ID, `gh is not logged in: ${whyNot(answer)}`, "gh auth login --hostname github.com")
    : problem(
        ID,
        `${variable} is refused: ${whyNot(answer)}`,
        `unset ${variable} && gh auth login --hostname github.com`,
      );
}
