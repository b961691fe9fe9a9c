import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smoke as smokeCommand, type SmokeOptions } from "../../../src/cli/registry/smoke";
import type { AccessRow } from "../../../src/domain/identity/accessMatrix";
import type { AccessAction } from "../../../src/domain/identity/roles";
import type { ImageClass } from "../../../src/domain/image/imageClass";
import type { StageOutputs } from "../../../src/outputs";
import { describeWith, startDistribution, startTokenRealm, type TestRegistry } from "../../support/registries";
import type { Action, Grant } from "../../support/registries/grants";
import { outputsFor } from "../../support/release/outputsFor";
import { captureIo, runCommand } from "../../support/io";

const PASSWORD = "the password of a test";
const all = (...actions: Action[]): Grant[] => [{ repository: /.*/, actions }];
/** Whom the realms of the two registries know, and what each lets them do; `careless` has more than the matrix says. */
const RIGHTS: Record<string, Record<ImageClass, Grant[]>> = {
  publish: { secure: all("pull", "push"), standard: [] },
  sweep: { secure: all("pull", "delete"), standard: all("pull", "delete") },
  preview: { secure: [], standard: [] },
  "shop-pull": { secure: [{ repository: /orders\/api/, actions: ["pull"] }], standard: [] },
  careless: { secure: all("pull", "push"), standard: all("pull", "push") },
  barred: { secure: all("pull"), standard: [] },
};
const line = (who: string, registry: ImageClass, actions: AccessAction[], repositories = ["*"]): AccessRow => ({
  ...{ who, kind: repositories[0] === "*" ? "identity" : "token", purpose: "publish", stage: "qa", registry, actions },
  ...{ repositories, assumedBy: [] },
});
const MATRIX: AccessRow[] = [
  line("publish", "secure", ["list", "pull", "push"]),
  line("sweep", "secure", ["delete", "list", "pull"]),
  line("sweep", "standard", ["delete", "list", "pull"]),
  { ...line("preview", "secure", [], []), on: "resource-group" },
  line("shop-pull", "secure", ["pull"], ["orders/api"]),
  line("careless", "secure", ["list", "pull", "push"]),
  line("barred", "secure", ["list", "pull", "push"]),
];

interface Summary {
  who: string;
  wrong: number;
  checks: {
    registry: ImageClass;
    repository: string;
    action: AccessAction;
    found: string;
    fine: boolean;
    left?: string;
  }[];
}

