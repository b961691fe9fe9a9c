import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { PROVIDER } from "../../src/components/passwords/tokenPasswords";
import {
  type TokenPasswordInputs,
  type TokenPasswordOutputs,
  TokenPasswordProvider,
} from "../../src/passwords/provider";
import { startPasswordWorld } from "../support/azure/passwordWorld";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const news: TokenPasswordInputs = {
  registryId: "/subscriptions/1/registry",
  loginServer: "ordersqasecure.azurecr.io",
  token: "shop-pull",
  vaultUri: "https://kv-orders-qa.vault.azure.net/",
  secretName: "orders-qa-shop-pull-secure",
  days: 30,
  rotate: "2026-10-01",
};
const olds: TokenPasswordOutputs = {
  ...news,
  slot: "password1",
  expiry: "2026-10-31T00:00:00.000Z",
  secretVersion: "1",
  secretUri: "https://kv-orders-qa.vault.azure.net/secrets/orders-qa-shop-pull-secure/1",
  rotated: "2026-10-01",
};

describe("TokenPasswordProvider", () => {
  // An account that fails whatever it is asked: what a preview calls must ask nobody.
  const offline = new TokenPasswordProvider({ credential: { getToken: () => Promise.reject(new Error("asked")) } });
  const diff = (changed: Partial<TokenPasswordInputs>, old: Partial<TokenPasswordOutputs> = {}) =>
    offline.diff("id", { ...olds, ...old }, { ...news, ...changed });
  const nothing = { changes: false, replaces: [], deleteBeforeReplace: false };

  it("diff finds no change where nothing changed (S0-4)", async () => assert.deepEqual(await diff({}), nothing));

  for (const [what, changed, old] of [
    ["a later date", { rotate: "2026-11-01" }, {}],
    ["another vault", { vaultUri: "https://kv-other.vault.azure.net/" }, {}],
    ["another secret", { secretName: "other" }, {}],
    ["other days", { days: 10 }, {}],
    ["a password that ended", {}, { slot: "" }],
    ["a leak", { leaked: "2026-10-01" }, {}],
    ["a later leak", { leaked: "2026-10-03" }, { leaked: "2026-10-02" }],
  ] as const) {
    it(`diff updates for ${what}, and replaces nothing`, async () => {
      assert.deepEqual(await diff(changed, old), { ...nothing, changes: true });
    });
  }

  it("diff takes an older date for none: an earlier commit that is deployed again ends no password in use", async () => {
    assert.deepEqual(await diff({ rotate: "2026-09-01" }), nothing);
    assert.deepEqual(await diff({ rotate: "" }), nothing);
    assert.deepEqual(await diff({}, { leaked: "2026-10-01" }), nothing);
    assert.deepEqual(await diff({ leaked: "2026-09-01" }, { leaked: "2026-10-01" }), nothing);
  });

  for (const key of ["registryId", "token"] as const) {
    it(`diff replaces for another ${key}`, async () => {
      assert.deepEqual(await diff({ [key]: "another" }), { ...nothing, changes: true, replaces: [key] });
    });
  }

  it("diff takes what a preview does not know for unchanged", async () => {
    const unknown = { registryId: UNKNOWN, loginServer: UNKNOWN, vaultUri: UNKNOWN };
    assert.deepEqual(await diff(unknown), nothing);
  });

  it("update without a rotation asks nobody, and counts other days from the next rotation on", async () => {
    const { outs } = await offline.update("id", olds, { ...news, days: 10 });
    assert.deepEqual(outs, { ...olds, days: 10 });
  });

  it("update after a leak ends what was before, and the same day asks for nothing again (S0-4)", async () => {
    const world = await startPasswordWorld();
    try {
      const provider = new TokenPasswordProvider(world.access);
      const inputs = { ...world.place, days: 30, rotate: "2026-10-01" };
      const { id, outs } = await provider.create(inputs);
      assert.ok(outs);
      const leaked = { ...inputs, leaked: "2026-10-05" };
      const update = await provider.update(id, outs, leaked);
      assert.ok(update.outs);
      assert.deepEqual(
        world.tokens.made.map((value) => world.tokens.accepts("shop-pull", value)),
        [false, true],
      );
      assert.deepEqual(await provider.diff(id, update.outs, leaked), nothing);
      assert.deepEqual(await provider.diff(id, update.outs, inputs), nothing, "the line may be taken out again");
      await provider.update(id, update.outs, { ...inputs, rotate: "2026-11-01" });
      assert.deepEqual(world.tokens.slots("shop-pull"), ["password1", "password2"], "an ordinary rotation again");
    } finally {
      await world.azure.stop();
    }
  });

  it("refresh finds a password that somebody ended, and the next update makes another (S0-4)", async () => {
    const world = await startPasswordWorld();
    try {
      const provider = new TokenPasswordProvider(world.access);
      const inputs = { ...world.place, days: 30, rotate: "" };
      const { id, outs } = await provider.create(inputs);
      assert.ok(outs);
      assert.equal((await provider.read(id, outs)).props?.slot, "password1");
      world.tokens.clear("shop-pull");
      const { props } = await provider.read(id, outs);
      assert.equal(props?.slot, "");
      assert.ok((await provider.diff(id, props, inputs)).changes);
      await provider.update(id, props, inputs);
      assert.ok(world.consumersGetIn());
      world.tokens.remove("shop-pull");
      assert.deepEqual(await provider.read(id, outs), {}, "without its token it is gone");
    } finally {
      await world.azure.stop();
    }
  });

  it("a move with an older date in the stage file keeps the date it was made for", async () => {
    const world = await startPasswordWorld();
    try {
      const provider = new TokenPasswordProvider(world.access);
      const { id, outs } = await provider.create({ ...world.place, days: 30, rotate: "2026-10-01" });
      assert.ok(outs);
      const moved = { ...world.place, secretName: "moved", days: 30, rotate: "2026-09-01" };
      assert.equal((await provider.update(id, outs, moved)).outs?.rotated, "2026-10-01");
    } finally {
      await world.azure.stop();
    }
  });

  describe("its code in the state", () => {
    const run = (cwd: string) => {
      const script = `
        const provider = require("require-from-string")(${JSON.stringify(PROVIDER)}).handler();
        const methods = ["diff", "create", "read", "update", "delete"].filter((name) => typeof provider[name] === "function");
        console.log(methods.join());`;
      const require = resolve(__dirname, "../../node_modules");
      return spawnSync(process.execPath, ["-e", script], {
        cwd,
        encoding: "utf8",
        env: { ...process.env, NODE_PATH: require },
      });
    };

    it("finds the provider from the project's folder, in a process that knows no TypeScript", () => {
      const { stdout, stderr } = run(resolve(__dirname, "../.."));
      assert.equal(stdout, "diff,create,read,update,delete\n", stderr);
    });

    it("says what to do where it runs elsewhere", () => {
      const { stderr } = run(resolve(__dirname));
      assert.match(stderr, /Cannot find .*entry\.cjs: run pulumi in the folder of Pulumi\.yaml/);
    });

    it("is short and holds nothing of a stage", () =>
      assert.ok(PROVIDER.length < 600, `${PROVIDER.length} characters`));
  });
});
