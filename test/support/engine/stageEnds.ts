import assert from "node:assert/strict";
import { AZURE } from "../providers/azureTypes";
import { ownResources } from "./engineState";
import * as expect from "./expectations";
import { heldBack } from "./heldBack";
import type { StageLife } from "./stageLife";

/** Component of a stage's locks. */
const LOCKS = "dualregistry:index:StageLocks";

/** Tests of a stage that is renamed, is not destroyed, is torn down on purpose, and comes again. */
export function testEnding(life: () => StageLife): void {
  it("a component with another name and an alias replaces nothing", async () => {
    const { bench, stack } = life();
    bench.project.edit("src/components/fromPlan.ts", (text) =>
      text.replace(
        "new DualRegistry(plan.product, pairArgs(plan, secrets))",
        'new DualRegistry(plan.product + "-pair", pairArgs(plan, secrets), { aliases: [{ name: plan.product }] })',
      ),
    );
    const standing = bench.standing;
    await life().change([]);
    assert.deepEqual(bench.standing, standing);
    expect.stateOf(stack, "orders-pair-secure-registry");
  });

  it("destroy is refused by what is protected, before anything is gone", async () => {
    const { bench, stack } = life();
    // The group is protected as well; it is not reached, since these stay in it.
    const { stopsAt } = heldBack(stack);
    for (const part of ["audit-workspace", "secure-registry", "standard-registry"]) {
      assert.ok(stopsAt.includes(`orders-pair-${part}`), part);
    }
    const standing = bench.standing;
    const run = await stack.previewDestroy();
    expect.assertRefused(run, stopsAt, /cannot be deleted\s+because it is protected/);
    assert.deepEqual(bench.standing, standing);
  });

  it("protect: false, up and destroy leave nothing behind", async () => {
    const { bench, stack, foundThere, of } = life();
    const { resources } = life().recording;
    const locks = resources.filter(({ type }) => type === AZURE.lock || type === LOCKS);
    bench.unprotect(of.stage);
    await life().change(locks.map(({ name }) => `delete ${name}`));
    // Azure deletes no plan of a subscription; it is not the stage's alone.
    const plans = ownResources(stack.state()).flatMap(({ type, id = "" }) => (type === AZURE.pricing ? [id] : []));
    expect.assertWell(await stack.destroy());
    assert.deepEqual([bench.standing, ownResources(stack.state())], [[...foundThere, ...plans].sort(), []]);
    const vaults = resources.filter(({ type }) => type === AZURE.vault).map(({ inputs }) => inputs["vaultName"]);
    assert.deepEqual([...bench.providers.names.deletedVaults.keys()], vaults);
  });

  it("a first update that fails at a registry is finished by the next one", async () => {
    const { bench, stack, recording } = life();
    const type = "azure-native:containerregistry:Registry";
    // The time passes during which the deleted vault keeps its name.
    bench.providers.names.deletedVaults.clear();
    bench.providers.faults.push({ type, operation: "create", message: "the cloud is out", times: 1 });
    assert.notEqual((await stack.up()).failure, undefined);
    const made = ownResources(stack.state()).length;
    const run = await stack.up();
    expect.assertWell(run);
    assert.ok(
      run.changes.every((step) => /^(?:create|import) /.test(step)),
      run.changes.join("\n"),
    );
    assert.equal(made + run.changes.length, ownResources(stack.state()).length);
    expect.assertSameState(recording, stack);
    expect.assertNothing(await stack.up());
  });
}
