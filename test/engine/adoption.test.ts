import assert from "node:assert/strict";
import type { Recording } from "../../src/preview/recording";
import { describeEngine } from "../support/engine/describeEngine";
import type { EngineStack } from "../support/engine/engineStack";
import * as expect from "../support/engine/expectations";
import { disguises, filesHolding } from "../support/engine/findText";
import { heldBack } from "../support/engine/heldBack";
import { StageBench } from "../support/engine/stageBench";

const REGISTRY = "orders-standard-registry";
const TYPE = "azure-native:containerregistry:Registry";
/** The subscription's plan, which nobody deletes. */
const DEFENDER = "/subscriptions/00000000-0000-0000-0000-0000000000a1/providers/Microsoft.Security/pricings/Containers";
const PLANTED = "Bearer planted-0815-secret";

/** The registry that stands there before the stage takes it over: somebody uses its admin user and has tagged it. */
const FOUND = {
  registryName: "companylegacy",
  resourceGroupName: "rg-legacy",
  location: "northeurope",
  sku: { name: "Standard" },
  adminUserEnabled: true,
  policies: { azureADAuthenticationAsArmPolicy: { status: "disabled" } },
  tags: { owner: "somebody" },
};

describeEngine("stage qa of everything under the engine, which adopts a registry", () => {
  let bench: StageBench;
  let stack: EngineStack;
  let recording: Recording;
  let found: readonly string[];
  let adopted: string;

  before(async () => {
    bench = await StageBench.open("everything");
    const { cloud } = bench.providers;
    adopted = cloud.seed(TYPE, FOUND);
    expect.assertWell(await (await bench.stack("dev")).up());
    stack = await bench.stack("qa");
    await stack.setSecret("dual-registry:webhookAuthorization", PLANTED);
    recording = await bench.record("qa");
    found = bench.standing;
  });

  after(() => bench.close());

  it("preview imports the registry, creates the rest and touches nothing", async () => {
    const run = await stack.preview();
    expect.assertSteps(run, expect.creations(recording));
    expect.assertSamePreview(recording, run, "more");
    expect.assertSameVerdict(undefined, recording, run);
    assert.deepEqual(bench.standing, found);
  });

  it("up takes the registry over and brings it to its facts, and what no fact says it keeps", async () => {
    expect.assertSteps(await stack.up(), expect.creations(recording));
    expect.assertSameState(recording, stack);
    await expect.assertOutputs(recording, stack, "more");
    assert.equal(expect.stateOf(stack, REGISTRY).id, adopted);
    const { adminUserEnabled, location, tags, policies } = bench.providers.cloud.get(adopted)?.inputs ?? {};
    assert.equal(adminUserEnabled, false, "as in every registry of this project");
    assert.deepEqual({ location, tags }, { location: FOUND.location, tags: FOUND.tags });
    const softDeletePolicy = { retentionDays: 14, status: "enabled" };
    assert.deepEqual({ ...asFields(policies), ...FOUND.policies, softDeletePolicy }, policies);
  });

  it("up again finds nothing to do", async () => {
    expect.assertNothing(await stack.up());
  });

  it("no file and no output of the state holds the webhook's authorization in plain text", async () => {
    assert.deepEqual(filesHolding(bench.project.room, disguises(PLANTED)), []);
    const exported = await stack.exported();
    assert.ok(disguises(PLANTED).every((text) => !exported.includes(text)));
    const hook = expect.stateOf(stack, "orders-secure-webhook");
    assert.deepEqual(bench.providers.cloud.get(hook.id ?? "")?.inputs["customHeaders"], { Authorization: PLANTED });
  });

  it("destroy is refused while the registry is protected, and unprotected takes all but what was there", async () => {
    bench.project.set(["dual-registry:registries", "secure", "protect"], false, "qa");
    expect.assertSteps(await stack.up(), []);
    const { stopsAt, guarded, retained } = heldBack(stack);
    assert.ok(stopsAt.includes(REGISTRY));
    expect.assertRefused(await stack.previewDestroy(), stopsAt, /because it is protected/);
    await stack.unprotect(...guarded);
    expect.assertWell(await stack.destroy());
    assert.deepEqual([...retained].sort(), [adopted, DEFENDER].sort());
    assert.deepEqual(bench.standing, [...found, DEFENDER].sort());
  });
});

const asFields = (value: unknown): object => (typeof value === "object" && value !== null ? value : {});
