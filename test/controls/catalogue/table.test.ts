import assert from "node:assert/strict";
import { controlOf, CONTROLS, OBSOLETE } from "../../../src/controls/catalogue";
import type { Verdict } from "../../../src/controls/control";
import type { ComplianceFacts } from "../../../src/controls/facts";
import { worst } from "../../../src/controls/judge";
import { idealFacts, idealGate, idealRegistry, idealStage, withRegistry } from "../../support/compliance/idealFacts";
import { REGISTRY_CASES } from "../../support/compliance/registryCases";
import { STAGE_CASES } from "../../support/compliance/stageCases";

const CASES = [...REGISTRY_CASES, ...STAGE_CASES];

function verdictOf(id: string, facts: ComplianceFacts): Verdict {
  const control = controlOf(id);
  assert.ok(control, `no control ${id}`);
  return worst(control.evaluate(facts).map((finding) => finding.verdict));
}

const rowsOf = (id: string) => (controlOf(id)?.rows ?? []).join(" ");

/** What the field has for container registries of Azure; a rule that is not here has no control and no reason. */
const FIELD: Readonly<Record<string, readonly string[]>> = {
  PSRule:
    "ContainerScan ImageHealth GeoReplica AdminUser MinSku Name Quarantine ContentTrust Retention SoftDelete AnonymousAccess Firewall ReplicaLocation ExportPolicy Naming AuditLogs"
      .split(" ")
      .map((name) => `Azure.ACR.${name}`),
  checkov: [
    ...[137, 138, 139, 163, 164, 165, 166, 167, 233, 237, 86].map((number) => `CKV_AZURE_${number}`),
    "CKV2_AZURE_30",
  ],
  "Azure Policy": [
    ...["785596ed-054f-41bc-aaec-7f3d0ba05725", "42781ec6-6127-4c30-bdfa-fb423a0047d3"],
    ...["dc921057-6b28-4fbe-9b83-f7bec05db6c2", "79fdfe03-ffcb-4e55-b4d0-b925b8241759"],
    ...["9f2dea28-e834-476c-99c5-3507b4728395", "cced2946-b08a-44fe-9fd9-e4ed8a779897"],
    ...["5b9159ae-1701-4a6f-9a7a-aa9c8ddd0580", "524b0254-c285-4903-bee6-bb8126cde579"],
    ...["d0793b48-0edc-4296-a390-4c75d1bdfd71", "84497762-32b6-4ab3-80b6-732ea48b85a2"],
    ...["e9585a95-5b8c-4d03-b193-dc7eb5ac4c32", "e8eef0a8-67cf-4eb4-9386-14b0e78733d4"],
    ...["d85c6833-7d33-4cf5-a915-aaa2de84405f", "0fdf0491-d080-4575-b627-ad0e843cba0f"],
    ...["a3701552-92ea-433e-9d17-33b7f1208fc9", "bd560fc0-3c69-498a-ae9f-aa8eb7de0e13"],
    ...["ff05e24e-195c-447e-b322-5e90c9f9f366", "a9b426fe-8856-4945-8600-18c5dd1cca2a"],
  ],
};

describe("controls", () => {
  for (const { id, pass, fail } of CASES) {
    it(`${id} passes and fails as its rule decides (${rowsOf(id)})`, () => {
      assert.equal(verdictOf(id, { ...idealFacts(), ...pass }), "pass");
      assert.equal(verdictOf(id, fail), "fail");
    });
  }

  it("CONTROLS each have a passing and a failing case", () => {
    const covered = new Set(CASES.map(({ id }) => id));
    assert.deepEqual(
      CONTROLS.map(({ id }) => id).filter((id) => !covered.has(id)),
      [],
    );
  });

  it("CONTROLS and OBSOLETE have every rule of the field, each once", () => {
    const ours = [...CONTROLS.flatMap(({ corresponds }) => corresponds), ...OBSOLETE.map((rule) => rule.corresponds)];
    for (const [source, ids] of Object.entries(FIELD)) {
      const found = ours.filter((one) => one.source === source).map(({ id }) => id);
      assert.deepEqual(
        ids.filter((id) => !found.includes(id)),
        [],
        source,
      );
      assert.equal(new Set(found).size, found.length, source);
    }
  });

  it("CONTROLS have ids that differ, texts that end, and rows that exist", () => {
    assert.equal(new Set(CONTROLS.map(({ id }) => id)).size, CONTROLS.length);
    for (const control of CONTROLS) {
      assert.match(control.id, /^[a-z][a-z0-9-]{3,40}$/);
      assert.match(control.why, /\.$/, control.id);
      assert.match(control.remediation, /\.$/, control.id);
      for (const row of control.rows) assert.match(row, /^S[0-4]-\d{1,2}$/, control.id);
    }
  });

  it("controls of Azure's settings are not applicable to a registry that is only named", () => {
    const named = idealFacts({ registries: [idealRegistry("secure", { mode: "reference", kind: "ghcr" })] });
    assert.equal(verdictOf("admin-user-off", named), "not applicable");
  });

  it("controls whose subject is missing are not applicable, and say why", () => {
    const empty = idealFacts({ tokens: [], gates: [], stage: idealStage({ auditYears: 0 }) });
    for (const id of ["token-expiry", "token-reads-only", "gates-closed", "audit-kept"]) {
      assert.equal(verdictOf(id, empty), "not applicable", id);
      assert.ok(controlOf(id)?.evaluate(empty)[0]?.note, id);
    }
    assert.equal(verdictOf("soft-delete-on", idealFacts()), "not applicable");
    assert.equal(verdictOf("private-dns", withRegistry({ privateEndpoints: 0 })), "pass");
    const bare = idealFacts({ registries: [idealRegistry("secure", { privateEndpoints: 0, sku: "Standard" })] });
    assert.equal(verdictOf("private-dns", bare), "not applicable");
    assert.equal(verdictOf("untagged-retention-on", bare), "not applicable");
  });

  it("evidence names at most twenty of many, and counts the rest", () => {
    const gates = Array.from({ length: 1000 }, (_, at) => idealGate(`r${at}`, at, { canAdminsBypass: true }));
    const [finding] = controlOf("gates-closed")?.evaluate(idealFacts({ gates })) ?? [];
    const value = finding?.evidence[0]?.value;
    assert.ok(Array.isArray(value));
    assert.equal(value.length, 21);
    assert.equal(value[20], "and 980 more");
  });
});
