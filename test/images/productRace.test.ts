import assert from "node:assert/strict";
import fc from "fast-check";
import type { ProductResult } from "../../src/cli/image/tagging";
import { tagInOrder } from "../../src/images/product";
import { SETTLE } from "../../src/images/tagAndLock";
import { describeWith } from "../support/registries";
import { outputsFor } from "../support/release/outputsFor";
import { PRODUCT, ProductGround } from "../support/release/productGround";
import { World } from "../support/release/world";

const IMMUTABLE = { regime: "immutable" } as const;

describe("tagInOrder", () => {
  const products = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }), {
    minLength: 1,
    maxLength: 4,
  });

  it("S4-3 whatever images publishers have and however they meet, the version is whole of one of them", async () => {
    await fc.assert(
      fc.asyncProperty(products, fc.scheduler(), async (all, scheduler) => {
        const standing = new Map<string, number>();
        const [classes, names] = [["standard", "secure", "standard", "secure"] as const, ["a", "b", "c", "d"]];
        const publish = (digests: readonly number[]) =>
          tagInOrder(
            digests.map((digest, at) => ({
              digest,
              destination: { class: classes[at] ?? "secure", repository: names[at] ?? "", tagRules: IMMUTABLE },
            })),
            async ({ digest, destination: { repository } }) => {
              await scheduler.schedule(Promise.resolve());
              if (!standing.has(repository)) standing.set(repository, digest);
              return standing.get(repository) === digest;
            },
            (holds) => holds,
          );
        const running = Promise.all(all.map(publish));
        await scheduler.waitFor(running);
        const ends = await running;
        const wholes = all.filter((digests) => digests.every((digest, at) => standing.get(names[at] ?? "") === digest));
        assert.ok(wholes.length > 0, JSON.stringify([...standing]));
        for (const [at, tried] of ends.entries()) {
          assert.equal(tried.length === 4 && tried.every(Boolean), wholes.includes(all[at] ?? []));
        }
      }),
    );
  });

  it("S4-3 tags class secure before class standard, as the jobs of release.yml do, and each by name", async () => {
    const image = (repository: string, imageClass: "secure" | "standard") => ({
      destination: { class: imageClass, repository, tagRules: IMMUTABLE },
    });
    const images = [image("a", "standard"), image("d", "secure"), image("c", "secure"), image("b", "standard")];
    const tried = await tagInOrder(
      images,
      ({ destination }) => Promise.resolve(destination.repository),
      () => true,
    );
    assert.deepEqual(tried, ["c", "d", "a", "b"]);
  });

  it("S4-3 tags images together where every tag may move, and tries those behind one that fails", async () => {
    const image = (repository: string, regime: "mutable" | "immutable") => ({
      destination: { class: "secure" as const, repository, tagRules: { regime } },
    });
    const tagAll = async (images: readonly ReturnType<typeof image>[]) => {
      let [running, most] = [0, 0];
      const tag = async ({ destination }: ReturnType<typeof image>) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running -= 1;
        return destination.repository;
      };
      const tried = await tagInOrder(images, tag, (repository) => repository !== "b");
      return { tried, most };
    };
    assert.deepEqual(await tagAll(["c", "b", "a"].map((name) => image(name, "mutable"))), {
      tried: ["a", "b", "c"],
      most: 3,
    });
    // One that may not move decides for all.
    const mixed = [image("c", "mutable"), image("b", "mutable"), image("a", "immutable")];
    assert.deepEqual(await tagAll(mixed), { tried: ["a", "b"], most: 1 });
  });
});

describeWith(["docker-registry"], "two publishers of one product at once", () => {
  let world: World;
  before(async () => {
    world = await World.begin();
  });
  after(() => world.end());

  /** Two publishers at once whose first images are the same, so many of them. */
  const race = (same: number) => async () => {
    for (let round = 1; round <= 3; round += 1) {
      const version = `v2.${same}.${round}-rc1`;
      const settling = outputsFor({ stage: "qa", host: world.qa.host, kind: "distribution", policy: world.policy });
      const slow = new ProductGround(world, world.qa.host, settling);
      const pushed = async (seed: string) => {
        const images = PRODUCT.map((repository, at) => slow.push(repository, version, {}, at < same ? "same" : seed));
        return (await Promise.all(images)).map(({ code, file, stderr }) => {
          assert.equal(code, 0, stderr);
          return file;
        });
      };
      const products = [await pushed("one"), await pushed("other")];
      const ends = await Promise.all(products.map((files) => slow.tag(files)));
      assert.deepEqual(ends.map(({ code }) => code).sort(), [0, 1], ends.map(({ stderr }) => stderr).join("\n"));
      const winner = ends.find(({ code }) => code === 0);
      assert.ok(winner);
      const digests = (JSON.parse(winner.stdout) as ProductResult).images.map(({ repository, digest }) => [
        repository,
        digest,
      ]);
      assert.deepEqual(await slow.standing(version), Object.fromEntries(digests));
    }
  };
  it(
    "S4-3 two publishers of one version at once: one publishes it whole, and the other places no tag",
    race(0),
  ).timeout(6 * 10 * SETTLE);
  it(
    "S4-3 two publishers whose first image is the same: the first that differs decides, and one publishes it whole",
    race(1),
  ).timeout(6 * 10 * SETTLE);
  it("S4-3 two publishers whose last image alone differs: one publishes it whole", race(2)).timeout(6 * 10 * SETTLE);
});
