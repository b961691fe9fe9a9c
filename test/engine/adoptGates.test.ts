import assert from "node:assert/strict";
import { describeEngine } from "../support/engine/describeEngine";
import type { EngineStack } from "../support/engine/engineStack";
import * as expect from "../support/engine/expectations";
import type { StageBench } from "../support/engine/stageBench";
import { adoptGates, OLD_HOST, openWithGates } from "../support/engine/standingGates";

const ENVIRONMENT = "orders-gates-dev";
const INSIDE = ["orders-gates-dev-SECURE_REGISTRY_HOST", "orders-gates-dev-branch-main"];

/** The bench with its stack. */
async function open(): Promise<{ bench: StageBench; stack: EngineStack }> {
  const bench = await openWithGates();
  return { bench, stack: await bench.stack("dev") };
}

describeEngine("a first up where gates stand on GitHub already", () => {
  let bench: StageBench;
  let stack: EngineStack;

  before(async () => {
    ({ bench, stack } = await open());
  });

  after(() => bench.close());

  it("up without an import takes the environment over without a word, and ends with 303 or 409", async () => {
    const run = await stack.up();
    assert.notEqual(run.failure, undefined);
    // Whichever comes first ends the run.
    assert.match(run.messages("error").join("\n"), /303: cannot store|409: cannot create/);
    assert.deepEqual(bench.providers.directory.takenOver, ["orders:dev"]);
  });

  it("after that failure the file of adopt imports what the stack does not hold, and up goes on from there", async () => {
    const held = new Set(stack.state().resources.map(({ urn }) => urn));
    const { names, file } = await adoptGates(bench, held);
    assert.deepEqual(names, INSIDE);
    expect.assertWell(await stack.import(file));
    expect.assertWell(await stack.up());
    expect.assertNothing(await stack.up());
    assert.notEqual(bench.providers.cloud.get("orders:dev:SECURE_REGISTRY_HOST")?.inputs["value"], OLD_HOST);
  });
});

describeEngine("an import of gates before the first up", () => {
  let bench: StageBench;
  let stack: EngineStack;

  before(async () => {
    ({ bench, stack } = await open());
  });

  after(() => bench.close());

  it("the file of adopt makes the component and imports below it, and up changes what the file foretold", async () => {
    const { names, adoptions, file } = await adoptGates(bench, new Set());
    assert.deepEqual(names, [ENVIRONMENT, ...INSIDE].sort());
    const environment = adoptions.find(({ name }) => name === ENVIRONMENT);
    assert.deepEqual([environment?.id, environment?.changes], ["orders:dev", "its wait of 30 minutes is gone"]);
    expect.assertWell(await stack.import(file));
    const run = await stack.up();
    expect.assertWell(run);
    const own = run.changes.filter((change) => [ENVIRONMENT, ...INSIDE].includes(change.split(" ")[1] ?? ""));
    assert.deepEqual(own, [`update ${ENVIRONMENT}`, `update ${INSIDE[0] ?? ""}`]);
    assert.deepEqual(bench.providers.directory.takenOver, []);
    expect.assertNothing(await stack.up());
  });
});
