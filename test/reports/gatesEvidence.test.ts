import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readGatesReview, withGatesReview } from "../../src/reports/gatesEvidence";
import { makeReport } from "../../src/reports/makeReport";
import { stageOfFiles } from "../../src/reports/stages";
import { readProjectFile } from "../../src/project";
import { example } from "../support/examples";
import { GatesGround } from "../support/github/gatesGround";

describe("a review of the gates as evidence", () => {
  let ground: GatesGround;
  let dir: string;
  // The moment of the test and not of loading its file, which a long run leaves behind: a review of the future is refused.
  let now: Date;
  beforeEach(() => (now = new Date()));
  const planned = () => {
    const project = readProjectFile(example("company"));
    return ["qa", "uat"].map((stage) => ({ ...stageOfFiles(project, stage, now), source: "preview" as const }));
  };
  /** What the controls of gates say of each stage after the review. */
  async function judged(as: "reader" | "admin" = "reader") {
    const file = join(dir, "review.json");
    writeFileSync(file, JSON.stringify(await ground.review(as)));
    const { stages } = makeReport(withGatesReview(planned(), readGatesReview(file, now)), now);
    return (stage: string, id: string) => {
      const outcome = stages.find((one) => one.stage === stage)?.compliance.controls[id];
      assert.ok(outcome);
      return outcome;
    };
  }
  const write = (content: unknown): string => {
    const file = join(dir, "other.json");
    writeFileSync(file, JSON.stringify(content));
    return file;
  };

  before(async () => {
    ground = await GatesGround.begin();
    dir = mkdtempSync(join(tmpdir(), "dualreg-gates-"));
  });
  beforeEach(() => ground.reset());
  after(async () => {
    await ground.github.stop();
    rmSync(dir, { recursive: true });
  });

  it("gates as planned are deployed, and what could not be seen is named", async () => {
    const of = await judged();
    const [finding] = of("qa", "gates-closed").findings;
    assert.deepEqual([of("qa", "gates-closed").verdict, finding?.basis], ["pass", "deployed"]);
    assert.match(finding?.note ?? "", /Read from GitHub at .*Not seen by who asked: bypass actors\./);
    assert.equal(of("qa", "sign-offs-complete").findings[0]?.basis, "deployed");
  });

  it("an emptied gate fails both controls of its stage, and those of no other", async () => {
    ground.environment("uat-signoff-uat").protection_rules = [];
    const of = await judged();
    assert.deepEqual([of("uat", "gates-closed").verdict, of("uat", "sign-offs-complete").verdict], ["fail", "fail"]);
    assert.deepEqual([of("qa", "gates-closed").verdict, of("qa", "sign-offs-complete").verdict], ["pass", "pass"]);
    assert.deepEqual(of("uat", "sign-offs-complete").findings[0]?.evidence, [
      {
        ...{ resource: "environment uat-signoff-uat", property: "reviewers" },
        ...{ value: "[]", expected: "[team uat-managers (4100102)]" },
      },
    ]);
  });

  it("what the repository has once is a matter of every stage", async () => {
    ground.settings.subject = { use_default: true };
    const of = await judged();
    assert.deepEqual([of("qa", "gates-closed").verdict, of("uat", "gates-closed").verdict], ["fail", "fail"]);
    assert.equal(of("qa", "sign-offs-complete").verdict, "pass");
  });

  it("another file, an old review, one from the future, and one of another product are refused", async () => {
    const review = await ground.review();
    const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
    assert.throws(
      () => readGatesReview(write({ report: "other" }), now),
      /review: missing; allowed: what `dualreg gates review/,
    );
    assert.throws(() => readGatesReview(write(review), later(25)), /reviewedAt: .*allowed: the last 24 hours/);
    assert.throws(() => readGatesReview(write(review), later(-1)), /reviewedAt/);
    const other = readGatesReview(write({ ...review, product: "other" }), now);
    assert.throws(() => withGatesReview(planned(), other), /--gates: a review of "other"; allowed: of "orders"/);
    const dev = readGatesReview(write({ ...review, stages: ["dev"] }), now);
    assert.throws(() => withGatesReview(planned(), dev), /of no stage of the report/);
  });
});
