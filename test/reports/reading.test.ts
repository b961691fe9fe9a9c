import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAX_OUTPUTS } from "../../src/outputs";
import { readFormer } from "../../src/reports/changes";
import { readOutputsFiles } from "../../src/reports/stages";
import { outputsOf, rendered, sourceOf } from "../support/compliance/reportGround";
import { refuses } from "../support/signing/samples";

type Change = (outputs: ReturnType<typeof loose>) => void;

/** Outputs that a test may break. */
const loose = (stack = "qa") =>
  JSON.parse(JSON.stringify(outputsOf({ stack }))) as Record<string, unknown> & {
    product: unknown;
    stage: unknown;
    compliance: {
      version: number;
      controls: Record<string, { findings: Record<string, unknown>[] }>;
      waivers: unknown[];
    };
  };

describe("outputs that a report is made from", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-compliance-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const broken = (change: Change) => {
    const outputs = loose();
    change(outputs);
    return file("outputs.json", outputs);
  };

  it("readStages reads stages of one product, in the order given, and leaves out what it does not know", () => {
    const qa = { ...loose("qa"), added: { password: "not looked at" } };
    const stages = readOutputsFiles([file("qa.json", qa), file("uat.json", loose("uat"))]);
    assert.deepEqual(stages, [sourceOf({ stack: "qa" }), sourceOf({ stack: "uat" })]);
  });

  const REFUSED: readonly [string, Change, RegExp][] = [
    ["outputs without an evaluation", (json) => Reflect.deleteProperty(json, "compliance"), /compliance: missing; run/],
    ["another version", (json) => (json.compliance.version = 2), /compliance\.version: 2 is not allowed/],
    [
      "a missing control",
      (json) => Reflect.deleteProperty(json.compliance.controls, "admin-user-off"),
      /missing admin-user-off; run `pulumi up`/,
    ],
    [
      "a control that there is not",
      (json) => (json.compliance.controls["no-such"] = { findings: [] }),
      /compliance\.controls\.no-such/,
    ],
    [
      "a control without a finding",
      (json) => (json.compliance.controls["name-valid"] = { ...json.compliance.controls["name-valid"], findings: [] }),
      /no finding for name-valid; allowed: at least one/,
    ],
    [
      "a verdict that there is not",
      (json) => Object.assign(json.compliance.controls["name-valid"]?.findings[0] ?? {}, { verdict: "fine" }),
      /verdict: "fine" is not allowed; allowed: pass, fail, waived, not applicable, unknown/,
    ],
    [
      "a file of something else",
      (json) => Object.keys(json).forEach((key) => Reflect.deleteProperty(json, key)),
      /stage/,
    ],
  ];
  for (const [title, change, message] of REFUSED) {
    it(`readStages refuses ${title}, and says what to do`, () =>
      refuses(() => readOutputsFiles([broken(change)]), "CONFIG_INVALID", /outputs\.json/, message));
  }

  it("readStages refuses another product, another stage than asked for, and a stage twice", async () => {
    const qa = file("qa.json", loose());
    await refuses(
      () => readOutputsFiles([qa], { product: "shop" }),
      "CONFIG_INVALID",
      /of "orders", qa; allowed: .*"shop"/,
    );
    const other = file("other.json", JSON.parse(JSON.stringify(outputsOf({ stack: "uat", product: "shop" }))));
    await refuses(
      () => readOutputsFiles([qa, other]),
      "CONFIG_INVALID",
      /of "shop", uat; allowed: outputs of "orders"/,
    );
    await refuses(
      () => readOutputsFiles([qa], { stages: ["prod"] }),
      "CONFIG_INVALID",
      /qa; allowed: prod, as --stage says/,
    );
    await refuses(() => readOutputsFiles([qa, qa]), "CONFIG_INVALID", /allowed: each stage once/);
  });

  it("readStages refuses what is not JSON, too deep, too large, or not there", async () => {
    await refuses(() => readOutputsFiles([file("a.json", "{")]), "CONFIG_INVALID", /not JSON/);
    await refuses(() => readOutputsFiles([file("b.json", "[".repeat(100_000))]), "CONFIG_INVALID", /nested too deeply/);
    await refuses(
      () => readOutputsFiles([file("c.json", " ".repeat(MAX_OUTPUTS + 1))]),
      "CONFIG_INVALID",
      /at most \d+ bytes/,
    );
    await refuses(() => readOutputsFiles([join(folder, "none.json")]), "USAGE", /cannot be read \(ENOENT\)/);
  });

  it("readFormer reads a JSON report and an outputs file alike, also with controls of another version", () => {
    const stages = [sourceOf({ stack: "qa" }), sourceOf({ stack: "uat" })];
    const report = readFormer(file("report.json", rendered(stages).json));
    assert.equal(report.asOf, "2026-11-21");
    assert.deepEqual(
      report.stages.map(({ stage, compliance }) => [stage, compliance]),
      stages.map(({ stage, compliance }) => [stage, compliance]),
    );
    const old = loose();
    const gone = old.compliance.controls["name-valid"];
    Reflect.deleteProperty(old.compliance.controls, "name-valid");
    Object.assign(old.compliance.controls, { "name-old": gone });
    const [stage] = readFormer(file("old.json", old)).stages;
    assert.ok(stage?.compliance.controls["name-old"]);
    assert.equal(stage.product, "orders");
  });

  it("readFormer refuses what is neither, naming file, field and what is allowed", async () => {
    await refuses(() => readFormer(file("x.json", "{}")), "CONFIG_INVALID", /x\.json": product: missing/);
    await refuses(
      () => readFormer(file("x.json", "no")),
      "CONFIG_INVALID",
      /give what `dualreg compliance --format json`/,
    );
    const report = { ...(JSON.parse(rendered([sourceOf()]).json) as object), version: 2 };
    await refuses(() => readFormer(file("x.json", report)), "CONFIG_INVALID", /version: 2 is not allowed; allowed: 1/);
    const hostile = '{"report":"dual-registry compliance","version":1,"asOf":"2026-01-01","stages":[{"__proto__":1}]}';
    await refuses(() => readFormer(file("x.json", hostile)), "CONFIG_INVALID", /stages\[0\]/);
  });
});
