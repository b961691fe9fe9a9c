import assert from "node:assert/strict";
import { decodeConfig } from "../../src/config";
import { configWarnings } from "../../src/config/warnings";
import { facts, rawConfig } from "../support/rawConfig";

const TODAY = new Date("2026-11-30T12:00:00Z");

const warnings = (yaml: string, shared = "{}") =>
  configWarnings(decodeConfig(rawConfig({ stage: facts(yaml), shared: facts(shared) })), TODAY);

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

  it("configWarnings says of a tag that is a time without quotes what becomes of it; a day is read as its text", () => {
    const tags = { made: "2026-01-31 10:00:00 +0200 +0200", since: "2026-01-31 00:00:00 +0000 UTC", pci: "on" };
    const config = decodeConfig(rawConfig({ stage: { tags } }));
    assert.equal(config.tags["since"], "2026-01-31");
    assert.deepEqual(configWarnings(config, TODAY), [
      'Pulumi.qa.yaml: tags.made: becomes "2026-01-31 10:00:00 +0200 +0200"; put the time in quotes',
    ]);
  });

  it("configWarnings says of a tag whose name begins as Azure's own that it may be refused", () => {
    const lines = warnings("tags: { Azure-owner: x, owner-of-azure: y }");
    assert.equal(lines.length, 1, lines.join());
    assert.match(lines[0] ?? "", /tags\.Azure-owner: begins with microsoft, azure or windows/);
  });

  for (const [start, count] of [
    ["2017-06-01", 0],
    ["2026-11-01", 0],
    ["2027-11-01", 0],
    ["2027-12-01", 1],
    ["2099-01-01", 1],
  ] as const) {
    it(`configWarnings says ${count === 0 ? "nothing of" : "that Azure makes no"} budget that begins on ${start}`, () => {
      const lines = warnings(`{ alerts: { emails: [a@example.com] }, budget: { amount: 10, start: "${start}" } }`);
      assert.equal(lines.length, count, lines.join());
      if (count > 0) assert.match(lines[0] ?? "", /budget\.start: .* more than a year ahead/);
    });
  }

  for (const [title, ranges, says] of [
    ["everything", '["0.0.0.0/0"]', /allowedIps: lets in a quarter of all addresses or more/],
    ["two halves", "[0.0.0.0/1, 128.0.0.0/1]", /allowedIps: lets in a quarter/],
    ["a private network", "[203.0.113.0/24, 10.0.0.0/8]", /allowedIps\[1\]: "10\.0\.0\.0\/8" lies in 10\.0\.0\.0\/8/],
  ] as const) {
    it(`configWarnings says of rules for ${title} that they do not do what they seem to`, () => {
      const [line, ...none] = warnings(`registries: { secure: { allowedIps: ${ranges} } }`);
      assert.deepEqual(none, []);
      assert.match(line ?? "", says);
    });
  }
});
