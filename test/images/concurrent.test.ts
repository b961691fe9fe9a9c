import assert from "node:assert/strict";
import type { Digest } from "../../src/base/digest";
import { DualRegistryError } from "../../src/base/errors";
import { referrersTag } from "../../src/base/referrersTag";
import { ensureReferrersListed } from "../../src/images/referrersList";
import { attachArtifact } from "../../src/oci/artifact";
import type { ImageTarget } from "../../src/oci/imageStore";
import { describeWith } from "../support/registries";
import { Grounds, type Wares } from "../support/release/faultsGround";
import { judge } from "../support/release/faultsInvariant";
import { destinationFor, type Job, openGround, runJob } from "../support/release/faultsJob";

const WRITERS = 8;
const ROUNDS = 5;

for (const kind of ["distribution", "acr"] as const) {
  describeWith(["docker-registry"], `Eight publishers of one tag, ${kind}`, () => {
    let grounds: Grounds;
    let images: Wares[];
    const jobOf = (wares: Wares, repository: string): Job => ({
      what: "publish",
      wares,
      repository,
      tag: "v2.0.0-rc1",
    });
    before(async () => {
      grounds = await Grounds.begin(kind === "acr" ? { acr: "both" } : {});
      const seeds = Array.from({ length: WRITERS }, (_, at) => `v2.0.0-rc${at + 1}`);
      images = await Promise.all(seeds.map((seed) => grounds.wares(seed, { size: 1000 })));
    });
    after(() => grounds.end());

    const attempt = async (job: Job): Promise<"won" | DualRegistryError> => {
      try {
        await runJob(grounds.facts, job);
        return "won";
      } catch (error) {
        if (error instanceof DualRegistryError) return error;
        throw error;
      }
    };

    const held = kind === "acr" ? ", and the registry locks it" : ", by reading back";
    it(`publication lets one of eight images win the tag${held} (S2-11, S1-26)`, async () => {
      for (let round = 1; round <= ROUNDS; round += 1) {
        const jobs = images.map((wares) => jobOf(wares, `orders/race-${round}`));
        const ends = await Promise.all(jobs.map(attempt));
        const winners = jobs.filter((_, at) => ends[at] === "won");
        const lost = ends.flatMap((end) => (end === "won" ? [] : [end]));
        const said = lost.map(({ code, message }) => `${code}: ${message}`).join("\n");
        assert.equal(winners.length, 1, said);
        assert.deepEqual(new Set(lost.map(({ code }) => code)), new Set(["TAG_TAKEN"]), said);
        const [winner] = winners;
        assert.ok(winner);
        const outcome = await judge(grounds.facts, winner);
        assert.equal(outcome?.digest, winner.wares.digest);
        assert.equal(outcome.locked, kind === "acr");
        // Each is told of the one it saw: before the end the tag may have stood for several.
        assert.ok(
          lost.every(({ message }) => message.includes(":v2.0.0-rc1") && /sha256:[0-9a-f]{64}/.test(message)),
          said,
        );
      }
    });

    it("publication of one image by eight at a time succeeds for each of them (S1-26)", async () => {
      for (let round = 1; round <= 2; round += 1) {
        const [wares] = images;
        assert.ok(wares);
        const job = jobOf(wares, `orders/same-${round}`);
        const ends = await Promise.all(Array.from({ length: WRITERS }, () => attempt(job)));
        assert.deepEqual(
          ends.filter((end) => end !== "won").map((end) => String(end)),
          [],
        );
      }
    });
  });
}

describeWith(["docker-registry"], "Referrers that are listed under a tag", () => {
  let grounds: Grounds;
  let wares: Wares;
  before(async () => {
    grounds = await Grounds.begin();
    wares = await grounds.wares("v3.0.0-rc1", { size: 1000 });
  });
  after(() => grounds.end());

  /** The published image's repository, as each of so many processes has it. */
  async function published(
    path: string,
    writers: number,
  ): Promise<{ targets: ImageTarget[]; close: () => Promise<void> }> {
    const job: Job = { what: "publish", wares, repository: path, tag: "v3.0.0-rc1", settles: false };
    await runJob(grounds.facts, job);
    const sessions = Array.from({ length: writers }, () => openGround(grounds.facts));
    const targets = sessions.map((session) => destinationFor(grounds.facts, job, session).target);
    return {
      targets,
      close: async () => {
        await Promise.all(sessions.map((session) => session.close()));
      },
    };
  }
  const attach = async (target: ImageTarget, text: string): Promise<Digest> => {
    const subject = await target.resolve(wares.digest);
    assert.ok(subject);
    const { digest } = await attachArtifact(target, { artifactType: "text/plain", bytes: Buffer.from(text) }, subject);
    return digest;
  };

  it("ensureReferrersListed loses none of what eight attach to one image at a time (S1-26)", async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { targets, close } = await published(`orders/listed-${round}`, WRITERS);
      const attached = await Promise.all(
        targets.map(async (target, at) => {
          const own = [await attach(target, `${at} a`), await attach(target, `${at} b`)];
          await ensureReferrersListed(target, wares.digest, own);
          return own;
        }),
      );
      const listed = new Set((await targets[0]?.referrers(wares.digest))?.map(({ digest }) => digest));
      assert.deepEqual(
        attached.flat().filter((digest) => !listed.has(digest)),
        [],
      );
      await close();
    }
  });

  it("ensureReferrersListed lists again what another's list left out (S1-26)", async () => {
    const { targets, close } = await published("orders/left-out", 1);
    const [target] = targets;
    assert.ok(target);
    const list = referrersTag(wares.digest);
    const old = await target.manifest(list);
    const own = await attach(target, "left out");
    await target.writeManifest(old, { tag: list });
    assert.ok(!(await target.referrers(wares.digest)).some(({ digest }) => digest === own));
    await ensureReferrersListed(target, wares.digest, [own]);
    assert.ok((await target.referrers(wares.digest)).some(({ digest }) => digest === own));
    assert.equal((await target.referrers(wares.digest)).length, 5);
    await close();
  });
});
