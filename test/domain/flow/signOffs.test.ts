import assert from "node:assert/strict";
import { type ApprovalFacts, judgeApprovals } from "../../../src/domain/flow/judgeApprovals";
import { approvalFactsOfStep } from "../../../src/domain/flow/judgeStep";
import { approvalFactsOf, type SignedOffRelease, type SignOffs, signOffsOf } from "../../../src/domain/flow/signOffs";
import type { Approval, SignOffRequest, StepFacts } from "../../../src/domain/flow/stepFacts";
import type { ReasonCode } from "../../../src/domain/flow/verdict";
import {
  approval as stepApproval,
  at,
  COMMIT as STEP_COMMIT,
  facts as stepFacts,
  request,
  rolesOf,
  step,
} from "../../support/release/stepFacts";
import { DIGEST, OTHER } from "../../support/signing/samples";
import { DEFAULT_STAGES } from "../../../src/domain/stage";

type SignOff = SignOffs["approvals"][number];

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
const release: SignedOffRelease = {
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
  expires: "2026-11-28T12:00:00Z",
  ...over,
});
const [qa, uat, dev] = CHAIN as [SignOff, SignOff, SignOff];

const judge = (given: SignOffs, wanted = release) => judgeApprovals(approvalFactsOf(given, wanted));

describe("judgeApprovals, of sign-offs from a file", () => {
  it("S0-18 judgeApprovals takes a release that QA, UAT and Dev approved, one after the other", () => {
    const { reasons, notes } = judge(signOffs());
    assert.deepEqual({ reasons, notes }, { reasons: [], notes: [] });
  });

  const REFUSED: readonly [string, SignOffs, ReasonCode, RegExp][] = [
    ["S0-18 a missing role", signOffs([qa, uat]), "approval-missing", /role "dev" has not approved v1\.2\.3/],
    [
      "a role that approved twice",
      signOffs([...CHAIN, approval("dev", "dev-deputy", 11)]),
      "approval-twice",
      /"uat-lead" and "dev-deputy" approved for role "dev"; allowed: one approval/,
    ],
    [
      "a role that one person approved twice",
      signOffs([...CHAIN, approval("dev", "uat-lead", 11)]),
      "approval-twice",
      /"uat-lead" and "uat-lead" approved for role "dev"/,
    ],
    [
      "one person in two roles",
      signOffs([qa, uat, approval("dev", "QA-LEAD", 10)]),
      "one-person-two-gates",
      /"QA-LEAD" approved for "qa" and for "dev"/,
    ],
    [
      "an author who approves",
      signOffs([qa, uat, approval("dev", "Writer", 10)]),
      "approval-by-author",
      /"Writer" for role "dev" approved and is an author of the release \(named in the sign-offs\)/,
    ],
    [
      "a list that has ended",
      signOffs(CHAIN, { expires: "2026-11-21T12:00:00Z" }),
      "sign-offs-ended",
      /the list of sign-offs of v1\.2\.3 ended at 2026-11-21T12:00:00Z; sign a new list/,
    ],
    [
      "a list that ends in a year",
      signOffs(CHAIN, { expires: "2027-11-21T12:00:00Z" }),
      "sign-offs-ended",
      /ends at 2027-11-21T12:00:00Z, too late; .*for at most 30 days/,
    ],
    ["nobody named as author", signOffs(CHAIN, { authors: [] }), "authors-unknown", /no author is named/],
    [
      "an approval of another digest",
      signOffs([qa, uat, { ...dev, digest: OTHER }]),
      "approval-other-digest",
      /approved digest sha256:b2/,
    ],
    [
      "an approval of another commit",
      signOffs([qa, uat, { ...dev, commit: "a".repeat(40) }]),
      "approval-other-commit",
      /approved commit a+; wanted/,
    ],
    [
      "an approval in the future",
      signOffs([qa, uat, approval("dev", "uat-lead", 13)]),
      "approval-in-future",
      /in the future/,
    ],
    [
      "an approval out of order",
      signOffs([qa, approval("uat", "dev-lead", 7), dev]),
      "approval-out-of-order",
      /"uat" approved at .*before role "qa"/,
    ],
    [
      "S0-20 sign-offs of another digest",
      signOffs(
        CHAIN.map((one) => ({ ...one, digest: OTHER })),
        { digest: OTHER },
      ),
      "approval-other-digest",
      /orders\/api: approved for prod is sha256:b2.*; to be promoted: sha256:a1/,
    ],
    [
      "sign-offs of another version",
      signOffs(CHAIN, { version: "v1.2.4" }),
      "approval-other-release",
      /are for version "v1\.2\.4"; wanted: "v1\.2\.3"/,
    ],
    [
      "sign-offs of another edge",
      signOffs(CHAIN, { from: "qa" }),
      "approval-other-release",
      /are for the way from "qa"; wanted: "uat"/,
    ],
    [
      "sign-offs of another repository",
      signOffs(CHAIN, { repository: "orders/web" }),
      "approval-other-digest",
      /orders\/api: approved for prod is nothing/,
    ],
  ];
  for (const [title, given, code, message] of REFUSED) {
    it(`judgeApprovals refuses ${title}, and for nothing else`, () => {
      const { reasons } = judge(given);
      assert.deepEqual(new Set(reasons.map((reason) => reason.code)), new Set([code]));
      assert.match(reasons[0]?.why ?? "", message);
    });
  }

  it("judgeApprovals refuses sign-offs of a commit the image was not built from", () => {
    const { reasons } = judge(signOffs(), { ...release, commit: "b".repeat(40) });
    assert.match(
      reasons.map(({ why }) => why).join("\n"),
      /^approvals of v1\.2\.3 are for commit 3f2a9c1d5e7b; wanted: b/,
    );
  });

  it("judgeApprovals lets an approval of a role nobody asked for count for nothing, and notes it", () => {
    const extra = approval("ops", "stranger", 11, { commit: "c".repeat(40) });
    const { reasons, notes } = judge(signOffs([...CHAIN, extra]));
    assert.deepEqual(reasons, []);
    assert.match(notes.join("\n"), /"stranger" approved for role "ops", which prod does not ask for/);
  });

  it("judgeApprovals takes a clock that is five minutes ahead", () => {
    assert.deepEqual(judge(signOffs([qa, uat, { ...dev, at: "2026-11-21T12:04:59Z" }])).reasons, []);
  });
});

