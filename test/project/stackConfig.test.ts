import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { readProjectFile, readStackConfig } from "../../src/project";
import { withProject } from "../support/recorder";

/** The configuration a program gets, by full key, and the secret keys. */
async function configOf(stackYaml: string, projectYaml = ""): Promise<{ values: unknown; secrets: unknown }> {
  const files = { "Pulumi.dev.yaml": stackYaml };
  return withProject({ program: "", stacks: {}, projectYaml, files }, (dir) => {
    const { config, secretKeys } = readStackConfig(readProjectFile(dir), "dev");
    const [values, secrets] = [config, secretKeys].map((json): unknown => JSON.parse(json));
    return { values, secrets };
  });
}

async function assertRefused(stackYaml: string, projectYaml: string, message: RegExp): Promise<void> {
  await assert.rejects(configOf(stackYaml, projectYaml), (error) => {
    assert.ok(error instanceof DualRegistryError);
    assert.equal(error.code, "CONFIG_INVALID");
    assert.match(error.message, message);
    return true;
  });
}

/** Pairs of YAML and the text that Pulumi 3.260 hands to a program for it. */
const SCALARS: readonly (readonly [string, string])[] = [
  ...([
    ["12", "12"],
    ["+12", "12"],
    ["-0", "0"],
    ["1_000", "1000"],
    ["007", "7"],
    ["089", "89"],
  ] as const),
  ...([
    ["0777", "511"],
    ["0o17", "15"],
    ["0b11", "3"],
    ["0x1F", "31"],
    ["1e3", "1000"],
  ] as const),
  ...([
    ["1.50", "1.5"],
    [".5", "0.5"],
    ["1e21", "1e+21"],
    ["1e-7", "1e-7"],
  ] as const),
  ...([
    ["9007199254740993", "9007199254740993"],
    ["12345678901234567890", "12345678901234567890"],
  ] as const),
  ...([
    ["123456789012345678901234567890", "1.2345678901234568e+29"],
    ["12:30", "12:30"],
  ] as const),
  ...([
    ["true", "true"],
    ["True", "true"],
    ["yes", "yes"],
    ['"true"', "true"],
    ["null", ""],
    ["~", ""],
    ['""', ""],
  ] as const),
  ...([
    ["2026-01-01", "2026-01-01 00:00:00 +0000 UTC"],
    ['"2026-01-01"', "2026-01-01"],
  ] as const),
  ...([["2026-01-01T10:00:00Z", "2026-01-01 10:00:00 +0000 UTC"]] as const),
  ...([["2026-01-01T10:00:00.5+02:00", "2026-01-01 10:00:00.5 +0200 +0200"]] as const),
  ...([
    ["[]", "[]"],
    ["{}", "{}"],
    ["[a, 1, null, { x: true }]", '["a",1,null,{"x":true}]'],
  ] as const),
  ...([["{ z: 1, a: null, n: 1.0, 1: one }", '{"1":"one","a":null,"n":1,"z":1}']] as const),
  ...([['{ h: "<&>", big: 9007199254740993 }', '{"big":9007199254740993,"h":"\\u003c\\u0026\\u003e"}']] as const),
  ...([["{ day: 2026-01-01, t: yes }", '{"day":"2026-01-01 00:00:00 +0000 UTC","t":"yes"}']] as const),
];

