import assert from "node:assert/strict";
import { resolve } from "node:path";
import type { RecordedResource, Recording } from "../../../src/preview/recording";
import { assertNoUnexpected, recordProgram, recordProject, theResource } from "../../support/recorder";

const PAIR = resolve(__dirname, "../../fixtures/programs/pair");
const REGISTRY = "azure-native:containerregistry:Registry";

describe("recordStages of a pair of registries", () => {
  let recording: Recording;
  const resource = (name: string): RecordedResource =>
    recording.resources.find((found) => found.name === name) ?? assert.fail(`no resource ${name}`);

  before(async () => {
    process.env["AZURE_CLIENT_SECRET"] = "not for the program";
    recording = await recordProgram({ program: PAIR });
    delete process.env["AZURE_CLIENT_SECRET"];
  });

  it("recordStages builds URNs from all parents' types and sorts by them", () => {
    const urns = recording.resources.map((found) => found.urn.replace("urn:pulumi:dev::pair::", ""));
    assert.deepEqual(urns, [
      "azure-native:resources:ResourceGroup::group",
      "pulumi-nodejs:dynamic:Resource::note",
      "pulumi:providers:azure-native::explicit",
      "pulumi:pulumi:Stack::pair-dev",
      `sample:index:Pair$${REGISTRY}::a-secure`,
      `sample:index:Pair$${REGISTRY}::a-standard`,
      `sample:index:Pair$${REGISTRY}::b-secure`,
      `sample:index:Pair$${REGISTRY}::b-standard`,
      "sample:index:Pair::a",
      "sample:index:Pair::b",
    ]);
    assert.equal(resource("a-secure").parent, resource("a").urn);
    assert.equal(resource("a").parent, resource("pair-dev").urn);
    assert.equal(resource("pair-dev").parent, undefined);
  });

  it("recordStages keeps configuration known, what the cloud decides unknown, and secrets to itself", () => {
    assert.equal(resource("group").inputs["location"], "westeurope");
    assert.equal(resource("a-secure").inputs["resourceGroupName"], "[unknown]");
    assert.deepEqual(resource("a-secure").inputs["tags"], { owner: "[secret]", tenant: "[unknown]" });
    assert.deepEqual(resource("a").outputs, { owner: "[secret]", server: "[unknown]" });
  });

  it("recordStages records the options that were given, and no alias of an API version", () => {
    assert.deepEqual(resource("a-secure").options, {
      protect: true,
      dependsOn: [resource("group").urn],
      aliases: [{ name: "old" }],
      customTimeouts: { create: "5m" },
    });
    assert.deepEqual(resource("a-standard").options, {
      retainOnDelete: true,
      deleteBeforeReplace: false,
      dependsOn: [resource("a-secure").urn],
      ignoreChanges: ["tags"],
    });
    assert.deepEqual(resource("group").options, { provider: `${resource("explicit").urn}::[unknown]` });
  });

  it("recordStages leaves out a dynamic resource's code", () => {
    assert.deepEqual(resource("note").inputs, { text: "t" });
  });

  it("recordStages keeps reads and calls apart from registrations", () => {
    const [read, ...others] = recording.reads ?? [];
    assert.deepEqual([read?.name, read?.id, others.length], ["existing", "/subscriptions/0000/registries/existing", 0]);
    assert.deepEqual(recording.calls, ["azure-native:authorization:getClientConfig"]);
  });

  it("recordStages makes every property of a call's result unknown, in text too", () => {
    assert.equal(recording.outputs["plain"], "[unknown]");
    assert.equal(recording.outputs["within"], "[unknown]");
    assert.equal(recording.outputs["existing"], "[unknown]");
  });

  it("recordStages shows an asset and a whole resource readably", () => {
    assert.deepEqual(recording.outputs["asset"], { "[asset]": { text: "text" } });
    const group = recording.outputs["group"] as Record<string, unknown>;
    assert.deepEqual(
      [group["location"], group["id"], "@isPulumiResource" in group],
      ["westeurope", "[unknown]", false],
    );
  });

  it("recordStages hands no credential to the program", () => {
    const names = recording.outputs["environment"] as string[];
    assert.ok(names.includes("PATH"));
    assert.ok(!names.includes("AZURE_CLIENT_SECRET"));
  });

  it("assertNoUnexpected names a type or call the test does not allow", () => {
    const types = [
      REGISTRY,
      "azure-native:resources:ResourceGroup",
      "sample:index:Pair",
      "pulumi-nodejs:dynamic:Resource",
    ];
    const allowed = [...types, "pulumi:providers:azure-native", "azure-native:authorization:getClientConfig"];
    assertNoUnexpected(recording, allowed);
    assert.throws(() => assertNoUnexpected(recording, allowed.slice(1)), /containerregistry:Registry/);
    assert.throws(() => assertNoUnexpected(recording, allowed.slice(0, -1)), /getClientConfig/);
  });

  it("recordStages gives the same recording twice", async () => {
    process.env["AZURE_CLIENT_SECRET"] = "not for the program";
    assert.equal(JSON.stringify(await recordProgram({ program: PAIR })), JSON.stringify(recording));
    delete process.env["AZURE_CLIENT_SECRET"];
  });
});

