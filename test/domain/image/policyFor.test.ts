import assert from "node:assert/strict";
import { DEFAULT_SCAN, policiesFor, policyFor, type TrustedSigner } from "../../../src/domain/image/policy";

const NOBODY = { secure: { signers: [] }, standard: { signers: [] }, signOffs: { signers: [] } };
const SIGNER: TrustedSigner = { issuer: "https://accounts.example.com", subject: "publisher@example.com" };

describe("policyFor", () => {
  it("S2-2 policyFor demands neither scan nor signature in dev, and keeps who is trusted", () => {
    const facts = { scan: DEFAULT_SCAN, signature: true, signers: [SIGNER] };
    assert.deepEqual(policyFor("first", "secure", facts), { signature: false, signers: [SIGNER] });
  });

  it("S2-10 policyFor demands CRITICAL = 0 and HIGH = 0 behind dev where nothing is said", () => {
    for (const place of ["between", "last"] as const) {
      const { secure, standard } = policiesFor(place, NOBODY);
      assert.deepEqual([secure.scan, standard.scan], [DEFAULT_SCAN, DEFAULT_SCAN], place);
      assert.deepEqual([secure.signature, standard.signature], [false, false], place);
    }
  });

  it("S2-8 policyFor demands a signature of secure images as soon as somebody is trusted to sign", () => {
    assert.equal(policyFor("between", "secure", { signers: [SIGNER] }).signature, true);
    assert.equal(policyFor("between", "standard", { signers: [SIGNER] }).signature, false);
    assert.equal(policyFor("between", "secure", { signers: [SIGNER], signature: false }).signature, false);
    assert.equal(policyFor("between", "standard", { signers: [SIGNER], signature: true }).signature, true);
  });

  it("policyFor drops the scan where it is off", () => {
    assert.deepEqual(policyFor("last", "standard", { scan: "off", signers: [] }), { signature: false, signers: [] });
  });
});
