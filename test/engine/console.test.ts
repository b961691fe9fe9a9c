import assert from "node:assert/strict";
import { isObject } from "../../src/base/json";
import { describeEngine } from "../support/engine/describeEngine";
import type { EngineStack } from "../support/engine/engineStack";
import { ownResources } from "../support/engine/engineState";
import * as expect from "../support/engine/expectations";
import { StageBench } from "../support/engine/stageBench";
import { AZURE } from "../support/providers/azureTypes";
import { KUBERNETES } from "../support/providers/kubernetesIds";

const CONSOLE = "dual-registry:console";
const [FIRST, SECOND] = ["3f", "4e"].map((part) => `sha256:${part.repeat(32)}`);
const PODS = "orders-console-pods";
const APP = "orders-console-app";

const consoleOf = async (stack: EngineStack): Promise<unknown> => (await stack.outputs())["console"];
const imageOf = (stack: EngineStack, name: string): unknown => {
  const text = JSON.stringify(expect.stateOf(stack, name).outputs);
  return /"image":"([^"]+)"/.exec(text)?.[1];
};

describeEngine("a console in a cluster, under the engine", () => {
  let bench: StageBench;
  let stack: EngineStack;
  before(async () => {
    bench = await StageBench.open("everything");
    stack = await bench.stack("dev");
    expect.assertWell(await stack.up());
  });
  after(() => bench.close());
  const up = async (steps: readonly string[]) => {
    expect.assertSteps(await stack.up(), steps);
    expect.assertNothing(await stack.up());
  };

  it("S0-3 ClusterConsole runs the image by the digest of the stage file, and the outputs say which one and where", async () => {
    assert.equal(imageOf(stack, PODS), `ghcr.io/company/secure/orders/console@${FIRST}`);
    assert.deepEqual(await consoleOf(stack), {
      ...{ kind: "kubernetes", host: "console.dev.company.com" },
      ...{ class: "secure", repository: "orders/console", digest: FIRST },
    });
    const types = ownResources(stack.state()).map(({ type }) => type);
    for (const type of [KUBERNETES.service, KUBERNETES.httpRoute, KUBERNETES.networkPolicy]) {
      assert.equal(types.filter((one) => one === type).length, 1, type);
    }
    expect.assertNothing(await stack.up());
  });

  it("S0-3 ClusterConsole updates the pods alone for another digest", async () => {
    bench.project.set([CONSOLE, "image"], `orders/console@${SECOND}`, "dev");
    await up([`update ${PODS}`]);
    assert.equal(imageOf(stack, PODS), `ghcr.io/company/secure/orders/console@${SECOND}`);
  });

  it("S0-3 a tag in place of the digest ends the run before anything is registered", async () => {
    bench.project.set([CONSOLE, "image"], "orders/console:v1.2.4", "dev");
    const run = await stack.up();
    assert.match(run.failure ?? "", /console\.image: .*a tag can move to another image/);
    bench.project.set([CONSOLE, "image"], `orders/console@${SECOND}`, "dev");
    expect.assertNothing(await stack.up());
  });

  it("ClusterConsole makes a budget for more replicas, and an ingress in place of the gateway's route", async () => {
    bench.project.set([CONSOLE, "replicas"], 2, "dev");
    await up([`update ${PODS}`, "create orders-console-budget"]);
    bench.project.set([CONSOLE, "route"], { by: "ingress", class: "nginx", tls: "console-tls" }, "dev");
    await up(["create orders-console-ingress", "delete orders-console-route"]);
  });

  it("ClusterConsole goes whole with the key, and leaves the rest", async () => {
    const own = ownResources(stack.state()).flatMap(({ urn }) => {
      const name = urn.split("::").at(-1) ?? "";
      return name.startsWith("orders-console") ? [`delete ${name}`] : [];
    });
    bench.project.set([CONSOLE], undefined, "dev");
    await up(own);
    assert.equal(await consoleOf(stack), undefined);
  });
});

describeEngine("a console in Container Apps, under the engine", () => {
  let bench: StageBench;
  let stack: EngineStack;
  const environment =
    "/subscriptions/00000000-0000-0000-0000-00000000000d/resourceGroups/rg-apps/providers/Microsoft.App/managedEnvironments/apps";
  before(async () => {
    bench = await StageBench.open("company");
    bench.project.set([CONSOLE], { kind: "container-apps", image: `orders/console@${FIRST}`, environment }, "dev");
    stack = await bench.stack("dev");
    expect.assertWell(await stack.up());
  });
  after(() => bench.close());

  it("S0-3 AppConsole runs the image of the stage's own registry by digest, and the outputs say where", async () => {
    assert.equal(imageOf(stack, APP), `ordersdevsecure.azurecr.io/orders/console@${FIRST}`);
    const output = await consoleOf(stack);
    assert.ok(isObject(output));
    assert.match(String(output["host"]), /^orders-dev-console\..*azurecontainerapps\.io$/);
    assert.equal(output["digest"], FIRST);
    expect.assertNothing(await stack.up());
  });

  it("S0-4 AppConsole is made once its identity may pull and read the passwords, and no value of one is in the state", () => {
    const state = expect.stateOf(stack, APP);
    const before = (state.dependencies ?? []).map((urn) => urn.split("::").at(-1) ?? "");
    for (const right of ["AcrPull-registry-secure", "ReadSecret-secret-secure", "ReadSecret-secret-standard"]) {
      assert.ok(before.includes(`orders-identities-id-orders-dev-console-${right}`), right);
    }
    const text = JSON.stringify(stack.state());
    for (const password of bench.azure.passwords) assert.ok(!text.includes(password));
    assert.ok(bench.azure.passwords.length > 0);
  });

  it("S0-3 AppConsole takes another digest in place, and goes with the key", async () => {
    bench.project.set([CONSOLE, "image"], `orders/console@${SECOND}`, "dev");
    expect.assertSteps(await stack.up(), [`update ${APP}`]);
    expect.assertNothing(await stack.up());
    bench.project.set([CONSOLE], undefined, "dev");
    expect.assertWell(await stack.up());
    assert.deepEqual(
      ownResources(stack.state()).filter(({ type }) => type === AZURE.containerApp),
      [],
    );
    expect.assertNothing(await stack.up());
  });
});