/** Each stage gives outputs of every sort and reads those of the stage that its configuration names. */
const CHAIN = `
import * as pulumi from "@pulumi/pulumi";
class Part extends pulumi.ComponentResource {
  constructor() { super("sample:index:Part", "part"); this.registerOutputs({}); }
}
class Thing extends pulumi.CustomResource {
  constructor() { super("sample:index:Thing", "thing", { given: 1, made: undefined }); }
}
export = async () => {
  new Part();
  const before = new pulumi.Config().get("before");
  const own = { plain: "p", secret: pulumi.secret("s"), nested: { list: [1, pulumi.secret("z")] } };
  if (before === undefined) return own;
  const reference = new pulumi.StackReference("before", { name: before });
  if (new pulumi.Config().getBoolean("boom")) throw new Error("boom");
  const read = Object.fromEntries(Object.keys(own).map((key) => [key, reference.getOutput(key)]));
  return { ...own, read, absent: { value: reference.getOutput("nosuch") } };
};
`;
const reference = (stack: string): Record<string, string> => ({ before: `organization/sample/${stack}` });

describe("recordStages and stack references", () => {
  it("recordStages records the stages that a requested one refers to, and returns the requested one", async () => {
    const seen: string[] = [];
    const stacks = { dev: {}, qa: reference("dev"), uat: reference("qa"), prod: reference("uat") };
    const result = await recordProject(
      { program: CHAIN, stacks },
      { stages: ["uat"], onProgress: (stack, event, resources) => seen.push(`${stack} ${event} ${resources}`) },
    );
    assert.deepEqual(result.failures, []);
    assert.deepEqual([...result.recordings.keys()], ["uat"]);
    const finished = seen.filter((line) => line.includes("finished"));
    assert.deepEqual(finished, ["dev finished 2", "qa finished 2", "uat finished 2"]);
    const uat = result.recordings.get("uat") as Recording;
    assert.deepEqual(uat.references, [{ name: "before", stack: "organization/sample/qa" }]);
    assert.deepEqual(uat.outputs["read"], { plain: "p", secret: "[secret]", nested: "[secret]" });
    assert.deepEqual(uat.outputs["absent"], {});
  });

  it("recordStages keeps outputs unknown that the cloud decides, and those of other projects", async () => {
    const program = CHAIN.replace("return own;", "return { made: new Thing().made };").replace(
      "Object.keys(own)",
      '["made"]',
    );
    const stacks = { dev: {}, qa: reference("dev"), uat: { before: "contoso/platform/dev" } };
    const { recordings, failures } = await recordProject({
      program: program,
      stacks,
    });
    assert.deepEqual(failures, []);
    assert.deepEqual([...recordings.keys()], ["dev", "qa", "uat"]);
    assert.deepEqual(recordings.get("qa")?.outputs["read"], { made: "[unknown]" });
    assert.deepEqual(recordings.get("uat")?.outputs["read"], { made: "[unknown]" });
  });

  it("recordStages ends a circle of references, and tells cause from consequence", async () => {
    const stacks = { dev: reference("uat"), qa: reference("dev"), uat: reference("qa") };
    const { recordings, failures } = await recordProject({ program: CHAIN, stacks });
    assert.equal(recordings.size, 0);
    const [cause, ...causes] = failures.filter((failure) => !failure.consequence);
    assert.equal(causes.length, 0);
    assert.match(cause?.message ?? "", /^Stack references go in a circle: (dev|qa|uat)( -> (dev|qa|uat)){3}$/);
    const consequences = failures.filter((failure) => failure.consequence);
    assert.equal(consequences.length, 2);
    for (const { message } of consequences)
      assert.match(message, /^Cannot read the outputs of stack .* its own preview failed$/);
  });

  it("recordStages answers a stack without a file as the engine does", async () => {
    const { failures } = await recordProject({ program: CHAIN, stacks: { dev: reference("nosuch") } });
    const message = 'unknown stack "organization/sample/nosuch"';
    assert.deepEqual(failures, [{ stack: "dev", message, consequence: false }]);
  });

  it("recordStages with one slot lets a waiting stage give its slot away", async () => {
    const stacks = { dev: reference("qa"), qa: {} };
    const { recordings } = await recordProject({ program: CHAIN, stacks }, { concurrency: 1 });
    assert.deepEqual([...recordings.keys()], ["dev", "qa"]);
  });
});

