import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { Walk, type WalkStage } from "../../support/gitops/walk";
import { describeWith } from "../../support/registries";

const STAGES: readonly WalkStage[] = ["dev", "qa", "uat", "prod"];
const FINAL = ["tag: ", "lock: ", "read back: "];
const PROMOTION = ["read: ", "gates: ", "copy: ", "referrers: ", "verify: ", "record: ", ...FINAL];
const DELIVERY = ["inventory: commit", "inventory: push", "inventory: request"];
const REQUEST = ["inventory: clone", "inventory: find", "inventory: copy", ...PROMOTION, ...DELIVERY, "result"];

/** Where each command can be killed: how the line begins that it is about to say, or its result. */
const POINTS: Readonly<Record<string, readonly string[]>> = {
  publish: ["read: ", "gates: ", "push: ", "compare: ", "attach: ", "sign and record: ", ...FINAL, "result"],
  choose: ["result"],
  "set in dev": ["result"],
  retag: [...PROMOTION, "result"],
  "set in e2e": ["result"],
  "request for uat": REQUEST,
  "request for prod": REQUEST,
  "roll back": ["inventory: clone", "inventory: find", ...DELIVERY, "result"],
};

/** In each round every command is killed once, and each round elsewhere: all of them kill each command everywhere. */
const ROUNDS = [...Array(Math.max(...Object.values(POINTS).map(({ length }) => length))).keys()];

/** Some behind the copy and some before: `npm run test:faults` takes all. */
const SAMPLED = [3, 9];

describeWith(
  ["docker-registry"],
  "The delivery of S3, from its build to production",
  () => {
    let walk: Walk;
    let version = "";
    let former = "";
    let patch = 0;
    /** What refers to an image at each stage, where nobody was killed. */
    let attached: readonly (readonly string[])[] = [];
    before(async () => {
      walk = await Walk.begin();
    });
    after(() => walk.end());

    const next = () => {
      former = version;
      version = `v1.2.${++patch}`;
      return version;
    };
    const attachedTo = (digest: Digest) => Promise.all(STAGES.map((stage) => walk.attached(stage, digest)));
    const named = (stage: WalkStage, folder: string, tag: string) => `${walk.host(stage)}/${folder}/orders/api:${tag}`;
    /** The requests of both repositories that take any, and the commits of each branch that is deployed from. */
    const requests = () => [walk.forges.staging, walk.forges.production].map((forge) => forge.requests.length);

    it("S3-3 S3-4 S3-6 S3-11 S3-12 S3-13 S3-14 the digest in production's file is the digest that was built", async () => {
      const { descriptor } = await walk.release(next());
      const { digest } = descriptor;
      assert.notEqual(walk.host("qa"), walk.host("uat"));
      assert.deepEqual(
        STAGES.map((stage) => walk.deployed(stage)),
        [
          named("dev", "dev", version),
          named("qa", "e2e", `${version}-rc1@${digest}`),
          named("uat", "staging", `${version}-rc1@${digest}`),
          named("prod", "production", `${version}@${digest}`),
        ],
      );
      assert.deepEqual(requests(), [1, 1]);
      assert.deepEqual(walk.forges.development.requests, []);
      attached = await attachedTo(digest);
      // Each stage behind the first adds its record to what came along.
      assert.deepEqual(
        attached.map(({ length }) => length),
        [4, 5, 6, 7],
      );
    });

    it("S3-13 rolled back, production's file names the digest that was built before", async () => {
      const { descriptor } = await walk.release(next());
      const first = walk.deployed("prod");
      assert.equal(first, named("prod", "production", `${version}@${descriptor.digest}`));
      await walk.rollback(former);
      assert.ok(walk.deployed("prod").startsWith(named("prod", "production", `${former}@sha256:`)));
      assert.notEqual(walk.deployed("prod"), first);
      assert.equal(walk.deployed("uat"), named("uat", "staging", `${version}-rc1@${descriptor.digest}`));
    });

    it("the walk is killed at each step that its commands tell", () => {
      const said = [...walk.told].map(([step, lines]) => [step, [...new Set(lines.map(pointOf)), "result"]]);
      assert.deepEqual(Object.fromEntries(said), POINTS);
    });

    const rounds = process.env["DUALREG_FAULTS"] === "all" ? ROUNDS : SAMPLED;
    for (const round of rounds) {
      it(`S3-6 S3-11 S3-13 S3-14 each command killed at its step ${round + 1} and run again, the walk ends as if nobody was`, async () => {
        const killAt = (step: string) => {
          const points = POINTS[step] ?? [];
          return points[round % points.length];
        };
        const before = requests();
        const { descriptor } = await walk.release(next(), killAt);
        const { digest } = descriptor;
        assert.equal(walk.deployed("prod"), named("prod", "production", `${version}@${digest}`));
        assert.deepEqual(await attachedTo(digest), attached);
        await walk.rollback(former, killAt);
        assert.ok(walk.deployed("prod").startsWith(named("prod", "production", `${former}@sha256:`)));
        const [staging = 0, production = 0] = before;
        assert.deepEqual(requests(), [staging + 1, production + 2]);
      });
    }
  },
  180,
);

/** What a line is of: a step of a release as it stands, or the phase in front of its colon. */
const pointOf = (line: string): string =>
  line.startsWith("inventory: ") ? line : line.slice(0, line.indexOf(": ") + 2);
