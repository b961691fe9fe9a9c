import assert from "node:assert/strict";
import fc from "fast-check";
import {
  overlappingPatterns,
  patternMatches,
  patternsOverlap,
  pullScope,
  RepositoryIndex,
} from "../../../src/domain/image/imageClass";

const part = fc.constantFrom("a", "b", "ab", "a-b", "c");
const repository = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const pattern = fc.tuple(repository, fc.boolean()).map(([path, wild]) => (wild ? `${path}/*` : path));

describe("scopes", () => {
  it("patternMatches takes a wildcard for everything below a path, and not for its neighbours", () => {
    assert.ok(patternMatches("orders/*", "orders/api"));
    assert.ok(patternMatches("orders/*", "orders/api/v2"));
    assert.ok(!patternMatches("orders/*", "orders"));
    assert.ok(!patternMatches("orders/*", "orders-old/api"));
    assert.ok(!patternMatches("orders/api", "orders/api/v2"));
  });

  it("patternsOverlap is true for whatever one repository matches twice", () => {
    fc.assert(
      fc.property(pattern, pattern, repository, (a, b, name) => {
        if (patternMatches(a, name) && patternMatches(b, name)) assert.ok(patternsOverlap(a, b));
        assert.equal(patternsOverlap(a, b), patternsOverlap(b, a));
      }),
    );
  });

  it("overlappingPatterns finds something exactly where two patterns overlap", () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 8 }), (patterns) => {
        const pairs = patterns.some((a, i) => patterns.slice(i + 1).some((b) => patternsOverlap(a, b)));
        assert.equal(overlappingPatterns(patterns).length > 0, pairs);
      }),
    );
  });

  it("RepositoryIndex.below gives what a search of every item gives", () => {
    fc.assert(
      fc.property(fc.uniqueArray(repository, { maxLength: 20 }), pattern, (names, wanted) => {
        const index = new RepositoryIndex(names.map((name) => ({ repository: name })));
        const found = [...index.below(wanted)].map((item) => item.repository);
        assert.deepEqual(found, names.filter((name) => patternMatches(wanted, name)).sort());
        assert.equal(index.reaches(wanted), found.length > 0);
      }),
    );
  });

  it("S0-4 pullScope reads content and metadata, and nothing else", () => {
    assert.deepEqual(pullScope(["orders/*", "tools/x"]), [
      "repositories/orders/*/content/read",
      "repositories/orders/*/metadata/read",
      "repositories/tools/x/content/read",
      "repositories/tools/x/metadata/read",
    ]);
  });
});
