import assert from "node:assert/strict";
import fc from "fast-check";
import { tagRules } from "../../../src/domain/image/tags";
import { globMatches, globOfExpression, parseGlob } from "../../../src/domain/settings/glob";
import { tagClasses } from "../../../src/domain/settings/tagClasses";
import { schemeOf } from "../../support/scheme";

const globsOf = (...texts: string[]) => texts.flatMap((text) => parseGlob(text) ?? []);
const matches = (glob: string, text: string) => globsOf(glob).some((one) => globMatches(one, text));

describe("globs of tags", () => {
  it("parseGlob reads runs, single characters and alternatives, and says of everything else that it does not", () => {
    assert.deepEqual([matches("v*", "v1.2.3"), matches("v*", "1.2.3")], [true, false]);
    assert.deepEqual([matches("v?.0", "v1.0"), matches("v?.0", "v10.0")], [true, false]);
    assert.deepEqual([matches("{v1,v2}*", "v2.0"), matches("{v1,v2}*", "v3.0")], [true, false]);
    assert.deepEqual([matches("a/*", "a/b"), matches("a/*", "a/b/c"), matches("a/**", "a/b/c")], [true, false, true]);
    for (const text of ["[ab]", "a\\b", "{a", "a}", "*".repeat(257)]) assert.equal(parseGlob(text), undefined, text);
  });

  it("globMatches agrees with an expression of the same meaning, whatever the glob and the text", () => {
    const glob = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 8 }).map((parts) => parts.join(""));
    const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(glob, text, (pattern, tag) => {
        const expression = new RegExp(`^${pattern.replace(/\*+/g, ".*").replaceAll("?", ".")}$`);
        assert.equal(matches(pattern, tag), expression.test(tag));
      }),
    );
  });

  it("globMatches takes no time over a glob that an expression would take for ever over", () => {
    const [glob = []] = globsOf(`${"*a".repeat(60)}b`);
    assert.equal(globMatches(glob, "a".repeat(5_000)), false);
  });

  it("globOfExpression reads expressions of characters and runs, and none that could take for ever", () => {
    assert.equal(globOfExpression("^v.*", "start"), "v*");
    assert.equal(globOfExpression("v1\\.2", "start"), "v1.2*");
    assert.equal(globOfExpression("^v.+$", "nowhere"), "v?*");
    assert.equal(globOfExpression("rc", "nowhere"), "*rc*");
    assert.equal(globOfExpression(".*", "whole"), "*");
    for (const text of ["(a+)+$", "v[0-9]", "a|b", "\\d+", "a{2}"])
      assert.equal(globOfExpression(text, "whole"), undefined);
  });
});

describe("tagClasses", () => {
  const forms = [...new Set(["dev", "qa", "prod"])].flatMap((stage) => tagRules(stage, schemeOf()).forms);

  it("tagClasses gives an example for each way in which the tags of a form meet the globs", () => {
    const [form] = tagRules("prod", schemeOf()).forms;
    assert.ok(form);
    assert.deepEqual(tagClasses([form], globsOf("v1.*", "*")), [
      { form: "vX.Y.Z", example: "v0.0.0", matches: [false, true] },
      { form: "vX.Y.Z", example: "v1.0.0", matches: [true, true] },
    ]);
  });

  it("tagClasses has a class for every tag that a form of a stage takes, and examples that the form takes", () => {
    const glob = fc.constantFrom("v*", "v1*", "*-rc*", "*", "latest", "*.0", "feature-*", "*a*b*", "0*", "v?.*", "d??");
    const tag = fc
      .constantFrom(...forms)
      .chain((form) =>
        fc.stringMatching(new RegExp(form.pattern.replace(/\(\?!.*?\)/, ""))).map((text) => ({ form, text })),
      );
    fc.assert(
      fc.property(tag, fc.array(glob, { maxLength: 4 }), ({ form, text }, texts) => {
        const globs = globsOf(...texts);
        const classes = tagClasses([form], globs);
        assert.ok(classes);
        const own = globs.map((one) => globMatches(one, text)).join();
        assert.ok(
          classes.some((one) => one.matches.join() === own),
          `${form.name}: ${text}`,
        );
        for (const { example, matches: all } of classes) {
          assert.equal(globs.map((one) => globMatches(one, example)).join(), all.join());
        }
      }),
      { numRuns: 300 },
    );
  });

  it("tagClasses says that it does not read a form of another kind", () => {
    for (const pattern of ["^(?<name>a)$", "^\\w+$", "^(a$", "^a{999}$", "^[^a]$", "^a)$"]) {
      assert.equal(tagClasses([{ name: "other", pattern }], []), undefined, pattern);
    }
  });
});
