import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { GitProject, projectFiles } from "../../support/gitProject";

const BINARY = resolve(__dirname, "../../../bin/dualreg.js");

/** What a job, a shell or a developer has in the environment, and no previewed program may be given. */
const VARIABLES = [
  ...["GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"],
  ...["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_CACHE_URL"],
  ...["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_CONFIG_DIR"],
  ...[
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_OIDC_TOKEN",
    "ARM_OIDC_REQUEST_TOKEN",
    "ARM_ACCESS_KEY",
    "ARM_SAS_TOKEN",
  ],
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE"],
  ...[
    "GOOGLE_APPLICATION_CREDENTIALS",
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
    "npm_config__authToken",
    "NPM_CONFIG_USERCONFIG",
  ],
  ...["SSH_AUTH_SOCK", "GPG_AGENT_INFO", "DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "KUBECONFIG", "COSIGN_PASSWORD"],
  ...["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_BACKEND_URL", "DUALREG_NOTIFY_URL", "VAULT_TOKEN"],
];

/** A program that tells all it was given, wherever it can: standard error, a resource's input, the outputs, its error. */
const teller = (text: string, fails: boolean) => `const pulumi = require("@pulumi/pulumi");
const fs = require("node:fs"), os = require("node:os"), path = require("node:path");
const home = fs.readdirSync(os.homedir()).map((name) => path.join(os.homedir(), name));
const told = JSON.stringify({ text: ${JSON.stringify(text)}, env: process.env, home, args: process.argv });
console.error(told);
new pulumi.ComponentResource("sample:index:Thing", "thing", { told });
exports.told = told;
${fails ? "throw new Error(told);" : ""}
`;

describe("a fork's program under the offline preview", () => {
  const home = mkdtempSync(join(tmpdir(), "dualreg-home-"));
  const projects: GitProject[] = [];
  before(() => {
    mkdirSync(join(home, "sentinel-folder"));
    writeFileSync(join(home, "sentinel-folder", "token"), "sentinel-file");
  });
  after(() => {
    rmSync(home, { recursive: true });
    for (const each of projects) each.remove();
  });

  const preview = (folder: string, ...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((done) => {
      const sentinels = Object.fromEntries(VARIABLES.map((name, at) => [name, `sentinel-${at}-of-forty`]));
      const git = { GIT_CONFIG_NOSYSTEM: "1" };
      const env = { ...sentinels, ...git, PATH: process.env["PATH"], TMPDIR: tmpdir(), HOME: home, CI: "true" };
      const words = [BINARY, "preview", "--project", folder, "--format", "json", ...args];
      execFile(process.execPath, words, { env, cwd: folder }, (error, stdout, stderr) =>
        done({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  function project(base: string, head: string): GitProject {
    const one = new GitProject();
    projects.push(one);
    one.write({ ...projectFiles("old"), "index.js": base });
    one.commit();
    return one.write({ "index.js": head }).link();
  }

  const seesNothing = (text: string) => assert.doesNotMatch(text, /sentinel-/);

  it("neither the branch's program nor the base's is given one of forty variables, or the user's home (S0-11)", async () => {
    assert.ok(VARIABLES.length >= 40, String(VARIABLES.length));
    const { projectDir } = project(teller("the base", false), teller("the branch", false));
    const { stdout, stderr } = await preview(projectDir, "--base", "HEAD");
    assert.match(stdout, /the base/, stderr);
    assert.match(stdout, /the branch/);
    assert.match(stdout, /PULUMI_CONFIG/, "it told its environment");
    seesNothing(stdout);
    seesNothing(stderr);
  });

  it("nor is it told by a program that fails, whose last words are shown", async () => {
    const failing = teller("it fails", true);
    for (const [base, head] of [
      [failing, teller("x", false)],
      [teller("x", false), failing],
    ] as const) {
      const { code, stdout, stderr } = await preview(project(base, head).projectDir, "--base", "HEAD");
      assert.equal(code, 2, stdout);
      assert.match(stderr, /it fails/);
      seesNothing(stdout + stderr);
    }
  });

  it("a step that holds a credential all the same is warned, by its variables' names", async () => {
    const { stderr } = await preview(project("", teller("x", false)).projectDir);
    assert.match(stderr, /Warning: .*environment of this step, which holds .*GITHUB_TOKEN.*no credential/);
  });
});
