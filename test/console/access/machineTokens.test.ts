import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashOf, issueToken, revokeToken, type TokenStore } from "../../../src/console/access/machineTokens";
import { TokenBook } from "../../../src/console/access/tokenBook";
import { DualRegistryError } from "../../../src/base/errors";
import { folderStore, vaultStore } from "../../../src/console/access/tokenStores";
import { KeyVault } from "../../support/azure/keyVault";
import { type StandIn, startStandIn } from "../../support/azure/standIn";
import { type Redirected, throughStandIn } from "../../support/azure/throughStandIn";
import { Mint } from "../../support/azure/mint";
import { makeWorld, type WorldWish } from "../../support/console/accessWorld";

const VAULT = "https://kv-orders-qa.vault.azure.net/";
const DAY = 24 * 60 * 60 * 1_000;

/** A store, what the settings say of it, and how it fails and comes back. */
interface Ground {
  store: TokenStore;
  settings: Record<string, unknown>;
  account?: Redirected;
  /** Everything that the store keeps, as text. */
  kept: () => string;
  spoil: (name: string) => void;
  stop: () => Promise<void>;
}

function startFolder(): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), "console-tokens-"));
  return Promise.resolve({
    ...{ store: folderStore(folder), settings: { machineTokens: { folder } } },
    kept: () =>
      readdirSync(folder)
        .map((file) => readFileSync(join(folder, file), "utf8"))
        .join("\n"),
    spoil: (name) => {
      writeFileSync(join(folder, `${name}.json`), '{"version":1}');
    },
    stop: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}

async function startVault(): Promise<Ground & { account: Redirected; azure: StandIn; vault: KeyVault }> {
  const mint = new Mint();
  const vault = new KeyVault(mint);
  const azure = await startStandIn(vault.service);
  const account = throughStandIn(azure.url, mint);
  return {
    ...{ store: vaultStore(VAULT, account), settings: { machineTokens: { vault: VAULT } }, account, azure, vault },
    kept: () => JSON.stringify(azure.seen.map(({ path, body }) => [path, body])),
    spoil: (name) => {
      vault.plant(`console-token-${name}`, {
        ...{ value: '{"version":1}', contentType: "application/vnd.dualreg.console-token+json" },
      });
    },
    stop: () => azure.stop(),
  };
}

for (const [kind, start] of Object.entries({ "a folder": startFolder, "a vault": startVault })) {
  describe(`machine tokens in ${kind}`, () => {
    let ground: Ground;
    beforeEach(async () => (ground = await start()));
    afterEach(() => ground.stop());

    const wish = (name: string, repositories = ["orders/*"], days = 30) => ({ name, repositories, days });
    const issue = async (...wished: Parameters<typeof wish>) =>
      (await issueToken(ground.store, wish(...wished), new Date())).token;
    const worldOf = (more: WorldWish = {}) =>
      makeWorld({
        ...more,
        settings: { ...ground.settings, ...more.settings },
        parts: { ...(ground.account && { account: ground.account }) },
      });

    it("open their own repositories and no other, and nothing without one (S0-4)", async () => {
      const [orders, billing] = [await issue("orders-reader"), await issue("billing-reader", ["billing/api"])];
      const world = await worldOf();
      const read = async (token: string) => await (await world.api(token)).json();
      assert.deepEqual(await read(orders), {
        ...{ kind: "machine", name: "orders-reader", repositories: ["orders/api", "orders/web"] },
      });
      assert.deepEqual(await read(billing), { kind: "machine", name: "billing-reader", repositories: ["billing/api"] });
      assert.equal((await world.api()).status, 401);
      assert.equal((await world.api(`drct_${"A".repeat(43)}`)).status, 401);
      assert.equal((await world.api(orders.slice(0, -1))).status, 401);
    });

    it("are 256 random bits, of which a hash is kept and never the token (S0-4)", async () => {
      const tokens = await Promise.all(["a", "b", "c"].map((name) => issue(name)));
      for (const token of tokens) {
        assert.match(token, /^drct_[\w-]{43}$/);
        assert.equal(Buffer.from(token.slice(5), "base64url").length, 32);
        assert.equal(ground.kept().includes(token.slice(5)), false);
        assert.equal(ground.kept().includes(hashOf(token)), true);
      }
      assert.equal(new Set(tokens).size, 3);
    });

    it("end at their time, by the console's clock (S0-4)", async () => {
      const token = await issue("short", ["orders/api"], 1);
      const world = await worldOf();
      assert.equal((await world.api(token)).status, 200);
      world.later(DAY - 60_000);
      assert.equal((await world.api(token)).status, 200);
      world.later(60_000);
      const ended = await world.api(token);
      assert.equal(ended.status, 401);
      assert.match(await ended.text(), /machine token short: expired since/);
    });

    it("are revoked within the stated 30 seconds, and new ones count within them (S0-4)", async () => {
      const token = await issue("leaked");
      const world = await worldOf();
      assert.equal((await world.api(token)).status, 200);
      await revokeToken(ground.store, "leaked", new Date());
      const fresh = await issue("fresh");
      world.later(30_000);
      const revoked = await world.api(token);
      assert.equal(revoked.status, 401);
      assert.match(await revoked.text(), /machine token leaked: revoked since/);
      assert.equal((await world.api(fresh)).status, 200);
    });

    it("have names of their own while they are active, and are issued anew when they have ended", async () => {
      const first = await issue("billing");
      await assert.rejects(issue("billing"), /GATE_REFUSED|is active until .*; revoke it first/);
      await revokeToken(ground.store, "billing", new Date());
      const again = await revokeToken(ground.store, "billing", new Date(Date.now() + DAY));
      assert.ok(Date.parse(again.revoked ?? "") < Date.now() + DAY / 2, "the first revocation counts");
      const second = await issue("billing", ["billing/*"]);
      const world = await worldOf();
      assert.equal((await world.api(first)).status, 401);
      assert.equal((await world.api(second)).status, 200);
      await assert.rejects(revokeToken(ground.store, "unknown", new Date()), /Token "unknown" is not in/);
    });

    it("go on where one of the records is none, which the log tells", async () => {
      const token = await issue("good");
      ground.spoil("bad");
      const world = await worldOf();
      assert.equal((await world.api(token)).status, 200);
      assert.ok(world.lines.some(({ reason }) => /Token "bad" in .* not a record of a token/.test(String(reason))));
    });

    it("guessed by one address are looked at no more after so many: 429 with Retry-After", async () => {
      const token = await issue("good");
      const world = await worldOf({ limits: { trustedProxies: 1, failures: { points: 4, seconds: 60 } } });
      const ask = (text: string, address: string) => world.api(text, { "x-forwarded-for": address });
      const guess = (at: number) => `drct_${String(at).padStart(43, "A")}`;
      const statuses: number[] = [];
      for (let at = 0; at < 6; at += 1) statuses.push((await ask(guess(at), "192.0.2.1")).status);
      assert.deepEqual(statuses, [401, 401, 401, 401, 429, 429]);
      assert.equal((await ask(token, "192.0.2.1")).status, 429);
      assert.equal((await ask(token, "192.0.2.2")).status, 200);
    });
  });
}

describe("machine tokens in a store whose records fail one by one", () => {
  it("count as they were read last for five minutes, and are no wrong credentials meanwhile", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "console-tokens-")), "tokens");
    const store = folderStore(folder);
    const issue = (name: string) => issueToken(store, { name, repositories: ["orders/*"], days: 1 }, new Date());
    const [{ token }] = [await issue("a"), await issue("b")];
    let [now, busy] = [Date.now(), false];
    const failing: TokenStore = {
      ...{ place: store.place, names: () => store.names(), write: (...all) => store.write(...all) },
      read: (name) =>
        busy && name === "a" ? Promise.reject(new DualRegistryError("REGISTRY_UNAVAILABLE", "429")) : store.read(name),
    };
    const book = new TokenBook(
      failing,
      30_000,
      () => now,
      () => undefined,
    );
    assert.equal((await book.judge(token)).state, "ok");
    busy = true;
    for (const seconds of [31, 100, 150]) {
      now += seconds * 1_000;
      assert.equal((await book.judge(token)).state, "ok", `${seconds} s later`);
    }
    now += 60_000;
    assert.equal((await book.judge(token)).state, "wrong");
    busy = false;
    now += 31_000;
    assert.equal((await book.judge(token)).state, "ok");
    rmSync(join(folder, ".."), { recursive: true });
  });
});

