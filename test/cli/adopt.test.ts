import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { type AdoptOptions, runAdopt } from "../../src/cli/adopt";
import { type RecordResult, recordStages } from "../../src/preview/record/recordStages";
import { Mint } from "../support/azure/mint";
import { type RegistryResource, RegistryResources } from "../support/azure/registryResources";
import { failure, type StandIn, startStandIn } from "../support/azure/standIn";
import { throughStandIn } from "../support/azure/throughStandIn";
import { GatesGround } from "../support/github/gatesGround";
import { captureIo } from "../support/io";
import { example } from "../support/examples";

const PROJECT = example("everything");
const ID =
  "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/rg-legacy/providers/Microsoft.ContainerRegistry/registries/companylegacy";

/** What stage qa of the fixture says of the registry it takes over. */
const AS_SAID: RegistryResource = {
  id: ID,
  location: "westeurope",
  sku: "Standard",
  tags: { owner: "somebody" },
  properties: { adminUserEnabled: false, policies: { softDeletePolicy: { retentionDays: 14, status: "enabled" } } },
  inside: { tokens: ["a-pull", "b-pull", "c-pull"], scopeMaps: ["a-pull", "b-pull", "c-pull"] },
};

describe("dualreg adopt", function () {
  this.timeout(120_000);
  let azure: StandIn;
  let resources: RegistryResources;
  let mint: Mint;

  beforeEach(async () => {
    mint = new Mint();
    resources = new RegistryResources(mint);
    azure = await startStandIn(resources.service);
  });
  afterEach(() => azure.stop());

  /** The program runs once for each project: it says the same every time. */
  const recorded = new Map<string, Promise<RecordResult>>();
  const record: typeof recordStages = (request) => {
    const known = recorded.get(request.projectDir) ?? recordStages(request);
    recorded.set(request.projectDir, known);
    return known;
  };

  async function run(options: Partial<AdoptOptions> = {}): Promise<{ code: number; printed: string }> {
    const { io, printed } = captureIo();
    const asked: AdoptOptions = { stage: "qa", format: "table", cloud: "io", project: PROJECT, ...options };
    const code = await runAdopt(asked, io, throughStandIn(azure.url, mint), record);
    return { code, printed: printed.stdout };
  }

  it("adopt --github names what stands on GitHub by the ids it is imported by, policies that nobody planned, and what is lost", async () => {
    const ground = await GatesGround.begin();
    try {
      ground.settings.teams.push({ id: 4_100_101, slug: "qa-managers", permission: "push" });
      ground.environment("qa-signoff-qa").policies.push({ id: 9_000, name: "*", type: "branch" });
      const [rule = {}] = ground.environment("qa-signoff-qa").protection_rules;
      rule["reviewers"] = [{ type: "User", reviewer: { id: 666, login: "friend" } }];
      const adopt = async (login: string, format: "table" | "json") => {
        const { io, printed } = captureIo({ env: { GITHUB_TOKEN: login, GITHUB_API_URL: ground.github.url } });
        const options = { stage: "qa", format, cloud: "io", project: example("company"), github: true } as const;
        const code = await runAdopt({ ...options, repo: "company/orders" }, io, undefined, record);
        return { code, text: printed.stdout };
      };
      const { code, text } = await adopt("ghs_admin", "table");
      assert.equal(code, 1);
      assert.match(text, /orders-gates-team-qa-managers +4100101:orders/);
      assert.match(text, /orders-gates-qa-signoff-qa +orders:qa-signoff-qa +these review no more: user friend/);
      assert.match(text, /orders-gates-ruleset-main +orders:\d+/);
      assert.match(text, /not planned, and stays: qa-signoff-qa: branch \*/);
      const file: unknown = JSON.parse((await adopt("ghs_admin", "json")).text);
      assert.match(JSON.stringify(file), /"id":"orders:qa:\d+","parent":"orders_gates"/);
      await assert.rejects(adopt("ghs_blind", "table"), /variables of environment .* need|Environments: read/);
    } finally {
      await ground.github.stop();
    }
  });

  it("adopt ends with 0 where the import changes nothing, reads every page, and sends nothing but questions (S0-5)", async () => {
    resources.registries.push(AS_SAID);
    const { code, printed } = await run();
    assert.equal(code, 0, printed);
    assert.match(printed, /qa: 0 would change, 0 differ and stay, 0 would fail, \d+ are kept/);
    assert.match(printed, /tags\.owner +somebody +keeps/);
    assert.ok(azure.seen.every(({ method }) => method === "GET"));
    assert.equal(azure.seen.filter(({ path }) => path.endsWith("/tokens")).length, 2);
  });

  it("adopt ends with 1 and says property by property what the import would change and keep", async () => {
    resources.registries.push({
      ...{ ...AS_SAID, location: "northeurope", sku: "Premium" },
      properties: { adminUserEnabled: true, policies: { retentionPolicy: { days: 30, status: "enabled" } } },
    });
    const { code, printed } = await run({ format: "json" });
    assert.equal(code, 1);
    const said = JSON.parse(printed) as { registries: { rows: { property: string; effect: string }[] }[] };
    const effects = new Map(said.registries[0]?.rows.map(({ property, effect }) => [property, effect]));
    assert.equal(effects.get("adminUserEnabled"), "changes");
    assert.equal(effects.get("sku.name"), "fails");
    assert.equal(effects.get("location"), "differs");
    assert.equal(effects.get("policies.retentionPolicy.days"), "keeps");
    assert.equal(effects.get("policies.softDeletePolicy.status"), "changes");
  });

  it("adopt ends with 1 where a diagnostic setting sends the same logs to the workspace already, which Azure answers with 409", async () => {
    const logs = [{ categoryGroup: "allLogs", enabled: true }];
    const sent = (name: string) => ({
      workspaceId: `/subscriptions/00000000-0000-0000-0000-0000000000a1/resourcegroups/RG-Logs/providers/microsoft.operationalinsights/workspaces/${name}`,
      ...{ logs, metrics: [{ category: "AllMetrics", enabled: false }], storageAccountId: null },
    });
    resources.registries.push({
      ...AS_SAID,
      diagnosticSettings: { central: sent("log-company"), other: sent("log-other") },
    });
    const { code, printed } = await run();
    assert.equal(code, 1, printed);
    assert.match(
      printed,
      /! +diagnosticSettings\/dual-registry-audit .* central +fails +sends .*ContainerRegistryLoginEvents/,
    );
    assert.doesNotMatch(printed, / other +fails/);
  });

  it("adopt ends with 1 where there is no such registry", async () => {
    const { code, printed } = await run();
    assert.equal(code, 1);
    assert.match(printed, /! +registry .* fails +there is no such registry/);
  });

  it("adopt waits where Azure is busy, and goes on where it fails for a moment", async () => {
    resources.registries.push(AS_SAID);
    azure.answerNext(() => true, failure(429, "TooManyRequests", "later", { "retry-after": "0" }));
    azure.answerNext(({ path }) => path.endsWith("/tokens"), failure(503, "ServiceUnavailable", "in a moment"));
    assert.equal((await run()).code, 0);
  });

  for (const [title, status, code] of [
    ["may not read", 403, "REGISTRY_AUTH"],
    ["gets no answer", 503, "REGISTRY_UNAVAILABLE"],
  ] as const) {
    it(`adopt compares nothing where it ${title}`, async () => {
      resources.registries.push(AS_SAID);
      azure.answerNext(() => true, ...Array.from({ length: 9 }, () => failure(status, "Refused", "no")));
      await assert.rejects(run(), (error: unknown) => {
        assert.ok(error instanceof DualRegistryError);
        assert.deepEqual([error.code, error.exitCode], [code, 2]);
        return true;
      });
    });
  }

  it("adopt asks nobody where the stage takes nothing over", async () => {
    const { code, printed } = await run({ project: example("minimal") });
    assert.deepEqual([code, azure.seen.length], [0, 0]);
    assert.match(printed, /qa adopts no registry/);
  });
});
