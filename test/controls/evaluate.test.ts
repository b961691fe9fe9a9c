import assert from "node:assert/strict";
import fc from "fast-check";
import { CONTROLS } from "../../src/controls/catalogue";
import { countVerdicts, mandatoryFailures, mandatoryUnknowns, type Waiver } from "../../src/controls/control";
import { evaluate, hasExpired, refusal } from "../../src/controls/evaluate";
import type { ComplianceFacts } from "../../src/controls/facts";
import { worst } from "../../src/controls/judge";
import { idealFacts, idealRegistry, withRegistry } from "../support/compliance/idealFacts";
import { REGISTRY_CASES } from "../support/compliance/registryCases";
import { STAGE_CASES } from "../support/compliance/stageCases";

const NOW = new Date("2026-11-21T12:00:00Z");
const none = { levels: {}, waivers: [] };

const waiver = (change: Partial<Waiver> = {}): Waiver => ({
  ...{ control: "tokens-off", scope: "stage", reason: "Consumers outside Azure have no identity there" },
  ...{ approver: "dev", expires: "2026-12-31" },
  ...change,
});

const both = idealFacts({
  registries: [idealRegistry("secure", { quarantine: false }), idealRegistry("standard", { quarantine: false })],
});

/** The same facts with some of what may be unknown unknown: `hide` is asked for each in turn. */
function blurred(facts: ComplianceFacts, hide: () => boolean): ComplianceFacts {
  const plainText = new Set(["basis", "environment", "role", "name", "kind", "allowedLocations", "namePrefix"]);
  const blur = <T extends object>(one: T): T =>
    Object.fromEntries(
      Object.entries(one).map(([key, value]): [string, unknown] => [
        key,
        !plainText.has(key) && hide() ? "unknown" : (value as unknown),
      ]),
    ) as T;
  return {
    ...facts,
    stage: blur(facts.stage),
    registries: facts.registries.map(blur),
    gates: facts.gates.map(blur),
    tokens: facts.tokens.map(blur),
  };
}

const verdicts = (facts: ComplianceFacts) =>
  CONTROLS.map((control) => [control.id, worst(control.evaluate(facts).map((finding) => finding.verdict))] as const);

