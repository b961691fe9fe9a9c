import assert from "node:assert/strict";
import type { StageOutputs } from "../../src/outputs";
import { GROUP, identity, outputs, PULL, PUSH, ReviewGround } from "../support/azure/reviewGround";
import { failure } from "../support/azure/standIn";
import { outputsFor } from "../support/release/outputsFor";

describe("dualreg access review", () => {
  let ground: ReviewGround;
  beforeEach(async () => {
    ground = await ReviewGround.begin();
  });
  afterEach(() => ground.end());

  it("S1-23 access review ends with 0 where roles and tokens are what the matrix says", async () => {
    const { code, found, stderr } = await ground.run();
    assert.deepEqual([code, found, stderr], [0, [], ""]);
  });

  it("S1-23 access review reads every page, and ends with 1 for each right that the matrix does not know", async () => {
    for (const name of ["2", "3", "4", "5"]) {
      ground.api.assignments.push({
        name,
        principalId: `stranger-${name}`,
        role: PULL,
        scope: ground.registry.id,
        principalType: "User",
      });
      ground.registry.tokens.push({ name: `old-${name}`, scopeMap: `old-${name}` });
      ground.registry.scopeMaps[`old-${name}`] = { actions: [] };
    }
    const { code, found } = await ground.run();
    assert.equal(code, 1);
    for (const name of ["2", "3", "4", "5"]) {
      assert.ok(found.includes(`extra stranger-${name}`) && found.includes(`extra old-${name}`), found.join());
    }
    assert.ok(ground.standIn.seen.some(({ query }) => query.get("$skiptoken") === "4"));
  });

  it("S1-23 access review finds an admin user, anonymous pulls, what is missing, and a token nobody uses", async () => {
    ground.registry.adminUserEnabled = true;
    ground.registry.anonymousPullEnabled = true;
    ground.api.assignments.length = 0;
    ground.workspace.events.splice(1, 1);
    const { code, found } = await ground.run();
    assert.equal(code, 1);
    assert.deepEqual(found, ["setting admin user", "setting anonymous pull", "missing id-publish", "stale shop-pull"]);
  });

  it("S1-23 access review lists a stale token, which alone is no difference", async () => {
    ground.workspace.events.splice(1, 1);
    const { code, found } = await ground.run();
    assert.deepEqual([code, found], [0, ["stale shop-pull"]]);
    assert.deepEqual((await ground.run({ staleDays: 150 })).found, []);
  });

  it("S0-15 access review finds an inherited right to push, and shows an inherited owner", async () => {
    ground.api.assignments.push({
      name: "2",
      principalId: "admins",
      role: "owner",
      scope: GROUP,
      principalType: "Group",
    });
    const shown = await ground.run();
    assert.deepEqual([shown.code, shown.found], [0, ["inherited admins"]]);
    ground.api.assignments.push({
      name: "3",
      principalId: "ci",
      role: PUSH,
      scope: "/subscriptions/11111111-1111-4111-8111-111111111111",
    });
    assert.equal((await ground.run()).code, 1);
  });

  it("S0-15 access review knows the next stage's promotion by that stage's outputs, and no other product's", async () => {
    ground.api.assignments.push({ name: "2", principalId: "principal-9", role: PULL, scope: ground.registry.id });
    assert.deepEqual((await ground.run()).found, ["extra principal-9"]);
    const row = { who: "id-promote", kind: "identity" as const, purpose: "promote" as const, stage: "qa" as const };
    const access = [
      {
        ...row,
        registry: "secure" as const,
        actions: ["pull" as const],
        repositories: ["*"],
        role: "AcrPull",
        assumedBy: [],
      },
    ];
    const policy = { signature: false, signers: [] };
    const uat = { ...outputsFor({ stage: "uat", host: "a.azurecr.io", kind: "acr", policy }), access };
    const others = [ground.file("uat.json", { ...uat, identities: [identity("id-promote", "principal-9")] })];
    assert.deepEqual((await ground.run({ others })).found, []);
    const foreign = [ground.file("foreign.json", { ...uat, product: "other" })];
    assert.match(
      (await ground.run({ others: foreign })).stderr,
      /CONFIG_INVALID --others .*allowed: other stages of "orders"/,
    );
  });

  it("S1-23 access review prints a table and Markdown in which a hostile name stays a name", async () => {
    const hostile = "x|y\n| a <img src=x> [l](http://e)\u202e";
    ground.registry.tokens.push({ name: hostile, scopeMap: "none" });
    const { stdout } = await ground.run({ format: "markdown" });
    const line = stdout.split("\n").find((one) => one.includes("img")) ?? "";
    assert.equal(line.split(/(?<!\\)\|/).length, 7, line);
    assert.doesNotMatch(line, /(?<!\\)<img|\u202e|(?<!\\)\[l/);
    const table = await ground.run({ format: "table" });
    assert.match(table.stdout, /^! +secure +extra +x\|y\\u000a\| a <img/m);
    assert.match(table.stdout, /qa: 1 difference from the access matrix \(secure: 1 role assignments, 2 tokens/);
    assert.match(table.stdout, /standard: only named, nothing to compare/);
  });

  it("access review ends with 2 where anything cannot be read whole: a part is no review", async () => {
    ground.standIn.answerNext(({ path }) => path.endsWith("/tokens"), failure(403, "AuthorizationFailed", "no right"));
    assert.match(
      (await ground.run()).stderr,
      /^REGISTRY_AUTH Tokens of ordersqasecure: Azure answered 403 "AuthorizationFailed"/,
    );
    ground.standIn.answerNext(
      ({ path }) => path.endsWith("/roleAssignments"),
      ...Array.from({ length: 4 }, () => failure(500, "Oops", "broken")),
    );
    assert.equal((await ground.run()).code, 2);
    ground.workspace.partial = "too much";
    assert.match((await ground.run()).stderr, /Nothing was compared: .*a partial answer/);
    ground.workspace.partial = undefined;
    ground.api.registries.length = 0;
    const gone = await ground.run();
    assert.deepEqual([gone.code, gone.stdout], [2, ""]);
  });

  it("access review waits as a 429 says, and goes on", async () => {
    ground.standIn.answerNext(
      ({ path }) => path.endsWith("/scopeMaps"),
      failure(429, "Throttled", "wait", { "retry-after": "1" }),
    );
    ground.standIn.answerNext(({ path }) => path.endsWith("/roleAssignments"), failure(503, "Busy", "again"));
    assert.equal((await ground.run()).code, 0);
  });

  it("access review refuses outputs of another stage, without a matrix, and days that are none", async () => {
    assert.match(
      (await ground.run({ stage: "prod" })).stderr,
      /CONFIG_INVALID --stage "prod": the outputs are those of qa/,
    );
    const without: { -readonly [Key in keyof StageOutputs]?: StageOutputs[Key] } = outputs();
    delete without.access;
    assert.match(
      (await ground.run({ outputs: ground.file("old.json", without) })).stderr,
      /holds no access matrix; run `pulumi up`/,
    );
    const { registries } = outputs();
    const secure = { ...registries.secure, id: "/subscriptions/../evil" };
    const odd = ground.file("odd.json", { ...outputs(), registries: { ...registries, secure } });
    assert.match((await ground.run({ outputs: odd })).stderr, /CONFIG_INVALID registries.secure.id: .* is no ARM id/);
  });
});
