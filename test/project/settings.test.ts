import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { mergeSettings, readProjectFile, readStackConfig } from "../../src/project";

const OURS = {
  "Pulumi.yaml": `name: dual-registry
runtime: { name: nodejs, options: { nodeargs: "--max-old-space-size=4096" } }
main: src/index.ts
backend: { url: azblob://state }
config:
  product: { value: { name: orders } }
  azure-native:location: { value: westeurope }
`,
  "Pulumi.qa.yaml": `secretsprovider: azurekeyvault://company.vault.azure.net/keys/state
encryptedkey: b3Vycw==
config:
  location: westeurope
  hook: { secure: v1:ours }
  github:owner: company
`,
};

/** Lines that a writer could put into the files of a branch, to run code or to have a credential sent elsewhere. */
const THEIRS = {
  "Pulumi.yaml": `name: other
runtime: { name: nodejs, options: { nodeargs: "--require ./evil.js" } }
main: evil.ts
backend: { url: "https://evil.example.com" }
plugins: { providers: [{ name: github, path: ./evil }] }
config:
  product: { value: { name: orders, domain: example.com } }
  azure-native:msiEndpoint: https://evil.example.com
`,
  "Pulumi.qa.yaml": `secretsprovider: hashivault://evil
environment: [evil]
config:
  location: northeurope
  hook: { secure: v1:ours }
  github:baseUrl: https://evil.example.com
  github:owner: evil
  since: 2026-01-01
`,
};

describe("mergeSettings", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "dualreg-settings-"));
    for (const [folder, files] of Object.entries({ ours: { ...OURS, "src/index.ts": "" }, theirs: THEIRS }))
      for (const [name, text] of Object.entries(files)) write(folder, name, text);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (folder: string, name: string, text: string) => {
    mkdirSync(join(root, folder, name, ".."), { recursive: true });
    writeFileSync(join(root, folder, name), text);
  };
  const merged = () => mergeSettings(readProjectFile(join(root, "ours")), join(root, "theirs"));
  const content = (name: string) => {
    const file = merged().files.find((each) => each.name === name);
    return load(file?.text ?? "") as Record<string, Record<string, unknown>>;
  };

  it("mergeSettings takes the settings of a branch and nothing that decides what runs, or with whose credentials (S0-11)", () => {
    const [shared, stage] = [content("Pulumi.yaml"), content("Pulumi.qa.yaml")];
    const ours = load(OURS["Pulumi.yaml"]) as Record<string, unknown>;
    assert.deepEqual({ ...shared, config: undefined }, { ...ours, config: undefined });
    assert.deepEqual(shared["config"], {
      product: { value: { name: "orders", domain: "example.com" } },
      "azure-native:location": { value: "westeurope" },
    });
    assert.deepEqual(
      [stage["secretsprovider"], stage["environment"]],
      ["azurekeyvault://company.vault.azure.net/keys/state", undefined],
    );
    assert.deepEqual(Object.keys(stage["config"] ?? {}).sort(), ["github:owner", "hook", "location", "since"]);
    assert.deepEqual([stage["config"]?.["location"], stage["config"]?.["github:owner"]], ["northeurope", "company"]);
    assert.doesNotMatch(
      merged()
        .files.map(({ text }) => text)
        .join(""),
      /evil/,
    );
  });

  it("mergeSettings says what it left, each with its file", () => {
    const { left } = merged();
    for (const part of ["runtime", "main", "backend", "plugins", "name", "azure-native:msiEndpoint"])
      assert.ok(
        left.some((line) => line.startsWith("Pulumi.yaml: ") && line.includes(part)),
        part,
      );
    for (const part of ["secretsprovider", "environment", "github:baseUrl", "github:owner"])
      assert.ok(
        left.some((line) => line.startsWith("Pulumi.qa.yaml: ") && line.includes(part)),
        part,
      );
  });

  it("mergeSettings writes what Pulumi reads as the same values, dates among them", () => {
    mkdirSync(join(root, "out/src"), { recursive: true });
    write("out", "src/index.ts", "");
    for (const { name, text } of merged().files) write("out", name, text);
    write("theirs", "Pulumi.yaml", OURS["Pulumi.yaml"]);
    write("theirs", "src/index.ts", "");
    write("theirs", "Pulumi.qa.yaml", THEIRS["Pulumi.qa.yaml"].replace(/^(?:secretsprovider|environment).*\n/gm, ""));
    const of = (folder: string) => readStackConfig(readProjectFile(join(root, folder)), "qa").values;
    for (const key of ["dual-registry:since", "dual-registry:location"])
      assert.equal(of("out")[key], of("theirs")[key]);
  });

  for (const [what, line] of [
    ["moved to another key", "shown: { secure: v1:ours }"],
    ["another one", "hook: { secure: v1:theirs }"],
    ["moved into a list", "list: [{ secure: v1:ours }]"],
    ["beside other keys", "hook: { secure: v1:ours2, more: 1 }"],
  ] as const)
    it(`mergeSettings refuses an encrypted value that is ${what}`, () => {
      write("theirs", "Pulumi.qa.yaml", `config:\n  ${line}\n`);
      assert.throws(merged, /Pulumi\.qa\.yaml: .* holds an encrypted value that does not stand there/);
    });

  it("mergeSettings follows no link, and takes no file of a stage that has none here", () => {
    write("theirs", "Pulumi.prod.yaml", "config: { location: evil }\n");
    assert.deepEqual(
      merged().files.map(({ name }) => name),
      ["Pulumi.yaml", "Pulumi.qa.yaml"],
    );
    rmSync(join(root, "theirs/Pulumi.qa.yaml"));
    assert.ok(merged().left.some((line) => /Pulumi\.qa\.yaml is not there/.test(line)));
    symlinkSync("/etc/hostname", join(root, "theirs/Pulumi.qa.yaml"));
    assert.throws(merged, /Pulumi\.qa\.yaml: is no regular file/);
  });

  const STACKS = "stackConfigDir: stacks\n";

  it("mergeSettings reads and writes stage files where stackConfigDir says, and follows no link to that folder", () => {
    for (const folder of ["ours", "theirs"]) {
      write(folder, "Pulumi.yaml", OURS["Pulumi.yaml"] + STACKS);
      rmSync(join(root, folder, "Pulumi.qa.yaml"));
      write(folder, "stacks/Pulumi.qa.yaml", `config: { location: ${folder}, "github:config:owner": ${folder} }\n`);
    }
    const file = merged().files.find(({ name }) => name === join("stacks", "Pulumi.qa.yaml"));
    assert.deepEqual((load(file?.text ?? "") as Record<string, unknown>)["config"], {
      location: "theirs",
      "github:config:owner": "ours",
    });
    mkdirSync(join(root, "elsewhere"));
    write("elsewhere", "Pulumi.qa.yaml", "config: {}\n");
    rmSync(join(root, "theirs/stacks"), { recursive: true });
    symlinkSync(join(root, "elsewhere"), join(root, "theirs/stacks"));
    assert.throws(merged, /Pulumi\.qa\.yaml: is no regular file; allowed: a file, no folder, and no link on the way/);
  });

  it("mergeSettings refuses stage files outside the project, and readers one whose folder is not there", () => {
    write("ours", "Pulumi.yaml", `${OURS["Pulumi.yaml"]}stackConfigDir: ../elsewhere\n`);
    assert.throws(merged, /Pulumi\.yaml, line \d+: the folder of the stage files cannot be read/);
    write("elsewhere", "Pulumi.qa.yaml", "config: {}\n");
    assert.throws(merged, /stands outside the project's folder/);
  });
});
