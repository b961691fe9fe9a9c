import assert from "node:assert/strict";
import { z } from "zod";
import { cloudOf } from "../../src/azure/account";
import { logAsker } from "../../src/azure/logQuery";
import { DualRegistryError } from "../../src/base/errors";
import { logCoverage } from "../../src/domain/watch/queries/activity";
import { LogWorkspace } from "../support/azure/logAnalytics";
import { Mint } from "../support/azure/mint";
import { failure, type StandIn, startStandIn } from "../support/azure/standIn";
import { type Redirected, throughStandIn } from "../support/azure/throughStandIn";

const WORKSPACE =
  "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-orders/providers/Microsoft.OperationalInsights/workspaces/log-orders";
const REGISTRY =
  "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-orders/providers/Microsoft.ContainerRegistry/registries/ordersdevsecure";
const NOW = new Date("2026-11-21T08:00:00Z");
const row = z.object({ First: z.date(), FirstLoginEvent: z.date().nullable() });

describe("logAsker", () => {
  let workspace: LogWorkspace;
  let standIn: StandIn;
  let account: Redirected;
  beforeEach(async () => {
    const mint = new Mint();
    workspace = new LogWorkspace(WORKSPACE, mint);
    standIn = await startStandIn(workspace.service);
    account = throughStandIn(standIn.url, mint);
    const table = "ContainerRegistryRepositoryEvents";
    workspace.events.push({ table, at: NOW, resourceId: REGISTRY, operation: "Pull" });
  });
  afterEach(() => standIn.stop());

  const ask = (patience?: number, loginServer = "ordersdevsecure.azurecr.io") => {
    const [from, to] = [new Date("2026-11-01T00:00:00Z"), new Date("2026-11-30T00:00:00Z")];
    const text = logCoverage.text({ registryId: REGISTRY, from, to });
    const asking = patience === undefined ? account : { ...account, patience };
    const asker = logAsker(asking, cloudOf(loginServer));
    return asker({ what: "The log", workspaceId: WORKSPACE, text, from, to, row });
  };
  const refused = async (code: string, says: RegExp, patience?: number) => {
    await assert.rejects(ask(patience), (error) => {
      assert.ok(error instanceof DualRegistryError);
      assert.equal(error.code, code);
      assert.match(error.message, says);
      assert.doesNotMatch(JSON.stringify([error.message, error.cause ?? ""]), /bearer-/i);
      return true;
    });
  };

  it("logAsker reads rows by their columns, and asks the cloud's own address with its own audience", async () => {
    assert.deepEqual(await ask(), [{ First: NOW, FirstLoginEvent: null }]);
    assert.deepEqual(account.hosts, ["api.loganalytics.io"]);
    await assert.rejects(
      ask(undefined, "ordersdevsecure.azurecr.us").then(() => Promise.reject(new Error("answered"))),
    );
    assert.equal(account.hosts[1], "api.loganalytics.us");
    assert.deepEqual(account.credential.asked.slice(0, 2), [
      "https://api.loganalytics.io/.default",
      "https://api.loganalytics.us/.default",
    ]);
  });

  it("logAsker waits as long as a 429 says, asks again after a 5xx, and gives up in the end", async () => {
    standIn.answerNext(() => true, failure(429, "TooManyRequests", "slow down", { "retry-after": "1" }));
    const begun = Date.now();
    assert.equal((await ask()).length, 1);
    assert.ok(Date.now() - begun >= 1000, "it asked again before the time");
    standIn.answerNext(() => true, failure(503, "Busy", "not now"), failure(502, "Bad", "gateway"));
    assert.equal((await ask()).length, 1);
    standIn.answerNext(() => true, ...Array.from({ length: 8 }, () => failure(500, "Broken", "always")));
    await refused("REGISTRY_UNAVAILABLE", /The log: Azure answered 500 "Broken" .* after all retries/);
  });

  it("logAsker gives up on a Retry-After of hours", async () => {
    standIn.answerNext(() => true, failure(429, "TooManyRequests", "much later", { "retry-after": "7200" }));
    await refused("REGISTRY_UNAVAILABLE", /gave no answer in time/, 300);
  });

  it("logAsker says which role is missing, and never a token", async () => {
    standIn.answerNext(() => true, failure(403, "InsufficientAccessError", "no access to the resource"));
    await refused("REGISTRY_AUTH", /403 "InsufficientAccessError".*Log Analytics Reader/);
    account.credential.end();
    standIn.answerNext(() => true, ...Array.from({ length: 3 }, () => failure(401, "Unauthorized", "who?")));
    await refused("REGISTRY_AUTH", /401 .*az login/);
  });

  it("S1-15 logAsker takes a part of an answer, and one of another form, for none", async () => {
    workspace.partial =
      "Query result set has exceeded the internal data size limit 67108864 (E_QUERY_RESULT_SET_TOO_LARGE).";
    await refused("REGISTRY_REFUSED", /a partial answer .*67108864.*proves nothing/);
    workspace.partial = undefined;
    standIn.answerNext(() => true, { status: 200, body: { tables: [] } });
    await refused("CONTENT_INVALID", /0 tables instead of one/);
    const columns = [
      { name: "First", type: "string" },
      { name: "FirstLoginEvent", type: "datetime" },
    ];
    standIn.answerNext(() => true, { status: 200, body: { tables: [{ name: "a", columns, rows: [["soon", null]] }] } });
    await refused("CONTENT_INVALID", /row 0: First/);
  });

  it("logAsker says that nobody answers, where nobody does", async () => {
    standIn.cutAt(1, "before");
    await refused("REGISTRY_UNAVAILABLE", /cannot be reached|in time/, 4000);
  });
});
