import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeReport } from "../../src/reports/makeReport";
import { readReconciliation, withReconciliations } from "../../src/reports/pullsEvidence";
import { NOW, sourceOf } from "../support/compliance/reportGround";

const ago = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();

describe("joined pulls as evidence", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-joined-"));
  after(() => {
    rmSync(dir, { recursive: true });
  });
  const joined = (verdict: string, logged = "ok", imageClass: string | undefined = "secure") => ({
    ...{ verdict, trust: verdict === "proven" ? "proven" : "claimed", by: ["a line"] },
    ...(verdict !== "registry-only" && { line: { verdict: logged, class: imageClass } }),
    events: [{ registry: "secure.example.com" }],
  });
  const file = (pulls: readonly object[], different: object = {}): string => {
    const about = { product: "orders", stage: "qa", reconciledAt: ago(5), from: ago(60), to: ago(10) };
    const path = join(dir, "pulls.json");
    writeFileSync(
      path,
      JSON.stringify({ reconciliation: "dual-registry pulls", version: 1, ...about, pulls, ...different }),
    );
    return path;
  };
  const reported = (pulls: readonly object[], different?: object) => {
    const stages = withReconciliations([sourceOf()], [readReconciliation(file(pulls, different), NOW)]);
    return makeReport(stages, NOW).stages[0]?.compliance.controls["audit-logs"]?.findings ?? [];
  };
  const bases = (...all: Parameters<typeof reported>) =>
    reported(...all).map(({ scope, basis }) => `${scope} ${basis}`);
  const before = sourceOf().compliance.controls["audit-logs"]?.findings.map(({ scope, basis }) => `${scope} ${basis}`);

  it("S0-8 a report says proven of a class whose pulls are all proven, with time range and age, and of no other", () => {
    const [secure, standard] = before ?? [];
    assert.ok(secure?.startsWith("secure ") && standard?.startsWith("standard "));
    assert.deepEqual(bases([joined("proven"), joined("proven"), joined("no-pull")]), ["secure proven", standard]);
    const [{ note = "" } = {}] = reported([joined("proven")]);
    assert.match(note, new RegExp(`Pulls from ${ago(60)} to ${ago(10)}, joined ${ago(5)}: 1 of 1 proven`));
  });

  for (const [what, more] of [
    ["is ambiguous", joined("ambiguous")],
    ["the application alone saw", joined("application-only")],
    ["the registry alone saw", joined("registry-only")],
    ["came from the wrong registry", joined("proven", "wrong-registry")],
  ] as const) {
    it(`S0-8 a report says proven of no class with a pull that ${what}`, () => {
      assert.deepEqual(bases([joined("proven"), more]), before);
      assert.match(reported([joined("proven"), more])[0]?.note ?? "", /1 of 2 proven/);
    });
  }

  it("S0-8 a report counts all files of joined pulls together, in either order", () => {
    const read = (pulls: readonly object[]) => readReconciliation(file(pulls), NOW);
    const [good, bad, none] = [read([joined("proven")]), read([joined("ambiguous")]), read([])];
    const basisOf = (...all: (typeof good)[]) =>
      makeReport(withReconciliations([sourceOf()], all), NOW).stages[0]?.compliance.controls[
        "audit-logs"
      ]?.findings.map(({ scope, basis }) => `${scope} ${basis}`);
    for (const all of [
      [good, bad],
      [bad, good],
    ])
      assert.deepEqual(basisOf(...all), before);
    assert.equal(basisOf(good, none)?.[0], "secure proven");
  });

  it("S0-8 no pull at all proves nothing", () => {
    assert.deepEqual(bases([]), before);
    assert.deepEqual(bases([joined("no-pull")]), before);
  });

  it("S0-8 a report refuses joined pulls of another stage or product, old ones, ones of later, and what is none", () => {
    const refusals = [
      [{ stage: "prod" }, /--pulls: pulls of "orders prod"; allowed: of "orders qa"/],
      [{ product: "other" }, /--pulls: pulls of "other qa"/],
      [{ reconciledAt: ago(25 * 60) }, /reconciledAt: .*; allowed: the last 24 hours/],
      [{ reconciledAt: ago(-60) }, /reconciledAt: .*; allowed: the last 24 hours/],
      [{ reconciliation: "another" }, /dualreg pulls reconcile --format json/],
      [{ pulls: [{ verdict: "certain" }] }, /pulls\[0\]/],
    ] as const;
    for (const [different, says] of refusals) assert.throws(() => reported([], different), says);
  });
});
