import assert from "node:assert/strict";
import { describeEngine } from "../support/engine/describeEngine";
import type { EngineStack } from "../support/engine/engineStack";
import { ownResources } from "../support/engine/engineState";
import * as expect from "../support/engine/expectations";
import { StageBench } from "../support/engine/stageBench";
import { ProviderClient } from "../support/providers/client";

/** The component of the locks, and each of them. */
const LOCKS = ["orders-locks", ...["archive", "secure", "standard", "workspace"].map((part) => `orders-locks-${part}`)];
const REGISTRY = "orders-secure-registry";
/** Azure deletes no plan of a subscription; it is not the stage's alone. */
const DEFENDER = "orders-insights-defender";

describeEngine("stage prod of hardened under the engine, torn down on purpose", () => {
  let bench: StageBench;
  let stack: EngineStack;
  let found: readonly string[];

  before(async () => {
    bench = await StageBench.open("hardened");
    found = bench.standing;
    // A vault of the stage's own.
    bench.project.set(["dual-registry:vault"], undefined, "prod");
    stack = await bench.stack("prod");
    expect.assertWell(await stack.up());
  });

  after(() => bench.close());

  it("Azure itself refuses to delete a registry or a token of it, whoever asks", async () => {
    const azure = new ProviderClient(bench.providers.debugProviders, "azure-native");
    for (const name of [REGISTRY, "orders-secure-token-shop-pull"]) {
      const { id = "", type } = expect.stateOf(stack, name);
      await assert.rejects(azure.delete(type, { id, inputs: {}, outputs: {} }), /ScopeLocked/, name);
    }
    azure.close();
  });

  it("destroy is refused before anything is gone", async () => {
    const { standing } = bench;
    const run = await stack.previewDestroy();
    assert.notEqual(run.failure, undefined);
    assert.match(run.messages("error").join("\n"), /cannot be deleted\s+because it is protected/);
    assert.deepEqual(bench.standing, standing);
  });

  it("protection switched off in the stage file takes the locks away, and nothing else", async () => {
    bench.unprotect("prod");
    expect.assertSteps(
      await stack.up(),
      LOCKS.map((name) => `delete ${name}`),
    );
  });

  it("destroy then takes all of it, and the vault's name stays taken until its time is over", async () => {
    const { id: plan = "" } = expect.stateOf(stack, DEFENDER);
    expect.assertWell(await stack.destroy());
    assert.deepEqual([bench.standing, ownResources(stack.state())], [[...found, plan].sort(), []]);
    assert.deepEqual([...bench.providers.names.deletedVaults.keys()], ["kv-orders-prod"]);
    const again = await stack.up();
    assert.match(again.messages("error").join("\n"), /az keyvault recover --name kv-orders-prod/);
  });
});

describeEngine("stage prod of hardened under the engine, whose data outlives it", () => {
  let bench: StageBench;

  before(async () => {
    bench = await StageBench.open("hardened");
  });

  after(() => bench.close());

  it("destroy with retain leaves registries, logs, archive and vault in Azure, and only those", async () => {
    bench.unprotect("prod");
    bench.project.set(["dual-registry:protection"], { lock: false, retain: true }, "prod");
    const stack = await bench.stack("prod");
    const found = bench.standing;
    expect.assertWell(await stack.up());
    const kept = ownResources(stack.state()).flatMap(({ retainOnDelete, id }) => (retainOnDelete && id ? [id] : []));
    const data = [REGISTRY, "orders-standard-registry", "orders-audit-workspace", "orders-archive-account"];
    for (const name of data) assert.ok(kept.includes(expect.stateOf(stack, name).id ?? ""), name);
    expect.assertWell(await stack.destroy());
    assert.deepEqual(ownResources(stack.state()), []);
    assert.deepEqual(bench.standing, [...found, ...kept].sort());
    assert.deepEqual([...bench.providers.names.deletedVaults.keys()], []);
  });
});
