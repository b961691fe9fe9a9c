import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driftWatched } from "../../../src/controls/adapters/plan";
import { CONTROLS } from "../../../src/controls/catalogue";
import type { Compliance } from "../../../src/controls/control";
import { recordStages } from "../../../src/preview/record/recordStages";
import { withProject } from "../../support/recorder";

const PROGRAM = `export = require("./src/index");`;
const SHARED = {
  stages: { value: ["qa"] },
  product: { value: { name: "orders", domain: "company.com", repository: "orders" } },
  images: {
    value: [
      { repository: "orders/api", class: "secure" },
      { repository: "orders/web", class: "standard" },
    ],
  },
  gates: { value: { roles: { dev: [{ team: "dev", id: 1 }] }, signOffs: { qa: ["dev"] }, automation: { app: 1 } } },
};
const STAGE = {
  ...{ location: "westeurope", owns: ["repository", "subscription"], "github:owner": "company" },
  "azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001",
  compliance: { levels: { "quarantine-on": "mandatory" } },
};
const WAIVER = { control: "quarantine-on", reason: "Images are scanned before they are pushed", approver: "dev" };

const record = (qa: Readonly<Record<string, unknown>>) =>
  withProject({ program: PROGRAM, stacks: { qa }, projectYaml: `config: ${JSON.stringify(SHARED)}\n` }, (projectDir) =>
    recordStages({ projectDir, stages: ["qa"] }),
  );

describe("the program's compliance", () => {
  it("stops where a mandatory control fails, before anything is registered, with every failure and what to do", async () => {
    const { failures, recordings } = await record(STAGE);
    assert.equal(recordings.size, 0);
    const message = failures[0]?.message ?? "";
    assert.match(message, /Stage qa: 1 mandatory control fails, and nothing was registered/);
    assert.match(message, /quarantine-on: New images wait in quarantine/);
    assert.match(message, /ordersqasecure: policies\.quarantinePolicy\.status is disabled; expected: enabled/);
    assert.match(message, /to do: /);
    assert.doesNotMatch(message, /\n\s+at /);
  });

  it("runs where a waiver accepts it, and says each control in the output, none of them unknown to the engine", async () => {
    const { failures, recordings } = await record({ ...STAGE, waivers: [{ ...WAIVER, expires: "9999-12-31" }] });
    assert.deepEqual(failures, []);
    const output = recordings.get("qa")?.outputs["compliance"] as unknown;
    const { controls, waivers } = output as Compliance;
    assert.deepEqual(Object.keys(controls).sort(), CONTROLS.map(({ id }) => id).sort());
    for (const { id } of CONTROLS) assert.ok(controls[id]?.verdict, id);
    assert.equal(controls["quarantine-on"]?.verdict, "waived");
    assert.equal(controls["images-healthy"]?.verdict, "unknown");
    assert.equal(waivers[0]?.state, "used");
  });

  it("stops where the waiver has expired, and says so", async () => {
    const { failures } = await record({ ...STAGE, waivers: [{ ...WAIVER, expires: "2020-01-01" }] });
    assert.match(failures[0]?.message ?? "", /its waiver expired on 2020-01-01/);
  });
});

describe("driftWatched", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "dualreg-drift-"));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const workflow = (text: string) => {
    mkdirSync(join(root, ".github/workflows"), { recursive: true });
    writeFileSync(join(root, ".github/workflows/check.yml"), text);
  };

  it("driftWatched is unknown without workflows, and false where none compares on a schedule", () => {
    assert.equal(driftWatched(root, true), "unknown");
    workflow("on: push\njobs: { a: { steps: [{ run: pulumi preview --expect-no-changes }] } }\n");
    assert.equal(driftWatched(root, true), false);
  });

  it("driftWatched is true where scheduled workflows fail on a change, one of the gates included", () => {
    const scheduled = (run: string) =>
      workflow(`on:\n  schedule:\n    - cron: 1 1 * * *\njobs: { a: { steps: [{ run: ${run} }] } }\n`);
    scheduled("pulumi preview --refresh --expect-no-changes");
    assert.deepEqual([driftWatched(root, true), driftWatched(root, false)], [false, true]);
    scheduled("pulumi preview --refresh --expect-no-changes && dualreg gates review");
    assert.equal(driftWatched(root, true), true);
  });
});