describe("machine tokens in a folder alone", () => {
  it("are files that only this user reads", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "console-tokens-")), "tokens");
    await issueToken(folderStore(folder), { name: "a", repositories: ["orders/api"], days: 1 }, new Date());
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, "a.json")).mode & 0o777, 0o600);
    rmSync(join(folder, ".."), { recursive: true });
  });

  it("count although another record cannot be read, and none does where none can", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "console-tokens-")), "tokens");
    const { token } = await issueToken(
      folderStore(folder),
      { name: "a", repositories: ["orders/*"], days: 1 },
      new Date(),
    );
    mkdirSync(join(folder, "broken.json"));
    const settings = { machineTokens: { folder } };
    const world = await makeWorld({ settings });
    assert.equal((await world.api(token)).status, 200);
    rmSync(join(folder, "a.json"));
    assert.equal((await (await makeWorld({ settings })).api(token)).status, 503);
    rmSync(join(folder, ".."), { recursive: true });
  });
});

describe("machine tokens in a vault alone", () => {
  it("go on for five minutes while the vault gives no answer; then none counts, and 503 says so", async () => {
    const ground = await startVault();
    try {
      const { token } = await issueToken(ground.store, { name: "a", repositories: ["orders/*"], days: 1 }, new Date());
      ground.account.retryOptions = { maxRetries: 0 };
      const world = await makeWorld({ settings: ground.settings, parts: { account: ground.account } });
      assert.equal((await world.api(token)).status, 200);
      ground.azure.cutAt(1, "before");
      world.later(60_000);
      assert.equal((await world.api(token)).status, 200);
      world.later(5 * 60_000);
      assert.equal((await world.api(token)).status, 503);
      ground.azure.heal();
      world.later(3_000);
      assert.equal((await world.api(token)).status, 200);
    } finally {
      await ground.stop();
    }
  });

  it("of a name whose secret is deleted are refused, and what the vault answers is said without a value", async () => {
    const ground = await startVault();
    try {
      const issue = () => issueToken(ground.store, { name: "a", repositories: ["orders/*"], days: 1 }, new Date());
      ground.azure.answerNext(({ method }) => method === "PUT", {
        ...{
          status: 409,
          body: {
            error: { code: "Conflict", message: "deleted", innererror: { code: "ObjectIsDeletedButRecoverable" } },
          },
        },
      });
      await assert.rejects(issue(), /console-token-a .* takes no version; it is deleted and can be recovered/);
      ground.vault.forbidden = 1;
      await assert.rejects(issue(), /Azure answered 403.*Key Vault Secrets/);
    } finally {
      await ground.stop();
    }
  });
});
