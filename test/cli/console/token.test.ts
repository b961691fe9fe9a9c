import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dualreg } from "../../../src/cli/program";
import { mostDays, runIssue, runList, runRevoke } from "../../../src/cli/console/token";
import type { StageOutputs } from "../../../src/outputs";
import { KeyVault } from "../../support/azure/keyVault";
import { Mint } from "../../support/azure/mint";
import { type StandIn, startStandIn } from "../../support/azure/standIn";
import { throughStandIn } from "../../support/azure/throughStandIn";
import { makeWorld } from "../../support/console/accessWorld";
import { runCommand } from "../../support/io";
import { outputsFor } from "../../support/release/outputsFor";

const VAULT = "https://kv-orders-qa.vault.azure.net/";
const token = (registry: "secure" | "standard", expiresAfterDays: number) => ({
  ...{ name: `${registry}-${expiresAfterDays}`, consumer: "app", registry, actions: [], expiresAfterDays },
});
const OUTPUTS: StageOutputs = {
  ...outputsFor({
    stage: "qa",
    host: "localhost:5000",
    kind: "distribution",
    policy: { signature: false, signers: [] },
  }),
  tokens: [token("secure", 30), token("secure", 60), token("standard", 120)],
  passwords: { vault: { id: "/subscriptions/x", uri: VAULT }, secrets: [] },
};

describe("dualreg console token", () => {
  let folder: string;
  let outputs: string;
  let azure: StandIn;
  let vault: KeyVault;
  let account: ReturnType<typeof throughStandIn>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "console-token-"));
    outputs = join(folder, "outputs.json");
    writeFileSync(outputs, JSON.stringify(OUTPUTS));
    const mint = new Mint();
    vault = new KeyVault(mint);
    azure = await startStandIn(vault.service);
    account = throughStandIn(azure.url, mint);
  });
  afterEach(async () => {
    await azure.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const issue = (
    name: string,
    repository: string[],
    more: { days?: number; format?: "text" | "json"; folder?: string } = {},
  ) => runCommand((io) => runIssue(name, { outputs, repository, format: "text", ...more }, io, account));
  const list = (format: "text" | "json" = "json") => runCommand((io) => runList({ outputs, format }, io, account));
  const revoke = (name: string) => runCommand((io) => runRevoke(name, { outputs, format: "text" }, io, account));

  it("issues, lists and revokes in the stage's vault, which a console reads; the token is on standard output alone (S0-4)", async () => {
    const issued = await issue("billing-report", ["orders/*"], { days: 10 });
    assert.equal(issued.code, 0, issued.stderr);
    assert.match(issued.stdout, /^drct_[\w-]{43}\n$/);
    assert.match(issued.stderr, /Token billing-report reads orders\/\* until \d{4}-/);
    const secret = issued.stdout.trim();
    assert.equal(issued.stderr.includes(secret), false);
    const world = await makeWorld({ settings: { machineTokens: { vault: VAULT } }, parts: { account } });
    assert.equal((await world.api(secret)).status, 200);
    const listed = await list();
    assert.equal(listed.stdout.includes(secret.slice(5)), false);
    const { tokens } = JSON.parse(listed.stdout) as {
      tokens: { name: string; state: string; repositories: string[] }[];
    };
    assert.deepEqual(
      tokens.map(({ name, state, repositories }) => [name, state, repositories]),
      [["billing-report", "active", ["orders/*"]]],
    );
    assert.equal((await revoke("billing-report")).code, 0);
    assert.match((await list("text")).stdout, /billing-report +revoked/);
    world.later(30_000);
    assert.equal((await world.api(secret)).status, 401);
    assert.deepEqual(vault.versions("console-token-billing-report").length, 2);
  });

  it("lets no token live longer than a password of the class it reads, the strictest of several (S0-4)", async () => {
    assert.equal(mostDays(OUTPUTS, ["orders/api"]), 60);
    assert.equal(mostDays(OUTPUTS, ["orders/web"]), 120);
    assert.equal(mostDays(OUTPUTS, ["orders/*"]), 60);
    assert.equal(mostDays({ ...OUTPUTS, tokens: [] }, ["orders/*"]), 90);
    const long = await issue("long", ["orders/api"], { days: 61 });
    assert.equal(long.code, 2);
    assert.match(long.stderr, /--days 61: allowed: at most 60/);
    const { expires } = JSON.parse((await issue("long", ["orders/api"], { format: "json" })).stdout) as {
      expires: string;
    };
    assert.equal(Math.round((Date.parse(expires) - Date.now()) / 86_400_000), 60);
  });

  it("refuses names and repositories that are none, and names in use; nothing is written", async () => {
    for (const name of ["Big", "a--b", "-a", "a/b", "../x", "a".repeat(61)]) {
      assert.match((await issue(name, ["orders/api"])).stderr, /USAGE Name .*allowed: small letters/, name);
    }
    for (const pattern of ["*", "orders/a*", "/orders", "Orders/api"]) {
      assert.match((await issue("a", [pattern])).stderr, /USAGE --repository .*allowed: a repository/, pattern);
    }
    assert.match((await issue("a", ["orders/api", "billing/*"])).stderr, /"billing\/\*": no repository of qa/);
    assert.equal(azure.seen.filter(({ method }) => method === "PUT").length, 0);
    await issue("a", ["orders/api"]);
    const again = await issue("a", ["orders/api"]);
    assert.deepEqual([again.code, again.stdout], [1, ""]);
    assert.match(again.stderr, /GATE_REFUSED Token "a" .* is active until/);
    assert.match((await revoke("b")).stderr, /NOT_FOUND Token "b" is not in/);
  });

  it("shows a record that cannot be read as such, ends with 1, and issues that name anew", async () => {
    vault.plant("console-token-broken", { value: "{}", contentType: "application/vnd.dualreg.console-token+json" });
    vault.plant("another-secret", { value: "{}" });
    const broken = await list("text");
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /broken +unreadable/);
    assert.equal(broken.stdout.includes("another"), false);
    assert.equal((await issue("broken", ["orders/api"])).code, 0);
    assert.equal((await list()).code, 0);
  });

  it("keeps tokens in a folder of this computer, by the whole command line", async () => {
    const tokens = join(folder, "tokens");
    const place = ["--outputs", outputs, "--folder", tokens];
    const run = (...args: string[]) => runCommand((io) => dualreg(["console", "token", ...args], io));
    const issued = await run("issue", "local", "--repository", "orders/api", "--days", "1", ...place);
    assert.equal(issued.code, 0, issued.stderr);
    assert.deepEqual(readdirSync(tokens), ["local.json"]);
    assert.match((await run("list", ...place)).stdout, /local +active/);
    assert.equal((await run("revoke", "local", ...place)).code, 0);
    assert.match((await run("list", ...place)).stdout, /local +revoked/);
    writeFileSync(outputs, JSON.stringify({ ...OUTPUTS, passwords: undefined }));
    assert.match((await run("list", "--outputs", outputs)).stderr, /name no vault; .*--folder/);
  });
});
