import assert from "node:assert/strict";
import { CONTROLS } from "../../../src/controls/catalogue";
import { letsServicesIn } from "../../../src/controls/catalogue/network";
import type { Finding } from "../../../src/controls/control";
import { idealRegistry, withRegistry } from "../../support/compliance/idealFacts";

type Change = Parameters<typeof withRegistry>[0];

function finding(id: string, change: Change): Finding {
  const [first] = CONTROLS.find((control) => control.id === id)?.evaluate(withRegistry(change)) ?? [];
  assert.ok(first);
  return first;
}

const bypass = ({ evidence }: Finding) =>
  evidence.filter(({ property }) => property === "networkRuleBypassOptions").map(({ value }) => value);

const FIREWALL: Change = { publicAccess: true, networkDefault: "deny" };
const PRIVATE: Change = { publicAccess: false, networkDefault: "allow" };
const OPEN: Change = { publicAccess: true, networkDefault: "allow" };

describe("trusted services in the evidence of networks", () => {
  for (const [id, restricted] of [
    ["network-restricted", FIREWALL],
    ["network-restricted", PRIVATE],
    ["public-access-off", PRIVATE],
  ] as const)
    it(`${id} tells who passes by ${JSON.stringify(restricted)}, and judges the same whoever does`, () => {
      for (const [trustedServices, value] of [
        [true, "AzureServices"],
        [false, "None"],
        ["unknown", "unknown"],
      ] as const) {
        const found = finding(id, { ...restricted, trustedServices });
        assert.deepEqual([found.verdict, bypass(found)], ["pass", [value]]);
      }
    });

  it("network-restricted and public-access-off tell of nobody who passes by where there is nothing to pass", () => {
    for (const id of ["network-restricted", "public-access-off"]) {
      const found = finding(id, { ...OPEN, trustedServices: false });
      assert.deepEqual([found.verdict, bypass(found)], ["fail", []]);
    }
    assert.deepEqual(bypass(finding("public-access-off", { ...FIREWALL, trustedServices: true })), []);
  });

  it("defender-on fails where a restricted registry keeps Defender out, and says which (S1-22)", () => {
    const found = finding("defender-on", { ...FIREWALL, trustedServices: false });
    assert.equal(found.verdict, "fail");
    assert.deepEqual(
      found.evidence.map(({ resource, value }) => [resource, value]),
      [
        ["subscription", "Standard"],
        ["crordersprodsecure", "None"],
      ],
    );
  });

  for (const [change, expected] of [
    [{ ...FIREWALL, trustedServices: true }, true],
    [{ ...OPEN, trustedServices: false }, true],
    [{ ...PRIVATE, trustedServices: false, sku: "Standard" }, true],
    [{ ...FIREWALL, trustedServices: false }, false],
    [{ ...PRIVATE, trustedServices: false }, false],
    [{ ...FIREWALL, trustedServices: "unknown" }, "unknown"],
    [{ publicAccess: "unknown", networkDefault: "unknown", trustedServices: false }, "unknown"],
  ] as const)
    it(`letsServicesIn says ${String(expected)} of ${JSON.stringify(change)}`, () => {
      assert.equal(letsServicesIn(idealRegistry("secure", change)), expected);
    });
});
