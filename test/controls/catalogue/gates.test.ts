import assert from "node:assert/strict";
import { signatureGate, signOffsComplete } from "../../../src/controls/catalogue/gates";
import { idealFacts, withRegistry, withStage } from "../../support/compliance/idealFacts";

const SUBJECT = "https://github.com/contoso/tools/.github/workflows/build.yml@refs/heads/main";

describe("the gates' controls", () => {
  it("signatureGate names signers of somebody else's in every place, and says nothing of the own", () => {
    for (const place of ["first", "between", "last"] as const) {
      const [secure] = signatureGate.evaluate(withRegistry({ place, foreignSigners: [SUBJECT] }));
      assert.ok(secure?.note?.includes(`marked as somebody else's: ${SUBJECT}`), `${place}: ${secure?.note ?? ""}`);
      const [own] = signatureGate.evaluate(withRegistry({ place }));
      assert.doesNotMatch(own?.note ?? "", /somebody else/);
    }
  });

  it("signOffsComplete names who signs sign-offs and is somebody else", () => {
    const [finding] = signOffsComplete.evaluate(withStage({ foreignSigners: [SUBJECT] }));
    assert.ok(finding?.note?.endsWith(`marked as somebody else's: ${SUBJECT}.`), finding?.note);
    assert.doesNotMatch(signOffsComplete.evaluate(idealFacts())[0]?.note ?? "", /somebody else/);
  });

  it("signOffsComplete proves nothing of sign-offs that are kept elsewhere, and says by whom and where", () => {
    const [finding] = signOffsComplete.evaluate(withStage({ signOffsElsewhere: "signed off by X, kept in Y" }));
    assert.equal(finding?.verdict, "unknown");
    assert.equal(finding.note, "Declared as signed off by X, kept in Y; nothing here shows it.");
  });
});
