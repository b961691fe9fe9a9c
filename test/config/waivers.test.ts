import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { decodeConfig } from "../../src/config";
import { facts, rawConfig } from "../support/rawConfig";

const ROLES = facts("gates: { roles: { dev: [{ team: dev, id: 1 }] }, signOffs: {} }");
const GOOD = "control: tokens-off, reason: Consumers outside Azure need them, approver: dev, expires: '2027-03-31'";

const decode = (yaml: string, stack = "qa") => decodeConfig(rawConfig({ stack, stage: facts(yaml), shared: ROLES }));

function problem(yaml: string): string {
  try {
    decode(yaml);
  } catch (error) {
    assert.ok(error instanceof DualRegistryError, String(error));
    return error.message;
  }
  return "";
}

describe("waivers in a stage file", () => {
  it("decodeConfig reads a waiver, for the whole stage where no scope is said", () => {
    assert.deepEqual(decode(`waivers: [{ ${GOOD} }]`).compliance.waivers, [
      {
        ...{ control: "tokens-off", scope: "stage", reason: "Consumers outside Azure need them", approver: "dev" },
        expires: "2027-03-31",
      },
    ]);
  });

  it("decodeConfig reads a day that stands unquoted in YAML, as the engine hands it over", () => {
    const read = decode(`waivers: [{ ${GOOD.replace("'2027-03-31'", "'2027-03-31 00:00:00 +0000 UTC'")} }]`);
    assert.equal(read.compliance.waivers[0]?.expires, "2027-03-31");
  });

  it("decodeConfig reads an expired waiver: the evaluation fails it, and the file stays readable", () => {
    assert.equal(decode(`waivers: [{ ${GOOD.replace("2027", "2001")} }]`).compliance.waivers.length, 1);
  });

  it("decodeConfig has no waivers, default levels, and a year of audit in prod alone where nothing is said", () => {
    assert.deepEqual(decode("{}").compliance, { levels: {}, waivers: [], auditYears: 0 });
    const prod = facts("{ location: westeurope, owns: [repository, subscription] }");
    assert.equal(decodeConfig(rawConfig({ stack: "prod", stage: prod })).compliance.auditYears, 1);
  });

  it("decodeConfig reads levels and measures", () => {
    const said = "levels: { quarantine-on: mandatory }, auditYears: 7, locations: [westeurope], namePrefix: cr";
    assert.deepEqual(decode(`compliance: { ${said} }`).compliance, {
      ...{ levels: { "quarantine-on": "mandatory" }, waivers: [], auditYears: 7 },
      ...{ allowedLocations: ["westeurope"], namePrefix: "cr" },
    });
  });

  for (const [title, yaml, says] of [
    ["a control that does not exist", GOOD.replace("tokens-off", "tokens-of"), 'waivers[0].control: "tokens-of"'],
    ["a day that the calendar lacks", GOOD.replace("03-31", "02-30"), 'waivers[0].expires: "2027-02-30"'],
    ["a reason of a word", GOOD.replace("Consumers outside Azure need them", "because"), "waivers[0].reason"],
    ["a role that does not exist", GOOD.replace("approver: dev", "approver: ops"), "is not a role; allowed: dev"],
    ["a scope that does not exist", `${GOOD}, scope: prod`, "allowed: secure, standard, stage"],
    ["no expiry", GOOD.replace(", expires: '2027-03-31'", ""), "waivers[0].expires: missing"],
  ] as const) {
    it(`decodeConfig refuses a waiver with ${title}, in one line`, () => {
      const lines = problem(`waivers: [{ ${yaml} }]`).split("\n");
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.ok(lines[0]?.includes(says), lines[0]);
    });
  }

  it("decodeConfig refuses two waivers of one control and scope", () => {
    assert.match(
      problem(`waivers: [{ ${GOOD} }, { ${GOOD} }]`),
      /waivers\[1\]: "tokens-off" is waived twice for stage/,
    );
  });

  it("decodeConfig counts waivers as the file has them, also behind one that is wrong itself", () => {
    const said = problem(`waivers: [{ control: nothing }, { ${GOOD} }, { ${GOOD} }]`);
    assert.match(said, /waivers\[0\]\.control/);
    assert.match(said, /waivers\[2\]: "tokens-off" is waived twice for stage/);
  });

  it("decodeConfig refuses a level of a control that does not exist", () => {
    assert.match(problem("compliance: { levels: { quarantine: mandatory } }"), /compliance\.levels/);
  });
});
