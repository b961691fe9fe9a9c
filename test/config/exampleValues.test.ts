import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exampleWarning, findExampleValues } from "../../src/config";
import { listStages, readProjectFile } from "../../src/project";
import { example } from "../support/examples";

const OWN = {
  "Pulumi.yaml": `name: orders
runtime: nodejs
config:
  product: { value: { name: orders, domain: contoso.com, repository: orders } }
  gates: { value: { roles: { qa: [{ team: qa, id: 811 }] }, automation: { app: 17 } } }
  policies:
    value: { secure: { signers: [{ issuer: https://a.example.com, subject: a@contoso.com, foreign: true }] } }
`,
  "Pulumi.qa.yaml": `config:
  github:owner: contoso
  azure-native:subscriptionId: 7d3b2c1a-5f60-4e8b-9a3d-2f1c0b9e8d7c
  orders:alerts: { emails: [registries@contoso.com] }
`,
};

describe("findExampleValues", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-example-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const project = (change: Readonly<Record<string, string>> = {}) => {
    for (const [name, text] of Object.entries({ ...OWN, ...change })) writeFileSync(join(folder, name), text);
    return readProjectFile(folder);
  };

  it("findExampleValues finds what the example's own files hold, and nothing else", () => {
    const whole = join(folder, "whole");
    cpSync(example("company"), whole, { recursive: true });
    const root = readProjectFile(whole);
    /** `file: value` of every match. */
    const inFiles = (files: readonly string[], pattern: RegExp): string[] =>
      files.flatMap((file) =>
        [...readFileSync(join(whole, file), "utf8").matchAll(pattern)].map(([value]) => `${file}: ${value}`),
      );
    const stages = listStages(root);
    const stageFiles = stages.map((stage) => `Pulumi.${stage}.yaml`);
    const held = [
      ...inFiles(["Pulumi.yaml"], /(?<=^\s*domain: )\S+/gm),
      ...inFiles(["Pulumi.yaml"], /(?<=\b(?:id|app): )\d+/g),
      ...inFiles(stageFiles, /(?<=(?:github:owner|azure-native:subscriptionId): )\S+/g),
      ...inFiles(stageFiles, /[^\s[]+@[^\s\]]+/g),
    ];
    const found = findExampleValues(root, stages).map(({ file, value }) => `${file}: ${value}`);
    assert.ok(held.length > 15, held.join("\n"));
    assert.deepEqual([...found].sort(), held.sort());
  });

  it("no workflow and no action names the example's repository, so that they are taken over as they are", () => {
    const github = join(__dirname, "../../.github");
    const files = readdirSync(github, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yml"));
    assert.ok(files.length > 15);
    for (const file of files) assert.doesNotMatch(readFileSync(join(github, file), "utf8"), /company\/orders/, file);
  });

  it("findExampleValues leaves a company's own values alone", () => {
    assert.deepEqual(findExampleValues(project(), ["qa"]), []);
  });

  it("findExampleValues finds signers and resources of the example, and looks at the named stages alone", () => {
    const shared = OWN["Pulumi.yaml"].replace(
      "subject: a@contoso.com",
      "subject: https://github.com/company/orders/.github/workflows/promote.yml@refs/heads/main",
    );
    const prod = `config:
  orders:registries: { secure: { mode: adopt, id: /subscriptions/00000000-0000-0000-0000-0000000000a1/x } }
`;
    const files = { "Pulumi.yaml": shared, "Pulumi.prod.yaml": prod };
    const found = findExampleValues(project(files), ["prod"]).map(({ file, key }) => `${file}: ${key}`);
    assert.deepEqual(found, [
      "Pulumi.yaml: policies.secure.signers[0].subject",
      "Pulumi.prod.yaml: registries.secure.id",
    ]);
    assert.equal(findExampleValues(project({ "Pulumi.yaml": shared }), ["qa"]).length, 1);
  });

  it("findExampleValues finds nothing in what cannot be read", () => {
    const broken = project({ "Pulumi.qa.yaml": "config: [" });
    assert.deepEqual(findExampleValues(broken, ["qa", "uat"]), []);
  });
});

describe("exampleWarning", () => {
  it("exampleWarning is one line that names each value once, with how many files hold it", () => {
    const value = { key: "github:owner", value: "company", what: "github:owner company", remedy: "x" };
    const other = { ...value, what: "product.domain company.com", file: "Pulumi.yaml" };
    assert.equal(
      exampleWarning([{ ...value, file: "Pulumi.qa.yaml" }, { ...value, file: "Pulumi.uat.yaml" }, other]),
      "Values of the example are left: github:owner company (2 files), product.domain company.com (Pulumi.yaml); see dualreg doctor",
    );
    assert.equal(exampleWarning([]), undefined);
  });
});
