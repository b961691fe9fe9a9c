import assert from "node:assert/strict";
import { RULES } from "../../src/domain/image/ruleSupport";
import { changesSince } from "../../src/reports/changes";
import { asOf, isRefused, makeReport } from "../../src/reports/makeReport";
import { NOW, rendered, sourceOf, waiver, withSecure } from "../support/compliance/reportGround";

const LATER = new Date("2031-01-01T00:00:00Z");
const failing = withSecure({ adminUserEnabled: true });
const waived = { facts: failing, waivers: [waiver("admin-user-off", { expires: "2030-12-31" })] };

describe("makeReport", () => {
  it("makeReport refuses a mandatory failure, and nothing else", () => {
    assert.equal(isRefused(makeReport([sourceOf()], NOW)), false);
    assert.equal(isRefused(makeReport([sourceOf(waived)], NOW)), false);
    assert.equal(isRefused(makeReport([sourceOf(), sourceOf({ stack: "uat", facts: failing })], NOW)), true);
    const advisory = sourceOf({ facts: failing, levels: { "admin-user-off": "advisory" } });
    assert.equal(isRefused(makeReport([advisory], NOW)), false);
  });

  it("asOf lets a waiver end on its last day, though the stack's outputs still say waived", () => {
    const stage = sourceOf(waived);
    assert.equal(stage.compliance.controls["admin-user-off"]?.verdict, "waived");
    const day = asOf(stage.compliance, new Date("2030-12-31T23:59:59Z"));
    assert.deepEqual([day.controls["admin-user-off"]?.verdict, day.waivers[0]?.state], ["waived", "used"]);
    const after = asOf(stage.compliance, LATER);
    assert.deepEqual([after.controls["admin-user-off"]?.verdict, after.waivers[0]?.state], ["fail", "expired"]);
    assert.equal(isRefused(makeReport([stage], LATER)), true);
    assert.ok(rendered([stage]).html.includes("Waived until 2030-12-31"));
  });

  it("asOf sums up again: a file cannot pass by its sum, nor be waived by a waiver it does not have", () => {
    const { compliance } = sourceOf({ facts: failing });
    const outcome = compliance.controls["admin-user-off"];
    assert.ok(outcome);
    const forged = (verdict: "pass" | "waived") => ({
      ...compliance,
      controls: {
        "admin-user-off": {
          ...outcome,
          verdict: "pass" as const,
          findings: outcome.findings.map((one) => (one.verdict === "fail" ? { ...one, verdict, waiver: 7 } : one)),
        },
      },
    });
    assert.equal(asOf(forged("waived"), NOW).controls["admin-user-off"]?.verdict, "fail");
    const sum = { ...compliance, controls: { "admin-user-off": { ...outcome, verdict: "pass" as const } } };
    assert.equal(asOf(sum, NOW).controls["admin-user-off"]?.verdict, "fail");
    const none = { ...compliance, controls: { "admin-user-off": { ...outcome, findings: [] } } };
    assert.equal(asOf(none, NOW).controls["admin-user-off"]?.verdict, "unknown");
  });

  it("S1-19 S2-3 makeReport says of each rule and registry how it is kept, what shows it and what that rests on", () => {
    const [stage] = makeReport([sourceOf({ facts: withSecure({ basis: "deployed" }) })], NOW).stages;
    assert.equal(stage?.rules.length, 2 * RULES.length);
    const of = (rule: string) => stage.rules.find((one) => one.rule === rule && one.class === "secure");
    assert.deepEqual(of("anonymous-pull-off"), {
      ...{ rule: "anonymous-pull-off", class: "secure", support: { support: "native" } },
      ...{ control: "anonymous-pull-off", verdict: "pass", basis: "deployed" },
    });
    assert.equal(of("tag-immutability")?.basis, "planned");
    assert.equal(of("vanity-host")?.control, undefined);
  });
});

describe("changesSince", () => {
  const now = makeReport([sourceOf({ ...waived, levels: { "quarantine-on": "mandatory" } })], NOW).stages[0];
  assert.ok(now);
  const since = (judged: Parameters<typeof sourceOf>[0]) => changesSince({ stages: [sourceOf(judged)] }, now);

  it("changesSince says nothing where nothing changed, and that there was no such stage", () => {
    assert.deepEqual(changesSince({ asOf: "2026-11-01", stages: [now] }, now).changes, []);
    assert.equal(changesSince({ stages: [] }, now).state, "not in the former report");
  });

  it("changesSince says verdict, value, level and waiver, and which way", () => {
    const { changes } = since({});
    const told = changes.map(({ subject, scope, what, before, after, direction }) =>
      [subject, scope, what, before, after, direction].join("|"),
    );
    assert.deepEqual(told, [
      "admin-user-off|secure|verdict|pass|waived|worse",
      "admin-user-off|secure|ordersqasecure: adminUserEnabled|false|true|other",
      "quarantine-on|stage|level|advisory|mandatory|other",
      "waiver admin-user-off|stage|waiver||used, until 2030-12-31, approved by dev: A reason that is written down|other",
    ]);
  });

  it("changesSince says what is deployed now and was planned, and what became better", () => {
    const former = sourceOf({ facts: failing });
    const [fixed] = makeReport([sourceOf({ facts: withSecure({ basis: "deployed" }) })], NOW).stages;
    assert.ok(fixed);
    const { changes } = changesSince({ stages: [former] }, fixed);
    const verdict = changes.find(({ subject, what }) => subject === "admin-user-off" && what === "verdict");
    assert.deepEqual([verdict?.before, verdict?.after, verdict?.direction], ["fail", "pass", "better"]);
    assert.ok(
      changes.some(({ what, before, after }) => what === "basis" && before === "planned" && after === "deployed"),
    );
  });

  it("every format for people says what changed, and that nothing did", () => {
    const former = { asOf: "2026-11-01", stages: [sourceOf({})] };
    const changed = rendered([sourceOf({ facts: failing })], former);
    const same = rendered([sourceOf({})], former);
    for (const format of ["table", "markdown", "html"] as const) {
      assert.match(changed[format], /[Ss]ince the report of 2026-11-01/, format);
      assert.match(changed[format], /worse/, format);
      assert.match(same[format], /Nothing(?: changed|,) since the report of 2026-11-01/, format);
    }
  });
});
