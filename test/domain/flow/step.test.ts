import assert from "node:assert/strict";
import { nextCandidate, nextMove, nextVersion } from "../../../src/domain/flow/nextMove";
import type { Stages } from "../../../src/domain/stage";
import {
  nextReleaseBranch,
  placesTag,
  releaseNumber,
  stepBefore,
  type StepChoice,
  stepOf,
} from "../../../src/domain/flow/step";
import { schemeOf } from "../../support/scheme";

const SIX: Stages = ["sandbox", "int", "sit", "uat", "preprod", "prod"];
const [A, B] = ["a".repeat(40), "b".repeat(40)];

describe("stepOf", () => {
  const STEPS: readonly (readonly [string, StepChoice, string])[] = [
    ["v0.0.1-qa", {}, "dev -> qa as v0.0.1"],
    ["v0.0.1-uat", {}, "qa -> uat as v0.0.1-qa"],
    ["v0.0.1", {}, "uat -> prod as v0.0.1-uat"],
    ["v1.2.3-rc1", {}, "dev -> qa as v1.2.3-rc1"],
    ["v1.2.3-rc1", { to: "uat" }, "qa -> uat as v1.2.3-rc1"],
    ["v1.2.3", { version: "v1.2.3-rc1" }, "uat -> prod as v1.2.3-rc1"],
    ["v1.2.3-beta2", { to: "prod" }, "uat -> prod as v1.2.3-beta2"],
  ];
  for (const [tag, choice, wanted] of STEPS) {
    it(`stepOf reads ${tag} ${JSON.stringify(choice)} as ${wanted} (S0-14, S0-19)`, () => {
      const found = stepOf(tag, schemeOf(), choice);
      assert.equal("problem" in found ? found.problem : `${found.from} -> ${found.to} as ${found.version}`, wanted);
    });
  }

  const LISTS: readonly (readonly [Stages, string, StepChoice, string])[] = [
    [["live"], "v0.0.1", {}, "nowhere -> live as v0.0.1"],
    [["test", "live"], "v0.0.1", {}, "test -> live as v0.0.1"],
    [["test", "live"], "v0.0.1-live", {}, 'Tag "v0.0.1-live": what live gets is called v0.0.1; give that tag'],
    [["test", "live"], "v0.0.1-qa", {}, 'Tag "v0.0.1-qa": allowed: such as v0.0.1'],
    [["test", "live"], "v0.0.1-rc1", {}, 'Tag "v0.0.1-rc1": what live gets is called v0.0.1; give that tag'],
    [["dev", "qa", "prod"], "v0.0.1-qa", {}, "dev -> qa as v0.0.1"],
    [["dev", "qa", "prod"], "v0.0.1", {}, "qa -> prod as v0.0.1-qa"],
    [["dev", "qa", "prod"], "v0.0.1", { version: "v0.0.1-rc2" }, "qa -> prod as v0.0.1-rc2"],
    [["dev", "qa", "prod"], "v0.0.1-uat", {}, 'Tag "v0.0.1-uat": allowed: such as v0.0.1-qa, v0.0.1 or v0.0.1-rc1'],
    [SIX, "v0.0.1-preprod", {}, "uat -> preprod as v0.0.1-uat"],
    [SIX, "v0.0.1-int", {}, "sandbox -> int as v0.0.1"],
    [SIX, "v0.0.1-rc1", { to: "sit" }, "int -> sit as v0.0.1-rc1"],
  ];
  for (const [stages, tag, choice, wanted] of LISTS) {
    it(`stepOf reads ${tag} ${JSON.stringify(choice)} of ${stages.join(", ")} as ${wanted} (S0-14, S0-19)`, () => {
      const found = stepOf(tag, schemeOf(stages), choice);
      const text = "problem" in found ? found.problem : `${found.from ?? "nowhere"} -> ${found.to} as ${found.version}`;
      assert.equal(text, wanted);
    });
  }

  const PROBLEMS: readonly (readonly [string, StepChoice, RegExp])[] = [
    ["latest", {}, /allowed: such as v0\.0\.1-qa/],
    ["v0.0.1-prod", {}, /what prod gets is called v0\.0\.1/],
    ["v0.0.1-rc1", { to: "prod" }, /what prod gets is called v0\.0\.1/],
    ["v0.0.1-dev", {}, /nothing is signed off for dev/],
    ["v0.0.1-qa", { to: "uat" }, /it is a tag of qa, not of uat/],
    ["v0.0.1", { version: "v0.0.1-qa" }, /allowed: v0\.0\.1-uat, or a candidate/],
    ["v0.0.1", { version: "v0.0.2-rc1" }, /is not what it is called before prod/],
    ["v0.0.1\n-qa", {}, /"v0\.0\.1\\n-qa"/],
  ];
  for (const [tag, choice, says] of PROBLEMS) {
    it(`stepOf refuses ${JSON.stringify(tag)} ${JSON.stringify(choice)}`, () => {
      const found = stepOf(tag, schemeOf(), choice);
      assert.match("problem" in found ? found.problem : "", says);
    });
  }

  it("stepBefore goes from prod to qa, for stage tags and for candidates (S0-19)", () => {
    const chain = (tag: string, choice: StepChoice): string[] => {
      const names: string[] = [];
      let each = stepOf(tag, schemeOf(), choice);
      for (;;) {
        if ("problem" in each) throw new Error(each.problem);
        names.push(`${each.tag} to ${each.to}${placesTag(each) ? "" : " (stands)"}`);
        const before = stepBefore(each, schemeOf());
        if (!before) return names;
        each = before;
      }
    };
    assert.deepEqual(chain("v0.0.1", {}), ["v0.0.1 to prod", "v0.0.1-uat to uat", "v0.0.1-qa to qa"]);
    const candidate = ["v1.2.3 to prod", "v1.2.3-rc4 to uat (stands)", "v1.2.3-rc4 to qa"];
    assert.deepEqual(chain("v1.2.3", { version: "v1.2.3-rc4" }), candidate);
  });
});

