import assert from "node:assert/strict";
import * as expect from "./expectations";
import { disguises, filesHolding } from "./findText";
import { PASSWORD, type StageLife, TOKEN } from "./stageLife";

/** A secret that stands nowhere else. */
const PLANTED = "Bearer planted-4711-secret";

/**
 * Tests of what must not happen, and of what does happen.
 *
 * @param hooked class whose registry has no webhook yet and gets one
 */
export function testMishaps(life: () => StageLife, hooked: "secure" | "standard"): void {
  it("another name of a protected registry is refused by both previews, and changes nothing", async () => {
    const { bench, stack, recording, of } = life();
    life().setRegistry("secure", "name", "ordersother");
    const standing = bench.standing;
    const preview = await stack.preview();
    expect.assertRefused(preview, ["orders-secure-registry"], /unable to replace resource .* marked for protection/s);
    expect.assertSameVerdict(recording, await bench.record(of.stage), preview);
    assert.deepEqual(bench.standing, standing);
    life().setRegistry("secure", "name", undefined);
  });

  it("refresh finds what somebody changed or deleted, and up mends exactly that", async () => {
    const { bench, stack, of } = life();
    const { cloud } = bench.providers;
    const [registry, token] = [expect.stateOf(stack, "orders-secure-registry"), expect.stateOf(stack, TOKEN)];
    cloud.set(registry.id ?? "", { ...cloud.get(registry.id ?? "")?.inputs, adminUserEnabled: true });
    assert.ok(cloud.delete(token.id ?? ""));
    const refresh = await stack.refresh();
    expect.assertWell(refresh);
    const drift = ["orders-secure-registry adminUserEnabled", `${TOKEN} gone`, `${PASSWORD} gone`];
    assert.deepEqual(refresh.findings, [...(of.learns ?? []), ...drift].sort());
    expect.assertSteps(await stack.up(), ["update orders-secure-registry", `create ${TOKEN}`, `create ${PASSWORD}`]);
    assert.equal(cloud.get(registry.id ?? "")?.inputs["adminUserEnabled"], false);
    assert.ok(cloud.has(token.id ?? ""));
  });

  it("an update that fails halfway is finished by the next one", async () => {
    const { bench, stack, of } = life();
    const { faults } = bench.providers;
    bench.project.set(["consumers", "value", "-"], { name: "late", pull: ["orders/api"] });
    const [scope, token] = ["create orders-secure-scope-late-pull", "create orders-secure-token-late-pull"];
    const password = "create orders-passwords-secure-late-pull";
    faults.push({
      type: expect.stateOf(stack, TOKEN).type,
      operation: "create",
      message: "the cloud is out",
      times: 1,
    });
    const run = await stack.up();
    assert.match(run.messages("error").join("\n"), /the cloud is out/);
    assert.deepEqual([run.failure === undefined, run.changes], [false, [scope, token]]);
    expect.assertSteps(await stack.up(), [token, password]);
    life().recording = await bench.record(of.stage);
    expect.assertSameState(life().recording, stack);
  });

  it("a webhook's authorization reaches the cloud and stands in no file in plain text", async () => {
    const { bench, stack } = life();
    const url = "https://hooks.example.com/registry";
    life().setRegistry(hooked, "webhook", { url });
    await stack.setSecret("dual-registry:webhookAuthorization", PLANTED);
    await life().change([`create orders-${hooked}-webhook`]);
    const hook = expect.stateOf(stack, `orders-${hooked}-webhook`);
    assert.deepEqual(bench.providers.cloud.get(hook.id ?? "")?.inputs["customHeaders"], { Authorization: PLANTED });
    assert.deepEqual(filesHolding(bench.project.room, disguises(PLANTED)), []);
    const exported = await stack.exported();
    assert.ok(disguises(PLANTED).every((text) => !exported.includes(text)));
  });
}