describe("stackConfig", () => {
  it("readStackConfig hands scalars, lists and objects on as Pulumi does", async () => {
    const lines = SCALARS.map(([yaml], index) => `  sample:k${index}: ${yaml}`);
    const { values } = await configOf(`config:\n${lines.join("\n")}\n`);
    assert.deepEqual(values, Object.fromEntries(SCALARS.map(([, text], index) => [`sample:config:k${index}`, text])));
  });

  it("readStackConfig lets a stack's value replace the project's, never merges", async () => {
    const project =
      "config:\n  both: { value: { p: 1, q: 2 } }\n  shared: { value: { a: [1] } }\n  gone: { default: 3 }\n";
    const { values } = await configOf("config:\n  sample:both: { p: 9 }\n  gone: null\n", project);
    assert.deepEqual(values, {
      "sample:config:both": '{"p":9}',
      "sample:config:gone": "",
      "sample:config:shared": '{"a":[1]}',
    });
  });

  it("readStackConfig takes plain project values, other namespaces and the old spelling of keys", async () => {
    const project = "config:\n  text: hello\n  list: [1, two]\n  azure-native:location: westeurope\n";
    const { values } = await configOf("config:\n  other:config:old: legacy\n", project);
    assert.deepEqual(values, {
      "azure-native:config:location": "westeurope",
      "other:config:old": "legacy",
      "sample:config:list": '[1,"two"]',
      "sample:config:text": "hello",
    });
  });

  it("readStackConfig replaces secure values by a placeholder and makes their whole key secret", async () => {
    const yaml =
      "config:\n  sample:key: { secure: v1:abc }\n  sample:deep: { a: [{ secure: v1:def }], c: plain }\n  sample:open: 1\n";
    const { values, secrets } = await configOf(yaml);
    assert.deepEqual(secrets, ["sample:deep", "sample:key"]);
    assert.deepEqual(values, {
      "sample:config:deep": '{"a":["[secret]"],"c":"plain"}',
      "sample:config:key": "[secret]",
      "sample:config:open": "1",
    });
  });

  it("readStackConfig names file and line of what is no YAML", async () => {
    await assertRefused("config:\n  sample:a: [1\n  sample:b: 2\n", "", /^Pulumi\.dev\.yaml, line 3, column \d+: /);
    await assertRefused("- a\n", "", /^Pulumi\.dev\.yaml, line 1: the file must hold a mapping/);
    await assertRefused("config: text\n", "", /^Pulumi\.dev\.yaml, line 1: 'config' must be a mapping/);
  });

  it("readStackConfig refuses what Pulumi refuses", async () => {
    await assertRefused("config:\n  too:many:colons: 1\n", "", /line 2: "too:many:colons" must be of the form/);
    await assertRefused(
      "",
      "config:\n  a: { type: string }\n",
      /missing values that Pulumi\.yaml declares: 'sample:a'/,
    );
    await assertRefused("", "config:\n  a: { value: 1, default: 2 }\n", /^Pulumi\.yaml, line 4: 'a' cannot have both/);
    await assertRefused("", "config:\n  a: { k: 1 }\n", /'a' has a field 'k'/);
    await assertRefused("", "config:\n  a:\n", /'a' has no value: write one behind it, or take the line out/);
    await assertRefused("", "config:\n  a: 1.5\n", /'a' must be a text, a whole number/);
    await assertRefused("", "config:\n  a: { value: 2026-01-01 }\n", /'a' holds an unquoted date/);
    await assertRefused("", "config:\n  other:x: { default: 3 }\n", /'other:x' is not the project's own/);
    const typed = "config:\n  a: { type: integer, default: 3 }\n";
    await assertRefused("config:\n  sample:a: abc\n", typed, /line 2: 'sample:a' must be of type 'integer'/);
  });

  it("readStackConfig refuses imports of environments", async () => {
    await assertRefused("environment: [shared]\n", "", /line 1: imports of environments cannot be resolved offline/);
  });

  it("readStackConfig refuses more than one environment variable holds", async function () {
    if (process.platform !== "linux") this.skip();
    await configOf(`config:\n  sample:long: ${"x".repeat(131_000)}\n`);
    await assertRefused(`config:\n  sample:long: ${"x".repeat(131_072)}\n`, "", /131\d{3} bytes .* at most 131071/);
  });

  it("readStackConfig and readProjectFile name a missing file", async () => {
    await withProject({ program: "", stacks: {} }, (dir) => {
      const project = readProjectFile(dir);
      assert.throws(
        () => readStackConfig(project, "nosuch"),
        /^DualRegistryError: Pulumi\.nosuch\.yaml: cannot be read/,
      );
      assert.throws(() => readProjectFile(`${dir}/src`), /^DualRegistryError: Pulumi\.yaml: cannot be read/);
    });
  });

  it("readProjectFile takes the runtime's options and the entry", async () => {
    const options = "options: { typescript: false, nodeargs: \"--a 'b c'\", tsconfig: t.json }";
    const files = {
      "Pulumi.yaml": `name: sample\nmain: index.ts\nstackConfigDir: src\nruntime: { name: nodejs, ${options} }\n`,
    };
    await withProject({ program: "", stacks: {}, files }, (dir) => {
      const { typescript, nodeArgs, tsconfig, entry, programDir, stackDir } = readProjectFile(dir);
      assert.deepEqual([typescript, nodeArgs, tsconfig, entry], [false, ["--a", "b c"], "t.json", "index.ts"]);
      assert.deepEqual([programDir, stackDir], [dir, `${dir}/src`]);
    });
  });
});
