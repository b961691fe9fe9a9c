import assert from "node:assert/strict";
import fc from "fast-check";
import { covers, mergeScopes, parseScopes, repositoryScope } from "../../../src/oci/auth/token";

const scope = fc
  .tuple(
    fc.constantFrom("a", "a/b", "c:5000/d"),
    fc.subarray(["pull", "push", "delete", "metadata_write"], { minLength: 1 }),
  )
  .map(([path, actions]) => repositoryScope(path, ...actions));
const list = fc.array(scope, { maxLength: 5 });

describe("scopes", () => {
  it("mergeScopes unites the actions of a resource", () => {
    assert.deepEqual(mergeScopes(["repository:b:push", "repository:a:pull"], ["repository:b:pull,push"]), [
      "repository:a:pull",
      "repository:b:pull,push",
    ]);
  });

  it("mergeScopes gives the same text in whatever order", () => {
    fc.assert(fc.property(list, (scopes) => assert.deepEqual(mergeScopes(scopes), mergeScopes([...scopes].reverse()))));
  });

  it("covers holds for every part of what was merged, and for nothing more", () => {
    fc.assert(
      fc.property(list, list, (one, two) => covers(mergeScopes(one, two), one) && covers(mergeScopes(one), one)),
    );
    assert.equal(covers(["repository:a:pull"], ["repository:a:pull,push"]), false);
    assert.equal(covers(["repository:a:pull"], ["repository:a/b:pull"]), false);
    assert.equal(covers([], ["registry:catalog:*"]), false);
    assert.equal(covers(["repository:a:pull"], []), true);
  });

  it("parseScopes leaves out what has no readable form, and more than 20", () => {
    assert.deepEqual(parseScopes("repository:a/b:pull,push registry:catalog:* x repository:..:pull a:b:c\u0000"), [
      "repository:a/b:pull,push",
      "registry:catalog:*",
    ]);
    assert.equal(parseScopes("repository:a:pull ".repeat(1000)).length, 20);
    assert.deepEqual(parseScopes(undefined), []);
  });
});