describe("recordProgram", () => {
  it("recordProgram hands configuration and secrets to a program that imports the house's rooms", async () => {
    const program = `
      import * as pulumi from "@pulumi/pulumi";
      import { UNKNOWN } from "./src/base/placeholders";
      const config = new pulumi.Config();
      export const list = config.requireObject("list");
      export const key = config.requireSecret("key");
      export const word = UNKNOWN;`;
    const recording = await recordProgram({
      program,
      config: { list: [1, "two"], key: { secure: "v1:x" } },
      stack: "qa",
    });
    assert.deepEqual(recording.outputs, { key: "[secret]", list: [1, "two"], word: "[unknown]" });
    assert.equal(theResource(recording, "pulumi:pulumi:Stack", "sample-qa").custom, false);
  });

  it("recordProgram leaves what a function answers unknown, however deep, and warns of one that no package declares", async () => {
    const program = `
      import * as pulumi from "@pulumi/pulumi";
      import { getRegistryOutput } from "@pulumi/azure-native/containerregistry";
      const registry = getRegistryOutput({ registryName: "orders", resourceGroupName: "group" });
      export const sku = registry.sku.name;
      export const policy = registry.apply((found) => found.policies?.quarantinePolicy?.status ?? "none");
      const args = { name: "x" };
      const undeclared = pulumi.runtime.invokeOutput("nosuch:index:getThing", args);
      export const thing = undeclared.apply((found) => found.name);
      export const again = pulumi.runtime.invokeOutput("nosuch:index:getThing", args).apply((found) => found.name);`;
    const { outputs, logs, calls } = await recordProgram({ program });
    assert.deepEqual(outputs, { sku: "[unknown]", policy: "[unknown]", thing: "[unknown]", again: "[unknown]" });
    assert.deepEqual(calls, ["azure-native:containerregistry:getRegistry", "nosuch:index:getThing"]);
    const warnings = logs.filter(({ severity }) => severity === "warning").map(({ message }) => message);
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings.join(), /'nosuch:index:getThing' answers: no installed package declares it/);
  });

  it("recordProgram fails with the program's own message", async () => {
    await assert.rejects(recordProgram({ program: 'throw new Error("of its own");\n' }), /of its own/);
  });
});
