import assert from "node:assert/strict";
import { type SignOffFacts, signOffProblems } from "../../../src/images/gates/signOffs";
import type { SignOff, SignOffs } from "../../../src/images/types";
import { DIGEST, OTHER } from "../../support/signing/samples";

const COMMIT = "3f2a9c1d5e7b8a6f4c2d1e0f9a8b7c6d5e4f3a2b";
const now = new Date("2026-11-21T12:00:00Z");
const approval = (role: string, by: string, hour: number, over: Partial<SignOff> = {}): SignOff => ({
  role,
  by,
  at: `2026-11-21T${String(hour).padStart(2, "0")}:00:00Z`,
  commit: COMMIT,
  digest: DIGEST,
  ...over,
});
const CHAIN = [approval("qa", "qa-lead", 8), approval("uat", "dev-lead", 9), approval("dev", "uat-lead", 10)];
const facts: SignOffFacts = {
  roles: ["qa", "uat", "dev"],
  repository: "orders/api",
  digest: DIGEST,
  from: "uat",
  to: "prod",
  version: "v1.2.3",
  commit: COMMIT,
  now,
};
const signOffs = (approvals: readonly SignOff[] = CHAIN, over: Partial<SignOffs> = {}): SignOffs => ({
  from: "uat",
  to: "prod",
  repository: "orders/api",
  digest: DIGEST,
  version: "v1.2.3",
  commit: COMMIT,
  authors: ["writer", "requester"],
  approvals,
  ...over,
});
const [qa, uat, dev] = CHAIN as [SignOff, SignOff, SignOff];

describe("signOffProblems", () => {
  it("S0-18 signOffProblems takes a release that QA, UAT and Dev approved, one after the other", () => {
    assert.deepEqual(signOffProblems(signOffs(), facts), { problems: [], notes: [] });
  });

  const REFUSED: readonly [string, SignOffs, RegExp][] = [
    ["S0-18 a missing role", signOffs([qa, uat]), /role "dev" has not approved/],
    ["a role that approved twice", signOffs([...CHAIN, approval("dev", "niklaus", 11)]), /role "dev" approved 2 times/],
    [
      "one person in two roles",
      signOffs([qa, uat, approval("dev", "QA-LEAD", 10)]),
      /"QA-LEAD" approved for "qa" and for "dev"/,
    ],
    [
      "an author who approves",
      signOffs([qa, uat, approval("dev", "Writer", 10)]),
      /"Writer" for role "dev" approved, and is an author/,
    ],
    ["nobody named as author", signOffs(CHAIN, { authors: [] }), /no author is named/],
    ["an approval of another digest", signOffs([qa, uat, { ...dev, digest: OTHER }]), /approved digest sha256:b2/],
    [
      "an approval of another commit",
      signOffs([qa, uat, { ...dev, commit: "a".repeat(40) }]),
      /approved commit a+; wanted/,
    ],
    ["an approval yet to come", signOffs([qa, uat, approval("dev", "uat-lead", 13)]), /yet to come/],
    [
      "an approval out of order",
      signOffs([qa, approval("uat", "dev-lead", 7), dev]),
      /"uat" approved at .*before role "qa"/,
    ],
    [
      "S0-20 sign-offs of another digest",
      signOffs(
        CHAIN.map((one) => ({ ...one, digest: OTHER })),
        { digest: OTHER },
      ),
      /signed off is digest/,
    ],
    ["sign-offs of another version", signOffs(CHAIN, { version: "v1.2.4" }), /signed off is version "v1\.2\.4"/],
    ["sign-offs of another edge", signOffs(CHAIN, { from: "qa" }), /signed off is from "qa"/],
    ["sign-offs of another repository", signOffs(CHAIN, { repository: "orders/web" }), /signed off is repository/],
  ];
  for (const [title, given, message] of REFUSED) {
    it(`signOffProblems refuses ${title}, in one line`, () => {
      const { problems } = signOffProblems(given, facts);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", message);
    });
  }

  it("signOffProblems refuses sign-offs of a commit the image was not built from", () => {
    const { problems } = signOffProblems(signOffs(), { ...facts, commit: "b".repeat(40) });
    assert.match(problems.join("\n"), /^signed off is commit/);
  });

  it("signOffProblems lets an approval of a role nobody asked for count for nothing, and notes it", () => {
    const extra = approval("ops", "stranger", 11, { commit: "c".repeat(40) });
    const { problems, notes } = signOffProblems(signOffs([...CHAIN, extra]), facts);
    assert.deepEqual(problems, []);
    assert.match(notes.join("\n"), /"stranger" approved for role "ops", which prod does not ask for/);
  });

  it("signOffProblems takes a clock that is five minutes ahead", () => {
    const { problems } = signOffProblems(signOffs([qa, uat, { ...dev, at: "2026-11-21T12:04:59Z" }]), facts);
    assert.deepEqual(problems, []);
  });
});