describe("nextMove", () => {
  const branches = [
    { name: "release/1", head: A },
    { name: "release/2", head: B },
  ];

  it("nextMove cuts release/1 first, and the next branch when the newest is released (S0-13)", () => {
    assert.deepEqual(nextMove("qa", { branches: [], tags: [] }, schemeOf()), { move: "cut", branch: "release/1" });
    const released = ["v0.1.0-qa", "v0.1.0-uat", "v0.1.0"].map((name) => ({ name, commit: B }));
    assert.deepEqual(nextMove("qa", { branches, tags: released }, schemeOf()), {
      move: "cut",
      branch: "release/3",
    });
  });

  it("nextMove tags the newest release branch for qa with the next version (S0-14)", () => {
    assert.deepEqual(nextMove("qa", { branches, tags: [] }, schemeOf()), {
      move: "tag",
      tag: "v0.0.1-qa",
      branch: "release/2",
    });
    const tags = [
      { name: "v0.0.9", commit: A },
      { name: "v0.0.10-qa", commit: A },
    ];
    assert.deepEqual(nextMove("qa", { branches, tags }, schemeOf()), {
      move: "tag",
      tag: "v0.0.11-qa",
      branch: "release/2",
    });
  });

  it("nextMove takes the newest version from stage to stage (S0-19)", () => {
    const tags = ["v0.0.2-qa", "v0.0.10-qa"].map((name) => ({ name, commit: A }));
    assert.deepEqual(nextMove("uat", { branches, tags }, schemeOf()), { move: "tag", tag: "v0.0.10-uat" });
    assert.equal(nextMove("prod", { branches, tags }, schemeOf()).move, "wait");
    const later = [...tags, { name: "v0.0.10-uat", commit: A }];
    assert.equal(nextMove("uat", { branches, tags: later }, schemeOf()).move, "none");
    assert.deepEqual(nextMove("prod", { branches, tags: later }, schemeOf()), { move: "tag", tag: "v0.0.10" });
  });

  it("nextMove goes through any list: one stage has both the first move and the last", () => {
    const at = (...names: string[]) => names.map((name) => ({ name, commit: B }));
    const next = (stages: Stages, stage: string, ...names: string[]) =>
      nextMove(stage, { branches, tags: at(...names) }, schemeOf(stages));
    const first = { move: "tag", tag: "v0.0.1", branch: "release/2" };
    assert.deepEqual(next(["live"], "live"), first);
    assert.deepEqual(next(["live"], "live", "v0.0.1"), { move: "cut", branch: "release/3" });
    assert.deepEqual(next(["test", "live"], "live"), first);
    assert.deepEqual(next(["dev", "qa", "prod"], "prod"), { move: "wait", why: "nothing has reached qa yet" });
    assert.deepEqual(next(["dev", "qa", "prod"], "prod", "v0.0.1-qa"), { move: "tag", tag: "v0.0.1" });
    assert.deepEqual(next(SIX, "preprod", "v0.0.1-uat"), { move: "tag", tag: "v0.0.1-preprod" });
    // A tag of a stage that is not listed is no version, and raises none.
    assert.deepEqual(next(["test", "live"], "live", "v9.0.0-qa"), first);
  });

  it("nextCandidate numbers the candidates of a version, and begins the next version when it is released (S3-4)", () => {
    const at = (commit: string, ...names: string[]) => names.map((name) => ({ name, commit }));
    const next = (stage: string, ...tags: { name: string; commit: string }[]) =>
      nextCandidate(stage, { branches, tags }, schemeOf());
    assert.deepEqual(next("qa"), { move: "tag", tag: "v0.0.1-rc1", branch: "release/2" });
    assert.deepEqual(next("qa", ...at(A, "v0.0.1-rc9", "v0.0.1-rc10")), {
      ...{ move: "tag", tag: "v0.0.1-rc11", branch: "release/2" },
    });
    assert.deepEqual(next("qa", ...at(B, "v0.0.1-rc1")), { move: "none", why: "release/2 is at v0.0.1-rc1" });
    assert.deepEqual(next("qa", ...at(A, "v0.0.1-rc1", "v0.0.1")), {
      ...{ move: "tag", tag: "v0.0.2-rc1", branch: "release/2" },
    });
    assert.deepEqual(next("qa", ...at(A, "v0.0.1-rc1", "v0.0.2-qa")), {
      ...{ move: "tag", tag: "v0.0.3-rc1", branch: "release/2" },
    });
    assert.deepEqual(next("qa", ...at(B, "v0.0.1-rc1", "v0.0.1")), { move: "cut", branch: "release/3" });
    assert.deepEqual(next("uat", ...at(A, "v0.0.1-rc2", "v0.0.1-rc1")), { move: "tag", tag: "v0.0.1-rc2" });
    assert.deepEqual(next("prod", ...at(A, "v0.0.1-rc.2", "v0.0.1-rc.10")), {
      ...{ move: "tag", tag: "v0.0.1", version: "v0.0.1-rc.10" },
    });
    assert.equal(next("uat").move, "wait");
    assert.equal(next("prod", ...at(A, "v0.0.1-rc1", "v0.0.1")).move, "wait");
    for (const stages of [["live"], ["test", "live"]] as const) {
      assert.equal(nextCandidate("live", { branches, tags: [] }, schemeOf([...stages])).move, "none");
    }
  });

  it("nextVersion begins with v0.0.1 and looks past what is no version", () => {
    assert.equal(nextVersion([], schemeOf()), "v0.0.1");
    assert.equal(nextVersion(["latest", "v1.9.9", "v1.10.0-rc1"], schemeOf()), "v1.10.1");
  });

  it("releaseNumber reads release/N and nothing else", () => {
    assert.deepEqual(["release/1", "release/01", "release/0", "release/1/x", "main"].map(releaseNumber), [
      1,
      ...Array<undefined>(4),
    ]);
    assert.equal(nextReleaseBranch(["release/2", "release/10", "main"]), "release/11");
  });
});
