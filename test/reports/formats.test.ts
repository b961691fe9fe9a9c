import assert from "node:assert/strict";
import { CONTROLS, OBSOLETE } from "../../src/controls/catalogue";
import { RULES } from "../../src/domain/image/ruleSupport";
import { makeReport } from "../../src/reports/makeReport";
import { renderSarif } from "../../src/reports/sarif";
import { AROUND, NOW, outputsOf, rendered, sourceOf, waiver, withSecure } from "../support/compliance/reportGround";
import { assertValid } from "../support/compliance/schemas";

const deployed = (facts: Parameters<ReturnType<typeof withSecure>>[0]) =>
  withSecure({ basis: "deployed", quarantine: true, adminUserEnabled: true })(facts);
const STAGES = [
  sourceOf({ stack: "qa" }),
  sourceOf({ stack: "uat", facts: deployed, waivers: [waiver("customer-key"), waiver("name-valid")] }),
];

interface Sarif {
  runs: {
    tool: { driver: { rules: { id: string }[] } };
    results: {
      ruleId: string;
      ruleIndex: number;
      kind: string;
      partialFingerprints: object;
      suppressions?: object[];
      message: { text: string };
    }[];
  }[];
}

interface Results {
  "assessment-results": {
    uuid: string;
    "import-ap": { href: string };
    results: {
      findings: { target: { "target-id": string; status: { state: string } }; "related-risks"?: object[] }[];
      observations: { "relevant-evidence"?: object[] }[];
      risks: { status: string; deadline?: string }[];
    }[];
    "back-matter": { resources: { uuid: string }[] };
  };
}

