import assert from "node:assert/strict";
import { inspect, promisify } from "node:util";
import { status } from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ProviderHandshakeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { loadProviderFacts } from "../../src/preview/change/providerFacts";
import { AZURE } from "../support/providers/azureTypes";
import { withProviders } from "../support/providers/bench";
import { ProviderClient } from "../support/providers/client";
import { constraints } from "../support/providers/constraints";
import { sample, SAMPLES, seedSamples } from "../support/providers/samples";
import { secretOf } from "../support/providers/values";

describe("startProviders", () => {
  it("startProviders names all providers and their ports", () =>
    withProviders(async ({ debugProviders }) => {
      await Promise.resolve();
      assert.match(debugProviders, /^azure-native:\d+,github:\d+,kubernetes:\d+$/);
    }));

  it("getPluginInfo gives the versions of the packages", () =>
    withProviders(async ({ azure, github }) => {
      const info = async ({ rpc }: ProviderClient) =>
        (await promisify<PluginInfo>((done) => void rpc.getPluginInfo(new Empty(), done as never))()).getVersion();
      assert.deepEqual([await info(azure), await info(github)], ["3.28.0", "6.15.0"]);
    }));

  it("handshake is left to the engine's older way", () =>
    withProviders(async ({ azure }) => {
      const request = new ProviderHandshakeRequest();
      const asked = promisify((done: (error: Error | null) => void) => void azure.rpc.handshake(request, done))();
      await assert.rejects(asked, { code: status.UNIMPLEMENTED });
    }));

  it("configure takes secrets and previews", () =>
    withProviders(async ({ azure }) => {
      const answer = await azure.configure({ subscriptionId: "a" });
      assert.deepEqual([answer.getAcceptsecrets(), answer.getSupportspreview()], [true, true]);
    }));

  it("checkConfig knows the providers' configuration and refuses other keys", () =>
    withProviders(async ({ azure, github }) => {
      assert.deepEqual(await azure.checkConfig({ subscriptionId: "a", location: "b", version: "3.28.0" }), []);
      assert.deepEqual(await github.checkConfig({ owner: "company", token: secretOf("of-nobody") }), []);
      const [reason = ""] = await azure.checkConfig({ subscription: secretOf("of-nobody") });
      assert.match(reason, /'subscription' is no configuration of azure-native/);
      assert.doesNotMatch(reason, /of-nobody/);
    }));

  it("engines with different subscriptions do not see each other's", () =>
    withProviders(async ({ azure, debugProviders, cloud }) => {
      const other = new ProviderClient(debugProviders, "azure-native");
      await azure.configure({ subscriptionId: "11111111-0000-0000-0000-000000000000" });
      await other.configure({ subscriptionId: "22222222-0000-0000-0000-000000000000" });
      const made = await Promise.all([azure, other].map((one) => one.create(AZURE.group, sample(AZURE.group))));
      assert.deepEqual(
        made.map(({ id }) => id.split("/")[2]?.[0]),
        ["1", "2"],
      );
      assert.equal(cloud.all().length, 2);
      other.close();
    }));

  it("faults stop the calls they name, as often as they say, before anything is done", () =>
    withProviders(async ({ azure, cloud, faults, calls }) => {
      const fault = { type: AZURE.group, operation: "create", name: /^it$/, message: "429: later", times: 2 } as const;
      faults.push({ ...fault, name: /^other$/ }, { ...fault });
      const fails = () => assert.rejects(azure.create(AZURE.group, sample(AZURE.group)), /429: later/);
      await fails();
      await fails();
      assert.deepEqual(cloud.all(), []);
      await azure.create(AZURE.group, sample(AZURE.group));
      assert.equal(faults[1]?.times, 0);
      const call = { provider: "azure-native", operation: "create", type: AZURE.group, name: "it" };
      assert.deepEqual(calls, [call, call, call]);
    }));

  it("cloud.delete is a deletion behind the engine's back", () =>
    withProviders(async ({ azure, cloud }) => {
      const [id = ""] = seedSamples(cloud, [AZURE.group]);
      assert.equal(cloud.delete(id.toUpperCase()), true);
      assert.equal(cloud.delete(id), false);
      assert.equal((await azure.read(AZURE.group, { id })).id, "");
    }));

  it("cloud.set makes what an ARM id names, and asks for the type of anything else", () =>
    withProviders(async ({ cloud }) => {
      await Promise.resolve();
      cloud.set("/subscriptions/s/resourcegroups/rg-logs", { location: "westeurope" });
      assert.deepEqual(cloud.all()[0]?.inputs, { resourceGroupName: "rg-logs", location: "westeurope" });
      assert.throws(() => cloud.set("orders:qa", {}), /use seed/);
    }));

  it("a secret shows nothing of itself when it is printed", () => {
    const secret = secretOf("of-nobody");
    assert.doesNotMatch(`${inspect(secret, { depth: 9, showHidden: true })} ${JSON.stringify(secret)}`, /nobody/);
  });
});

describe("constraints.json", () => {
  it("constraints speak of the types that the facts on replacement speak of, and of the samples", () => {
    const types = Object.keys(constraints().resources).sort();
    assert.deepEqual(types, Object.keys(loadProviderFacts().resources).sort());
    assert.deepEqual(types, Object.keys(SAMPLES).sort());
  });

  it("constraints know every property that the facts name", () => {
    for (const [type, { replace, update }] of Object.entries(loadProviderFacts().resources)) {
      for (const path of [...Object.keys(replace), ...update]) {
        let specs = constraints().resources[type]?.properties;
        for (const part of path.split(".")) {
          assert.ok(specs !== undefined && part in specs, `${type} has no ${path}`);
          specs = specs[part]?.properties;
        }
      }
    }
  });
});
