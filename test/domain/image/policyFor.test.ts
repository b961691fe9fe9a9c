import assert from "node:assert/strict";
import { DEFAULT_SCAN, policiesFor, policyFor, type TrustedSigner } from "../../../src/domain/image/policy";

const NOBODY = { secure: { signers: [] }, standard: { signers: [] }, signOffs: { signers: [] } };
const SIGNER: TrustedSigner = { issuer: "https://accounts.example.com", subject: "publisher@example.com" };

describe("policyFor", () => {
  it("S2-2 policyFor demands neither scan nor signature in the first stage, and keeps who is trusted", () => {
    const facts = { scan: DEFAULT_SCAN, signers: [SIGNER] };
    assert.deepEqual(policyFor("first", "secure", facts), { signature: false, signers: [SIGNER] });
  });

  it("S2-8 S2-10 policyFor demands CRITICAL = 0, HIGH = 0 and a signature of both classes behind the first stage where nothing is said", () => {
    for (const place of ["between", "last"] as const) {
      const { secure, standard } = policiesFor(place, NOBODY);
      assert.deepEqual([secure.scan, standard.scan], [DEFAULT_SCAN, DEFAULT_SCAN], place);
      assert.deepEqual([secure.signature, standard.signature], [true, true], place);
    }
  });

  it("S1-5 S2-10 policyFor knows no limit above 0 in the last stage, but for a waiver, until its day", () => {
    const lenient = { scan: { critical: 1, high: 5, maxAgeHours: 168 }, signers: [SIGNER] };
    assert.deepEqual(policyFor("between", "standard", lenient).scan, lenient.scan);
    assert.deepEqual(policyFor("last", "standard", lenient).scan, { critical: 0, high: 0, maxAgeHours: 168 });
    const waived = policyFor("last", "standard", lenient, { standard: "2027-03-31" });
    assert.deepEqual(waived.scan, { ...lenient.scan, until: "2027-03-31" });
    assert.deepEqual(policyFor("last", "standard", lenient, { secure: "2027-03-31" }).scan?.high, 0);
  });
});