describeWith(["docker-registry"], "dualreg registry smoke --as", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-smoke-"));
  const registries = {} as Record<ImageClass, TestRegistry>;
  before(async () => {
    for (const of of ["secure", "standard"] as const) {
      const users = Object.entries(RIGHTS).map(([username, grants]) => ({
        username,
        password: PASSWORD,
        grants: grants[of],
      }));
      registries[of] = await startDistribution({ auth: "token", realm: await startTokenRealm({ users }) });
    }
  });
  after(async () => {
    for (const registry of Object.values(registries)) {
      await registry.stop();
      await registry.realm?.stop();
    }
    rmSync(dir, { recursive: true, force: true });
  });

  function outputs(access = MATRIX): StageOutputs {
    const base = outputsFor({ stage: "qa", host: "", kind: "distribution", policy: { signature: false, signers: [] } });
    const { secure, standard } = base.registries;
    return {
      ...base,
      access,
      registries: {
        secure: { ...secure, loginServer: registries.secure.host },
        standard: { ...standard, loginServer: registries.standard.host },
      },
    };
  }

  const smoke = async (
    who: string,
    different: Partial<SmokeOptions> & { given?: StageOutputs; login?: string } = {},
  ) => {
    const { given = outputs(), login = who, ...options } = different;
    const file = join(dir, "outputs.json");
    writeFileSync(file, JSON.stringify(given));
    const auth = Buffer.from(`${login}:${PASSWORD}`).toString("base64");
    const hosts = [given.registries.secure.loginServer, given.registries.standard.loginServer];
    const auths = Object.fromEntries(hosts.map((host) => [host, { auth }]));
    writeFileSync(join(dir, "config.json"), JSON.stringify({ auths }), { mode: 0o600 });
    const asked: SmokeOptions = { as: who, stage: "qa", outputs: file, format: "json", ...options };
    const env = { DOCKER_CONFIG: dir, HOME: dir };
    const { code, ...said } = await runCommand((io) => smokeCommand.run(undefined, asked, io), env);
    assert.ok(!`${said.stdout}${said.stderr}`.includes(PASSWORD));
    const summary = said.stdout.startsWith("{")
      ? (JSON.parse(said.stdout) as Summary)
      : { who: "", wrong: -1, checks: [] };
    const found = Object.fromEntries(
      summary.checks.map(({ registry, repository, action, found: was }) => [
        `${registry} ${repository} ${action}`,
        was,
      ]),
    );
    return { code, ...said, ...summary, found };
  };

  it("S0-15 S1-2 smoke --as lets a publisher push to its own registry, and sees it denied everywhere else", async () => {
    const { code, found, checks, stderr } = await smoke("publish");
    assert.equal(code, 0, stderr);
    assert.equal(found["secure dualreg-smoke push"], "allowed");
    assert.equal(found["secure dualreg-smoke delete"], "denied");
    assert.equal(found["standard dualreg-smoke push"], "denied");
    assert.equal(found["standard dualreg-smoke pull"], "denied");
    const left = checks.find(({ action }) => action === "push")?.left ?? "";
    assert.match(left, new RegExp(`^${registries.secure.host}/dualreg-smoke@sha256:[0-9a-f]{64}$`));
  });

  it("S1-2 smoke --as knows an identity by its client id, which a workflow logs in with", async () => {
    const clientId = "00000000-0000-0000-0000-0000000000c1";
    const identities = [{ name: "publish", purpose: "publish", class: "secure", clientId, principalId: "p" }] as const;
    const { code, who, found, stderr } = await smoke(clientId, {
      login: "publish",
      given: { ...outputs(), identities },
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual([who, found["secure dualreg-smoke push"]], ["publish", "allowed"]);
  });

  it("S1-2 smoke --as lets whoever deletes delete and not push, and leaves nothing", async () => {
    const { code, found, checks, stderr } = await smoke("sweep");
    assert.equal(code, 0, stderr);
    assert.equal(found["standard dualreg-smoke delete"], "allowed");
    assert.equal(found["standard dualreg-smoke push"], "denied");
    assert.ok(checks.every(({ left }) => left === undefined));
  });

  it("S0-4 S1-2 smoke --as keeps a token to its repositories, and to pulling", async () => {
    const { code, found, stderr } = await smoke("shop-pull");
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      [found["secure orders/api pull"], found["secure orders/api push"], found["secure orders/console pull"]],
      ["allowed", "denied", "denied"],
    );
  });

  it("S1-2 smoke --as denies everything to who may read settings only", async () => {
    const { code, checks } = await smoke("preview");
    assert.equal(code, 0);
    assert.ok(checks.length > 0 && checks.every(({ found }) => found === "denied"));
  });

  it("S0-15 smoke --as ends with 1 where a right is there that the matrix has not, or not there", async () => {
    const wide = await smoke("careless", { format: "text" });
    assert.equal(wide.code, 1);
    assert.match(wide.stdout, /^WRONG push .*: allowed, and must be denied/m);
    assert.match(wide.stdout, /careless at qa: \d+ tried, [23] not as the access matrix says$/m);
    const narrow = await smoke("barred", { format: "text" });
    assert.equal(narrow.code, 1);
    assert.match(narrow.stdout, /^WRONG push .*: denied, and must be allowed: .*push/m);
  });

  it("S1-3 smoke --as takes a wrong login for no proof where anything must succeed", async () => {
    const { code, checks } = await smoke("publish", { login: "nobody" });
    assert.equal(code, 1);
    assert.ok(checks.some(({ action, fine }) => action === "pull" && !fine));
  });

  it("smoke --as takes no answer for no refusal", async () => {
    const given = outputs();
    const { standard } = given.registries;
    const gone = { ...given.registries, standard: { ...standard, loginServer: "localhost:9" } };
    const { code, stderr } = await smoke("publish", { given: { ...given, registries: gone } });
    assert.equal(code, 2);
    assert.match(stderr, /REGISTRY_UNAVAILABLE/);
  }).timeout(120_000);

  it("smoke refuses whom the matrix does not know, another stage, and half of each way to ask", async () => {
    assert.match(
      (await smoke("who")).stderr,
      /CONFIG_INVALID --as "who" is not in the access matrix; allowed: publish, sweep/,
    );
    assert.match((await smoke("publish", { stage: "prod" })).stderr, /CONFIG_INVALID --stage "prod"/);
    const { io } = captureIo();
    await assert.rejects(smokeCommand.run("a.example/x", { format: "json", as: "publish" }, io), /not a part of both/);
    await assert.rejects(smokeCommand.run(undefined, { format: "json", stage: "qa" }, io), /host\/path/);
  });
});