const UAT = step("v0.0.1-uat");
const FILE_RELEASE: SignedOffRelease = {
  ...{
    roles: rolesOf("uat", DEFAULT_STAGES),
    repository: "orders/api",
    digest: DIGEST,
    from: "qa",
    to: "uat",
    version: "v0.0.1-qa",
  },
  ...{ commit: STEP_COMMIT, now: new Date("2026-12-01T00:00:00Z") },
};

/** The step to uat, as GitHub's records tell it, with its request changed. */
const onGithub = (different: Partial<SignOffRequest>): StepFacts =>
  stepFacts("v0.0.1-uat", {
    requests: [request(UAT, different)],
    images: [{ repository: "orders/api", digest: DIGEST }],
  });

/** The same facts as a file tells them, every approval of the run as it was given. */
function inFile(facts: StepFacts): SignOffs {
  const [asked] = facts.requests;
  const [whole] = asked ? signOffsOf(facts, asked, FILE_RELEASE.now) : [];
  assert.ok(asked && whole);
  const { commit, digest } = whole;
  const approvals = asked.approvals.map(({ role, by, at: time = "" }) => ({ role, by, at: time, commit, digest }));
  return { ...whole, approvals };
}

describe("judgeApprovals, of the same facts from GitHub and from a file", () => {
  const approvals = (...given: readonly Approval[]) => onGithub({ approvals: given });
  const candidate = (different: Partial<SignOffRequest["candidate"]>) =>
    onGithub({
      candidate: { ...request(UAT).candidate, ...different },
    });
  const both = [stepApproval("qa", 0), stepApproval("uat", 1)] as const;
  const CASES: readonly [string, StepFacts, readonly ReasonCode[]][] = [
    ["all approved", approvals(...both), []],
    ["a role has not approved", approvals(both[0]), ["approval-missing"]],
    [
      "two people approved for one role",
      approvals(...both, stepApproval("uat", 2, { by: "other-uat-manager" })),
      ["approval-twice"],
    ],
    [
      "one person approved for two roles",
      approvals(both[0], stepApproval("uat", 1, { by: "QA-manager" })),
      ["one-person-two-gates"],
    ],
    ["a role approved too early", approvals(stepApproval("qa", 2), both[1]), ["approval-out-of-order"]],
    ["an author approved", approvals(both[0], stepApproval("uat", 1, { by: "Developer" })), ["approval-by-author"]],
    ["another commit was approved", candidate({ commit: "d".repeat(40) }), ["approval-other-commit"]],
    ["another version was approved", candidate({ version: "v0.0.2-qa" }), ["approval-other-release"]],
    [
      "another digest was approved",
      candidate({ images: [{ repository: "orders/api", digest: OTHER }] }),
      ["approval-other-digest"],
    ],
    [
      "another repository was approved",
      candidate({ images: [{ repository: "orders/web", digest: DIGEST }] }),
      ["approval-other-digest", "approval-other-digest"],
    ],
  ];
  for (const [criterion, facts, codes] of CASES) {
    it(`judgeApprovals gives one verdict where ${criterion} (S0-18, S0-20)`, () => {
      const github = judgeApprovals(approvalFactsOfStep(facts)).reasons;
      const file = judgeApprovals(approvalFactsOf(inFile(facts), { ...FILE_RELEASE })).reasons;
      assert.deepEqual(
        github.map(({ code }) => code),
        codes,
      );
      assert.deepEqual(
        file.map(({ code }) => code),
        codes,
      );
    });
  }

  it("judgeApprovals refuses whoever asked in both: GitHub says that they asked, a file that they may not approve", () => {
    const facts = onGithub({ askedBy: ["uat-manager"] });
    const codes = (given: ApprovalFacts) => judgeApprovals(given).reasons.map(({ code }) => code);
    assert.deepEqual(codes(approvalFactsOfStep(facts)), ["approval-by-tagger"]);
    assert.deepEqual(codes(approvalFactsOf(inFile(facts), FILE_RELEASE)), ["approval-by-author"]);
  });

  it("judgeApprovals takes one person's approval of a repeated run, of which sign-offs keep the first", () => {
    const facts = approvals(...both, stepApproval("uat", 3));
    assert.deepEqual(judgeApprovals(approvalFactsOfStep(facts)).reasons, []);
    const [asked] = facts.requests;
    const [written] = asked ? signOffsOf(facts, asked, FILE_RELEASE.now) : [];
    assert.ok(written);
    assert.deepEqual(judgeApprovals(approvalFactsOf(written, FILE_RELEASE)).reasons, []);
    assert.equal(written.approvals[1]?.at, at(1));
  });
});
