import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RegistryKind } from "../../src/domain/image/registryKind";
import { type Rule, supportOf } from "../../src/domain/image/ruleSupport";
import { readProjectFile } from "../../src/project";
import { RENDERERS } from "../../src/reports";
import { makeReport } from "../../src/reports/makeReport";
import { readRegistryCheck, withRegistryChecks } from "../../src/reports/registryEvidence";
import { stageOfFiles } from "../../src/reports/stages";
import { example } from "../support/examples";

const NOW = new Date("2027-01-31T12:00:00Z");
const AT = "2027-01-31T10:00:00.000Z";

describe("a check of registries as evidence", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-registries-"));
  after(() => {
    rmSync(dir, { recursive: true });
  });
  /** The qa of an example whose secure registry is of a kind. */
  function planned(kind: RegistryKind = "ecr") {
    const stage = stageOfFiles(readProjectFile(example("company")), "qa", NOW);
    const registries = stage.registries.map((one) =>
      one.class === "secure" ? { ...one, kind, mode: "reference" as const, rules: supportOf(kind) } : one,
    );
    return [{ ...stage, registries, source: "preview" as const }];
  }
  const checkOf = (verdict: string, different: object = {}) => ({
    ...{ check: "dual-registry registries", version: 1, product: "orders", stage: "qa", checkedAt: AT },
    registries: [
      {
        ...{ place: "registries.secure", class: "secure", kind: "ecr", findings: [], settings: {} },
        rules: ["tag-immutability", "referrers"].map((rule) => ({ rule, verdict, texts: ["as read"] })),
      },
    ],
    ...different,
  });
  function write(content: unknown): string {
    const file = join(dir, "check.json");
    writeFileSync(file, JSON.stringify(content));
    return file;
  }
  const reportOf = (content: unknown, stages = planned()) =>
    makeReport(withRegistryChecks(stages, [readRegistryCheck(write(content), NOW)]), NOW);
  const supportIn = (report: ReturnType<typeof reportOf>, rule: Rule) =>
    report.stages[0]?.rules.find((one) => one.rule === rule && one.class === "secure")?.support;

  it("S4-14 a setting that was read turns what is expected into native, with the time, or into missing; in every format", () => {
    const native = reportOf(checkOf("native"));
    assert.deepEqual(supportIn(native, "tag-immutability"), { support: "native", limits: `read ${AT}: as read` });
    const missing = reportOf(checkOf("missing"));
    const setting = "imageTagMutability of each repository: IMMUTABLE";
    assert.deepEqual(supportIn(missing, "tag-immutability"), {
      ...{ support: "expected", setting },
      missing: `read ${AT}: as read`,
    });
    const around = { now: NOW, toolVersion: "1", folder: "" };
    for (const format of ["markdown", "html", "oscal"] as const) {
      const shown = (report: typeof native) => RENDERERS[format](report, around).replaceAll("&#58;", ":");
      assert.match(shown(native), /native.{0,40}read 2027-01-31T10:00:00/s, format);
      assert.match(shown(missing), /missing.{0,40}read 2027-01-31T10:00:00/s, format);
    }
  });

  it("what was not read stays expected, and what is native, emulated or impossible by its kind stays so", () => {
    const before = makeReport(planned(), NOW);
    for (const rule of ["tag-immutability", "referrers"] as const) {
      assert.deepEqual(supportIn(reportOf(checkOf("unread")), rule), supportIn(before, rule));
    }
    for (const verdict of ["native", "missing"]) {
      const report = reportOf(checkOf(verdict));
      assert.deepEqual(supportIn(report, "referrers"), { support: "native" });
      assert.deepEqual(supportIn(report, "untagged-retention"), supportIn(before, "untagged-retention"));
    }
    const alternative = { ...checkOf("native").registries[0], place: "alternatives.secure[0]" };
    const beside = reportOf(checkOf("native", { registries: [alternative] }));
    assert.deepEqual(supportIn(beside, "tag-immutability"), supportIn(before, "tag-immutability"));
  });

  it("a check that is none, is old, of the future, of another product, stage or kind is refused", () => {
    const refused = (content: unknown, pattern: RegExp, stages = planned()) => {
      assert.throws(() => reportOf(content, stages), pattern);
    };
    refused({ review: "other" }, /check: missing; allowed: what `dualreg registry check --format json` wrote/);
    refused(checkOf("native", { checkedAt: "2027-01-30T10:00:00Z" }), /checkedAt: .*allowed: the last 24 hours/);
    refused(checkOf("native", { checkedAt: "2027-01-31T13:00:00Z" }), /checkedAt/);
    refused(checkOf("native", { product: "billing" }), /a check of "billing qa"; allowed: of "orders qa"/);
    refused(checkOf("native", { stage: "prod" }), /a check of "orders prod"/);
    refused(checkOf("perhaps"), /verdict: "perhaps" is not allowed; allowed: native, missing, unread/);
    refused(
      checkOf("native"),
      /the secure registry is of kind ecr; the report is of one of kind quay/,
      planned("quay"),
    );
  });
});