describe("evaluate", () => {
  it("evaluate makes scan, signature and sign-offs mandatory in the last stage, whatever level is said (S1-5, S2-8, S2-10)", () => {
    const levels = { "scan-gate": "advisory", "signature-gate": "advisory", "sign-offs-complete": "advisory" } as const;
    const weak = { scan: "off", signature: false } as const;
    const registries = [idealRegistry("secure", weak), idealRegistry("standard", weak)];
    const ids = (place: "between" | "last") => {
      const bare = idealFacts({ gates: [], registries: registries.map((one) => ({ ...one, place })) });
      const facts = { ...bare, stage: { ...bare.stage, place } };
      return mandatoryFailures(evaluate(facts, { levels, waivers: [] }, NOW)).sort();
    };
    assert.deepEqual(ids("last"), ["scan-gate", "sign-offs-complete", "signature-gate"]);
    assert.deepEqual(ids("between"), []);
  });

  it("mandatoryUnknowns names what stands and is not known, and nothing that is only planned", () => {
    const unknownOf = (basis: "deployed" | "planned") => {
      const ideal = idealFacts();
      const gates = ideal.gates.map((gate) => ({ ...gate, basis, reviewers: "unknown" as const }));
      const facts = { ...ideal, gates, stage: { ...ideal.stage, place: "last" as const } };
      return mandatoryUnknowns(evaluate(facts, none, NOW));
    };
    assert.ok(unknownOf("deployed").includes("sign-offs-complete"));
    assert.ok(!unknownOf("planned").includes("sign-offs-complete"));
  });

  it("evaluate passes the ideal stage and leaves no mandatory failure", () => {
    const result = evaluate(idealFacts(), none, NOW);
    assert.deepEqual(mandatoryFailures(result), []);
    assert.equal(countVerdicts(result).fail, 0);
    assert.equal(countVerdicts(result).unknown, 0);
    assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
  });

  it("evaluate never passes a control of which nothing is known", () => {
    // What a name is, the ideal registry says in plain text; the rules about names read nothing else.
    const knowable = new Set(["name-valid", "name-convention"]);
    for (const [id, verdict] of verdicts(blurred(idealFacts(), () => true))) {
      if (!knowable.has(id)) assert.notEqual(verdict, "pass", id);
    }
  });

  it("evaluate makes no pass of a failure by knowing less", () => {
    const failing = [...REGISTRY_CASES, ...STAGE_CASES].map(({ id, fail }) => ({ id, fail }));
    fc.assert(
      fc.property(fc.constantFrom(...failing), fc.array(fc.boolean(), { minLength: 200 }), ({ id, fail }, coins) => {
        let at = 0;
        const less = new Map(verdicts(blurred(fail, () => coins[at++ % coins.length] ?? false)));
        assert.notEqual(less.get(id), "pass", id);
      }),
      { numRuns: 300 },
    );
  });

  it("evaluate waives a failure until the end of the waiver's last day, and fails it from then on", () => {
    const settings = { levels: {}, waivers: [waiver({ control: "quarantine-on", expires: "2026-11-21" })] };
    const on = (day: string) => evaluate(both, settings, new Date(day));
    const held = on("2026-11-21T23:59:59Z");
    assert.equal(held.controls["quarantine-on"]?.verdict, "waived");
    assert.equal(held.controls["quarantine-on"].findings[0]?.waiver, 0);
    assert.equal(held.waivers[0]?.state, "used");
    const lapsed = on("2026-11-22T00:00:00Z");
    assert.equal(lapsed.controls["quarantine-on"]?.verdict, "fail");
    assert.equal(lapsed.controls["quarantine-on"].findings[0]?.waiver, 0);
    assert.equal(lapsed.waivers[0]?.state, "expired");
    assert.equal(hasExpired({ expires: "2026-11-21" }, NOW), false);
  });

  it("evaluate waives one class and leaves the other failed", () => {
    const waivers = [waiver({ control: "quarantine-on", scope: "standard" })];
    const outcome = evaluate(both, { levels: {}, waivers }, NOW).controls["quarantine-on"];
    assert.equal(outcome?.verdict, "fail");
    assert.deepEqual(
      outcome.findings.map(({ scope, verdict }) => [scope, verdict]),
      [
        ["secure", "fail"],
        ["standard", "waived"],
      ],
    );
  });

  it("evaluate reports a waiver that waives nothing, and takes one that holds before one that has expired", () => {
    const unused = evaluate(idealFacts(), { levels: {}, waivers: [waiver()] }, NOW);
    assert.equal(unused.waivers[0]?.state, "unused");
    const waivers = [
      waiver({ control: "quarantine-on", expires: "2026-01-01" }),
      waiver({ control: "quarantine-on", scope: "secure" }),
      waiver({ control: "quarantine-on", scope: "standard" }),
    ];
    const result = evaluate(both, { levels: {}, waivers }, NOW);
    assert.equal(result.controls["quarantine-on"]?.verdict, "waived");
    assert.deepEqual(
      result.waivers.map(({ state }) => state),
      ["expired", "used", "used"],
    );
  });

  it("evaluate waives no unknown", () => {
    const waivers = [waiver({ control: "quarantine-on" })];
    const result = evaluate(withRegistry({ quarantine: "unknown" }), { levels: {}, waivers }, NOW);
    assert.equal(result.controls["quarantine-on"]?.verdict, "unknown");
    assert.equal(result.waivers[0]?.state, "unused");
  });

  it("evaluate takes a control's level from the stage file, or its own", () => {
    const levels = { "quarantine-on": "mandatory", "admin-user-off": "advisory" } as const;
    const facts = withRegistry({ quarantine: false, adminUserEnabled: true });
    assert.deepEqual(mandatoryFailures(evaluate(facts, { levels, waivers: [] }, NOW)), ["quarantine-on"]);
    assert.deepEqual(mandatoryFailures(evaluate(facts, none, NOW)), ["admin-user-off"]);
  });
});

describe("refusal", () => {
  it("refusal lists every mandatory failure with what was found and what to do", () => {
    const facts = withRegistry({ adminUserEnabled: true, regime: "mutable" });
    const message = refusal("prod", evaluate(facts, none, NOW)) ?? "";
    assert.match(message, /^Stage prod: 2 mandatory controls fail, and nothing was registered$/m);
    assert.match(message, /^admin-user-off: The admin user is off$/m);
    assert.match(message, /crordersprodsecure: adminUserEnabled is true; expected: false/);
    assert.match(message, /^ {2}to do: Set adminUserEnabled to false/m);
    assert.match(message, /^tag-regime: /m);
  });

  it("refusal names a waiver that has expired, and holds no control character", () => {
    const facts = withRegistry({ adminUserEnabled: true, name: "x\u001b[2J\ny" });
    const waivers = [waiver({ control: "admin-user-off", expires: "2026-01-01" })];
    const message = refusal("prod", evaluate(facts, { levels: {}, waivers }, NOW)) ?? "";
    assert.match(message, /its waiver expired on 2026-01-01/);
    assert.doesNotMatch(message, /\u001b/);
  });

  it("refusal says nothing where advisory controls fail", () => {
    assert.equal(refusal("prod", evaluate(withRegistry({ quarantine: false }), none, NOW)), undefined);
  });
});
