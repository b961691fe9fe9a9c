import assert from "node:assert/strict";
import fc from "fast-check";
import { stableGuid } from "../../src/base/guid";

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("stableGuid", () => {
  it("stableGuid is a guid of version 5, equal for equal parts", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        assert.match(stableGuid(...parts), GUID);
        assert.equal(stableGuid(...parts), stableGuid(...parts));
      }),
    );
  });

  it("stableGuid tells parts apart that read alike when joined", () => {
    assert.notEqual(stableGuid("a", "b"), stableGuid("ab"));
    assert.notEqual(stableGuid("a,b"), stableGuid("a", "b"));
    assert.notEqual(stableGuid("a", ""), stableGuid("a"));
  });

  it("stableGuid is the same in every version of the program: another would replace every role assignment", () => {
    assert.equal(stableGuid("assignment", "id-orders-qa-publish-secure"), "b8f8f55e-47c9-55d2-bc63-a5906c7053fd");
  });
});