describe("reports", () => {
  const texts = rendered(STAGES);
  /** Markdown escapes an underscore, which it would else read as emphasis. */
  const shown = { ...texts, markdown: texts.markdown.replaceAll("\\_", "_") };

  it("S1-19 every format says each control, and the tables each rule of each registry with how it is kept", () => {
    for (const { id, title } of CONTROLS) {
      for (const format of ["table", "json", "markdown", "html", "oscal", "oscal-component"] as const) {
        assert.ok(shown[format].includes(id), `${format}: ${id}`);
      }
      assert.ok(shown.table.includes(title), title);
    }
    for (const rule of RULES)
      for (const format of ["table", "markdown", "html", "oscal"] as const) {
        assert.ok(shown[format].includes(rule), `${format}: ${rule}`);
      }
    for (const format of ["table", "json", "markdown", "html"] as const) {
      for (const { corresponds } of OBSOLETE) assert.ok(shown[format].includes(corresponds.id), format);
      for (const word of ["planned", "deployed", "proven"])
        assert.ok(shown[format].includes(word), `${format} ${word}`);
    }
  });

  for (const format of ["oscal", "oscal-plan", "oscal-component", "sarif"] as const) {
    it(`${format} is valid by its schema, for good, bad and waived stages`, () => assertValid(format, texts[format]));
  }

  it("renderSarif knows a finding again when another one is gone, and tells equal ones apart", () => {
    const fingerprints = (report: Parameters<typeof renderSarif>[0]) =>
      (JSON.parse(renderSarif(report, AROUND)) as Sarif).runs.flatMap(({ results }) =>
        results.map(({ partialFingerprints }) => Object.values(partialFingerprints).join()),
      );
    const report = makeReport([sourceOf({ facts: deployed })], NOW);
    const all = fingerprints(report);
    const controls = Object.values(report.stages[0]?.compliance.controls ?? {});
    const twice = controls.find(({ findings }) => findings.filter(({ verdict }) => verdict === "fail").length > 1);
    assert.ok(twice);
    const [gone, ...stay] = twice.findings;
    assert.ok(gone);
    Object.assign(twice, { findings: stay });
    assert.deepEqual(
      fingerprints(report).filter((each) => !all.includes(each)),
      [],
    );
    Object.assign(twice, { findings: [...stay, ...stay] });
    const doubled = fingerprints(report);
    assert.equal(new Set(doubled).size, doubled.length);
  });

  it("the schemas refuse what is not of the format", () => {
    for (const [format, from, to] of [
      ["oscal", '"uuid": "', '"uuid": "x'],
      ["oscal-plan", '"import-ssp"', '"import"'],
      ["oscal-component", '"title"', '"titles"'],
      ["sarif", '"kind": "fail"', '"kind": "failed"'],
    ] as const) {
      assert.throws(() => assertValid(format, texts[format].replace(from, to)), format);
    }
  });

  it("equal stages and moments give equal reports, and another moment another document of the same findings", () => {
    assert.deepEqual(rendered(STAGES), texts);
    const report = makeReport(STAGES, NOW);
    const [first] = (JSON.parse(texts.sarif) as Sarif).runs;
    const later = JSON.parse(renderSarif(report, { ...AROUND, now: new Date("2027-01-01T00:00:00Z") })) as Sarif;
    assert.deepEqual(later.runs[0], first);
  });

  it("SARIF has a result for each finding that fails, is waived or unknown; a waiver is an accepted suppression", () => {
    const log = JSON.parse(texts.sarif) as Sarif;
    log.runs.forEach((run, at) => {
      const findings = Object.values(STAGES[at]?.compliance.controls ?? {}).flatMap((one) => one.findings);
      const told = findings.filter(({ verdict }) => verdict !== "pass" && verdict !== "not applicable");
      assert.equal(run.results.length, told.length);
      const waived = findings.filter(({ verdict }) => verdict === "waived").length;
      assert.equal(run.results.filter(({ suppressions }) => suppressions !== undefined).length, waived);
      for (const { ruleId, ruleIndex } of run.results) assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
    });
  });

  it("OSCAL's results name the plan they hold a resource for; only a pass is satisfied; a waiver is an approved deviation", () => {
    const document = (JSON.parse(texts.oscal) as Results)["assessment-results"];
    assert.equal(document["import-ap"].href, `#${document["back-matter"].resources[0]?.uuid ?? ""}`);
    document.results.forEach((result, at) => {
      const findings = Object.values(STAGES[at]?.compliance.controls ?? {}).flatMap((one) => one.findings);
      const count = (wanted: string) => findings.filter(({ verdict }) => verdict === wanted).length;
      assert.equal(result.observations.length, findings.length);
      const looks = result.observations.flatMap((one) => one["relevant-evidence"] ?? []);
      assert.equal(looks.length, findings.flatMap(({ evidence }) => evidence).length);
      const satisfied = result.findings.filter(({ target }) => target.status.state === "satisfied");
      assert.equal(satisfied.length, count("pass"));
      assert.equal(result.findings.length, findings.length - count("not applicable"));
      assert.equal(result.risks.length, count("fail") + count("waived"));
      const accepted = result.risks.filter(({ status }) => status === "deviation-approved");
      assert.equal(accepted.length, count("waived"));
      for (const { deadline } of accepted) assert.equal(deadline, "2030-12-31T23:59:59.000Z");
    });
  });

  it("no two things of a document have the same uuid", () => {
    for (const format of ["oscal", "oscal-component"] as const) {
      const uuids = [...texts[format].matchAll(/^ *"uuid": "([^"]+)"/gm)].map(([, uuid]) => uuid);
      assert.ok(uuids.length > 50);
      assert.equal(new Set(uuids).size, uuids.length, format);
    }
  });

  it("a JSON report says its stages, what fails, what it rests on, and the catalogue", () => {
    const report = JSON.parse(texts.json) as ReturnType<typeof makeReport> & { catalogue: { controls: object[] } };
    assert.equal(report.asOf, "2026-11-21");
    assert.deepEqual(
      report.stages.map(({ mandatoryFailures }) => mandatoryFailures),
      [[], ["admin-user-off"]],
    );
    assert.equal(report.catalogue.controls.length, CONTROLS.length);
    assert.ok((report.stages[1]?.bases.deployed ?? 0) > 0);
    assert.equal(report.stages[0]?.bases.deployed, 0);
    assert.equal(outputsOf().compliance?.version, 1);
  });
});
