import assert from "node:assert/strict";
import { DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { AZURE } from "../support/providers/azureTypes";
import { withProviders } from "../support/providers/bench";
import { CONSOLE_UPDATES } from "../support/providers/consoleSamples";
import { GITHUB } from "../support/providers/githubIds";
import { placeOf } from "../support/providers/kubernetesIds";
import { MORE_UPDATES } from "../support/providers/moreUpdates";
import { NEEDS, sample, SAMPLES, seedSamples } from "../support/providers/samples";
import { type Fields, secretOf, UNKNOWN, type Value } from "../support/providers/values";

/** Everything a type needs, what that needs first. */
function needsOf(type: string): string[] {
  return [...new Set((NEEDS[type] ?? []).flatMap((need) => [...needsOf(need), need]))];
}

/** A change of each type that is made in place. */
const UPDATES: Readonly<Record<string, readonly [name: string, value: Value]>> = {
  ...MORE_UPDATES,
  ...CONSOLE_UPDATES,
  [AZURE.group]: ["tags", { stage: "qa" }],
  [AZURE.registry]: ["dataEndpointEnabled", true],
  [AZURE.workspace]: ["retentionInDays", 90],
  [AZURE.replication]: ["regionEndpointEnabled", false],
  [AZURE.scopeMap]: ["actions", ["repositories/orders/web/content/read"]],
  [AZURE.token]: ["status", "disabled"],
  [AZURE.webhook]: ["actions", ["push", "delete"]],
  [AZURE.diagnosticSetting]: ["metrics", [{ category: "AllMetrics", enabled: true }]],
  [AZURE.lock]: ["notes", "keeps the images"],
  [GITHUB.access]: ["permission", "push"],
  [GITHUB.environment]: ["waitTimer", 30],
  [GITHUB.policy]: ["branchPattern", "release/*"],
  [GITHUB.variable]: ["value", "other.example.com"],
};

const ONCE: readonly string[] = [GITHUB.policy, GITHUB.variable, GITHUB.ruleset];

describe("round trip", () => {
  for (const type of Object.keys(SAMPLES)) {
    it(`${type} is made, read, changed, read and deleted, and nothing differs that nobody changed`, () =>
      withProviders(async ({ of, cloud }) => {
        const client = of(type);
        seedSamples(cloud, needsOf(type));
        const made = await client.create(type, sample(type));
        assert.deepEqual(await client.read(type, made), made);
        assert.equal((await client.diff(type, made, made.inputs)).getChanges(), DiffResponse.DiffChanges.DIFF_NONE);
        const change = UPDATES[type];
        if (change !== undefined) {
          const news = sample(type, { [change[0]]: change[1] });
          const diff = await client.diff(type, made, news);
          assert.deepEqual([diff.getDiffsList(), diff.getReplacesList()], [[change[0]], []]);
          const changed = await client.update(type, made, news);
          assert.deepEqual(await client.read(type, changed), changed);
        }
        await client.delete(type, made);
        assert.equal(cloud.has(type.startsWith("kubernetes:") ? placeOf(type, made.id) : made.id), false);
        assert.deepEqual(await client.read(type, made), { id: "", inputs: {}, outputs: {} });
        // What GitHub's provider cannot delete twice is tested with it.
        if (!ONCE.includes(type)) await client.delete(type, made);
      }));

    it(`${type} is imported with the inputs it was made of`, () =>
      withProviders(async ({ of, cloud }) => {
        seedSamples(cloud, needsOf(type));
        const made = await of(type).create(type, sample(type));
        const { inputs } = await of(type).read(type, { id: made.id });
        const writeOnly = type === AZURE.webhook ? ["serviceUri"] : [];
        for (const [name, value] of Object.entries(sample(type))) {
          if (type === GITHUB.access && name === "teamId") assert.equal(inputs[name], "qa-managers");
          else if (!writeOnly.includes(name)) assert.deepEqual(inputs[name], value, name);
        }
        assert.deepEqual(
          writeOnly.filter((name) => name in inputs),
          [],
        );
        const { failures } = await of(type).check(type, { ...inputs, ...(type === AZURE.webhook ? sample(type) : {}) });
        assert.deepEqual(failures, []);
      }));

    it(`${type} in a preview is not made, and shows what it will not know before`, () =>
      withProviders(async ({ of, cloud }) => {
        seedSamples(cloud, needsOf(type));
        const before = cloud.all().length;
        const inputs: Fields = Object.fromEntries(Object.keys(sample(type)).map((name) => [name, UNKNOWN as Value]));
        const { id, outputs } = await of(type).create(type, inputs, true);
        assert.deepEqual([id, cloud.all().length], ["", before]);
        const made = await of(type).create(type, sample(type));
        for (const name of Object.keys(made.outputs)) assert.ok(name in outputs, `${name} is missing in the preview`);
        for (const name of Object.keys(inputs)) {
          if (name in made.outputs) assert.equal(outputs[name], UNKNOWN, name);
        }
      }));
  }

  it("create refuses a value that is unknown outside a preview", () =>
    withProviders(async ({ azure }) => {
      const inputs = sample(AZURE.group, { tags: { of: UNKNOWN } });
      await assert.rejects(azure.create(AZURE.group, inputs), /'tags\.of' is unknown/);
    }));

  it("update in a preview keeps what cannot change, and knows nothing else that the service says", () =>
    withProviders(async ({ azure, cloud }) => {
      seedSamples(cloud, [AZURE.group]);
      const made = await azure.create(AZURE.registry, sample(AZURE.registry));
      const { outputs } = await azure.update(AZURE.registry, made, sample(AZURE.registry, { tags: {} }), true);
      assert.deepEqual([outputs["name"], outputs["loginServer"]], ["ordersqa", UNKNOWN]);
      assert.deepEqual(cloud.get(made.id)?.inputs["tags"], { stage: "qa" });
    }));

  it("create, read and update keep a secret a secret", () =>
    withProviders(async ({ github, cloud }) => {
      seedSamples(cloud, needsOf(GITHUB.variable));
      const hidden = sample(GITHUB.variable, { value: secretOf("of-nobody") });
      const made = await github.create(GITHUB.variable, hidden);
      const read = await github.read(GITHUB.variable, made);
      const drifted = sample(GITHUB.variable, { value: "changed-by-hand" });
      cloud.set(made.id, drifted);
      const again = await github.read(GITHUB.variable, read);
      const changed = await github.update(GITHUB.variable, again, hidden);
      const preview = await github.update(GITHUB.variable, again, hidden, true);
      for (const { inputs, outputs } of [made, read, again, changed, preview]) {
        assert.equal(JSON.stringify([inputs["value"], outputs["value"]]), '["[secret]","[secret]"]');
      }
      assert.equal(cloud.get(made.id)?.inputs["value"], "of-nobody");
    }));

  it("diff compares what is in secrets, and says of a change no more than where the secret is", () =>
    withProviders(async ({ azure, cloud }) => {
      seedSamples(cloud, needsOf(AZURE.webhook));
      const headers = (value: string) => sample(AZURE.webhook, { customHeaders: secretOf({ Authorization: value }) });
      const made = await azure.create(AZURE.webhook, headers("one"));
      assert.deepEqual((await azure.diff(AZURE.webhook, made, headers("one"))).getDiffsList(), []);
      const diff = await azure.diff(AZURE.webhook, made, headers("two"));
      assert.deepEqual([...diff.getDetaileddiffMap().keys()], ["customHeaders"]);
      assert.equal(diff.getDetaileddiffMap().get("customHeaders")?.getKind(), PropertyDiff.Kind.UPDATE);
    }));

  it("sixteen resources are made at once, each once", () =>
    withProviders(async ({ azure, cloud, calls }) => {
      seedSamples(cloud, needsOf(AZURE.scopeMap));
      const names = Array.from({ length: 16 }, (_, i) => `consumer-${i}`);
      const make = (scopeMapName: string) => azure.create(AZURE.scopeMap, sample(AZURE.scopeMap, { scopeMapName }));
      const made = await Promise.all(names.map(make));
      assert.deepEqual(
        made.map(({ outputs }) => outputs["name"]),
        names,
      );
      assert.equal(cloud.ofType(AZURE.scopeMap).length, 16);
      assert.equal(calls.filter(({ operation }) => operation === "create").length, 16);
      const twice = await Promise.allSettled(Array.from({ length: 16 }, () => make("the-same")));
      assert.equal(twice.filter(({ status }) => status === "fulfilled").length, 1);
    }));
});
