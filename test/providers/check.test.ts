import assert from "node:assert/strict";
import { AZURE } from "../support/providers/azureTypes";
import { withProviders } from "../support/providers/bench";
import { GITHUB } from "../support/providers/githubIds";
import { REGISTRY_ID, sample, SAMPLES } from "../support/providers/samples";
import { LATE } from "../support/providers/validate";
import { type Fields, secretOf, UNKNOWN, type Value, withoutDefaults } from "../support/providers/values";
import { BESIDE } from "./refusals/beside";
import { BESIDE_REGISTRY } from "./refusals/besideRegistry";
import { GENERAL } from "./refusals/general";
import { GITHUB_REFUSALS } from "./refusals/github";
import { REGISTRY } from "./refusals/registry";

/** Every rule, once at least. */
const REFUSALS = [...GENERAL, ...REGISTRY, ...BESIDE_REGISTRY, ...BESIDE, ...GITHUB_REFUSALS];

describe("check", () => {
  it("check takes the sample of every type as it is", () =>
    withProviders(async ({ of }) => {
      for (const [type, inputs] of Object.entries(SAMPLES)) {
        const { inputs: checked, failures } = await of(type).check(type, inputs);
        assert.deepEqual({ inputs: withoutDefaults(checked), failures }, { inputs, failures: [] }, type);
      }
    }));

  for (const { title, type, over, says, late = false } of REFUSALS) {
    it(`check refuses ${title} [${type.split(":").at(-1) ?? ""}]`, () =>
      withProviders(async ({ of }) => {
        const { failures } = await of(type).check(type, sample(type, over));
        const [found, ...others] = failures.filter((failure) => says.test(failure));
        assert.ok(found, `said: ${failures.join("; ")}`);
        assert.deepEqual(others, []);
        assert.equal(found.includes(LATE), late, found);
      }));
  }

  const allowed: readonly [title: string, type: string, over: Record<string, Value>][] = [
    ["a wildcard for all below a path", AZURE.scopeMap, { actions: ["repositories/orders/*/content/read"] }],
    ["a wildcard for everything", AZURE.scopeMap, { actions: ["repositories/*/metadata/read"] }],
    [
      "500 actions",
      AZURE.scopeMap,
      { actions: Array.from({ length: 500 }, (_, i) => `repositories/r${i}/content/read`) },
    ],
    [
      "soft delete with Standard",
      AZURE.registry,
      { sku: { name: "Standard" }, policies: { softDeletePolicy: { retentionDays: 7, status: "enabled" } } },
    ],
    [
      "no export without public access",
      AZURE.registry,
      { publicNetworkAccess: "Disabled", policies: { exportPolicy: { status: "disabled" } } },
    ],
    ["six reviewers of both kinds", GITHUB.environment, { reviewers: [{ teams: [1, 2, 3], users: [4, 5, 6] }] }],
    ["a wait of thirty days", GITHUB.environment, { waitTimer: 43_200 }],
    ["a password slot that nobody fills", AZURE.token, { scopeMapId: `${REGISTRY_ID}/scopeMaps/_repositories_pull` }],
  ];
  for (const [title, type, over] of allowed) {
    it(`check takes ${title}`, () =>
      withProviders(async ({ of }) => {
        assert.deepEqual((await of(type).check(type, sample(type, over))).failures, []);
      }));
  }

  it("check judges nothing that a preview does not know", () =>
    withProviders(async ({ of }) => {
      for (const [type, inputs] of Object.entries(SAMPLES)) {
        const unknown: Fields = Object.fromEntries(Object.keys(inputs).map((name) => [name, UNKNOWN as Value]));
        const { inputs: checked, failures } = await of(type).check(type, unknown);
        assert.deepEqual({ inputs: withoutDefaults(checked), failures }, { inputs: unknown, failures: [] }, type);
      }
    }));

  it("check hands a secret back as a secret", () =>
    withProviders(async ({ azure }) => {
      const { inputs } = await azure.check(AZURE.webhook, {
        ...sample(AZURE.webhook),
        customHeaders: { Authorization: secretOf("Bearer of-nobody") },
      });
      assert.equal(JSON.stringify(inputs["customHeaders"]), '{"Authorization":"[secret]"}');
    }));

  it("check never says what a secret is", () =>
    withProviders(async ({ of }) => {
      for (const [type, inputs] of Object.entries(SAMPLES)) {
        const hidden = Object.fromEntries(Object.keys(inputs).map((name) => [name, secretOf(["quiet-please"])]));
        const { failures } = await of(type).check(type, hidden);
        assert.doesNotMatch(failures.join("\n"), /quiet/, type);
      }
      const actions = [secretOf("repositories/quiet*/content/read")];
      const { failures } = await of(AZURE.scopeMap).check(AZURE.scopeMap, sample(AZURE.scopeMap, { actions }));
      assert.match(failures.join("\n"), /'actions\[0\]' is \[secret\]/);
    }));

  it("check gives the default region, and a group's region without one", () =>
    withProviders(async ({ azure, cloud }) => {
      const bare = sample(AZURE.workspace, { location: undefined });
      cloud.seed(AZURE.group, sample(AZURE.group, { location: "francecentral" }));
      assert.equal((await azure.check(AZURE.workspace, bare)).inputs["location"], "francecentral");
      await azure.configure({ location: "swedencentral" });
      assert.equal((await azure.check(AZURE.workspace, bare)).inputs["location"], "swedencentral");
      assert.equal((await azure.check(AZURE.workspace, bare, { location: "westus" })).inputs["location"], "westus");
    }));

  it("check leaves the region open while the group is not known", () =>
    withProviders(async ({ azure }) => {
      const bare = sample(AZURE.workspace, { location: undefined, resourceGroupName: UNKNOWN });
      assert.deepEqual((await azure.check(AZURE.workspace, bare)).inputs["location"], UNKNOWN);
    }));

  it("check names what has no name, always the same, and keeps the name it gave", () =>
    withProviders(async ({ azure }) => {
      const bare = sample(AZURE.workspace, { workspaceName: undefined });
      const first = (await azure.check(AZURE.workspace, bare)).inputs["workspaceName"];
      assert.match(JSON.stringify(first), /^"it[0-9a-f]{8}"$/);
      assert.equal((await azure.check(AZURE.workspace, bare)).inputs["workspaceName"], first);
      const kept = await azure.check(AZURE.workspace, bare, { workspaceName: "log-kept" });
      assert.equal(kept.inputs["workspaceName"], "log-kept");
    }));

  it("check refuses a type without a stand-in by name", () =>
    withProviders(async ({ azure }) => {
      await assert.rejects(azure.check("azure-native:cdn:Profile", {}), /azure-native:cdn:Profile has no stand-in/);
    }));
});
