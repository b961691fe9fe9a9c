import assert from "node:assert/strict";
import { decodeConfig } from "../../src/config";
import { configWarnings } from "../../src/config/warnings";
import { facts, rawConfig } from "../support/rawConfig";

const warnings = (yaml: string, shared = "{}") =>
  configWarnings(decodeConfig(rawConfig({ stage: facts(yaml), shared: facts(shared) })));

const ROLES = "gates: { roles: { qa: [{ user: a, id: 1 }] }, signOffs: {} }";
const waiver = (scope: string) => `
registries: { secure: { publicAccess: false } }
waivers:
  - { control: private-endpoint, scope: ${scope}, reason: The network makes it, approver: qa, expires: "2099-12-31" }`;

describe("configWarnings", () => {
  it("configWarnings says nothing of the smallest stage, nor of a region of another cloud", () => {
    assert.deepEqual(warnings("{}"), []);
    assert.deepEqual(warnings("location: usgovvirginia"), []);
  });

  it("configWarnings names the nearest region, and how to list them where none is near", () => {
    const [near, far, ...none] = warnings(`
location: moonbase
compliance: { locations: [westeurop, westeurope] }`);
    assert.deepEqual(none, []);
    assert.match(
      near ?? "",
      /^Pulumi\.qa\.yaml: compliance\.locations\[0\]: "westeurop" .*; did you mean `westeurope`\?$/,
    );
    assert.match(far ?? "", /^Pulumi\.qa\.yaml: location: "moonbase" .*; az account list-locations /);
  });

  it("configWarnings says of a registry and a vault without public access that nobody reaches them", () => {
    const lines = warnings("registries: { secure: { publicAccess: false } }\nvault: { publicAccess: false }");
    const [registry, vault] = lines;
    assert.equal(lines.length, 2);
    assert.match(
      registry ?? "",
      /registries\.secure\.publicAccess: false: nobody reaches the registry until a private/,
    );
    assert.match(vault ?? "", /vault\.publicAccess: false: nobody reads or writes passwords until/);
  });

  for (const [scope, count] of [
    ["stage", 0],
    ["secure", 0],
    ["standard", 1],
  ] as const) {
    it(`configWarnings takes a waiver of private-endpoint for ${scope} for the endpoint of what it covers`, () => {
      assert.equal(warnings(waiver(scope), ROLES).length, count);
    });
  }

  it("configWarnings says of a tag that is a date without quotes what becomes of it", () => {
    const tags = { made: "2026-01-31 00:00:00 +0000 UTC", owner: "2026-01-31" };
    assert.deepEqual(configWarnings(decodeConfig(rawConfig({ stage: { tags } }))), [
      'Pulumi.qa.yaml: tags.made: becomes "2026-01-31 00:00:00 +0000 UTC"; put the date in quotes',
    ]);
  });
});
