import assert from "node:assert/strict";
import { revokePassword, rotatePassword } from "../../src/passwords/rotate";
import { type PasswordWorld, startPasswordWorld } from "../support/azure/passwordWorld";

/** What is interrupted: the rotations before it, and itself. */
const CASES = {
  "the first password": { before: [], day: "" },
  "the second": { before: [""], day: "2026-10-01" },
  "the third, which overwrites the first": { before: ["", "2026-10-01"], day: "2026-11-01" },
} as const;

const rotate = (world: PasswordWorld, day: string) =>
  rotatePassword(world.place, { days: 30, rotate: day }, undefined, world.access);

/** How many requests a thing takes when nothing goes wrong. */
async function requestsOf(prepare: readonly string[], work: (world: PasswordWorld) => Promise<unknown>) {
  const world = await startPasswordWorld();
  try {
    for (const day of prepare) await rotate(world, day);
    const before = world.azure.seen.length;
    await work(world);
    return world.azure.seen.slice(before).map(({ method, path }) => `${method} ${path}`);
  } finally {
    await world.azure.stop();
  }
}

/** Runs the work, cut at one request; what comes after is the test's. */
async function cutAt(
  at: number,
  when: "before" | "after",
  prepare: readonly string[],
  work: (world: PasswordWorld) => Promise<unknown>,
  check: (world: PasswordWorld) => Promise<void>,
) {
  const world = await startPasswordWorld();
  try {
    for (const day of prepare) await rotate(world, day);
    world.azure.cutAt(at, when);
    await assert.rejects(work(world), { code: "REGISTRY_UNAVAILABLE" }, `cut ${when} request ${at}`);
    world.azure.heal();
    await check(world);
  } finally {
    await world.azure.stop();
  }
}

describe("An interrupted rotation", () => {
  for (const [name, { before, day }] of Object.entries(CASES)) {
    it(`of ${name}, cut at any request, never locks consumers out and is resumed (S0-4)`, async function () {
      this.timeout(120_000);
      const work = (world: PasswordWorld) => rotate(world, day);
      const requests = await requestsOf(before, work);
      assert.ok(requests.some((one) => one.startsWith("POST") && one.endsWith("/generateCredentials")));
      assert.ok(requests.some((one) => one.startsWith("PUT /secrets/")));
      for (const when of ["before", "after"] as const) {
        for (let at = 1; at <= requests.length; at += 1) {
          const where = `cut ${when} ${at}: ${requests[at - 1] ?? ""}`;
          await cutAt(at, when, before, work, async (world) => {
            const written = world.vault.versions(world.place.secretName).length;
            if (before.length > 0) assert.ok(world.consumersGetIn(), `${where}: consumers get in meanwhile`);
            const made = world.tokens.made.length;
            const state = await rotate(world, day);
            assert.ok(world.consumersGetIn(), `${where}: consumers get in after`);
            assert.equal(state.rotated, day, where);
            assert.equal(state.slot, before.length === 1 ? "password2" : "password1", `${where}: the same slot`);
            const isDone = written === before.length + 1;
            assert.equal(
              world.tokens.made.length - made,
              isDone ? 0 : 1,
              `${where}: what is written is not done again`,
            );
            const old = world.tokens.made.filter((value) => world.tokens.accepts("shop-pull", value));
            assert.equal(old.length, before.length === 0 ? 1 : 2, `${where}: the password before stays valid`);
          });
        }
      }
    });
  }

  it("after a leak, cut at any request, ends every password from before it when it is run again (S0-4)", async function () {
    this.timeout(120_000);
    const before = ["", "2026-10-01"];
    const work = (world: PasswordWorld) =>
      rotatePassword(
        world.place,
        { days: 30, rotate: "2026-10-01", leaked: "2026-10-05" },
        { leaked: true },
        world.access,
      );
    const requests = await requestsOf(before, work);
    assert.ok(requests.some((one) => one.startsWith("PATCH") && one.endsWith("/tokens/shop-pull")));
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at <= requests.length; at += 1) {
        const where = `cut ${when} ${at}: ${requests[at - 1] ?? ""}`;
        await cutAt(at, when, before, work, async (world) => {
          assert.ok(world.consumersGetIn(), `${where}: whoever reads the vault gets in meanwhile`);
          await work(world);
          assert.ok(world.consumersGetIn(), where);
          const valid = world.tokens.made.filter((value) => world.tokens.accepts("shop-pull", value));
          assert.deepEqual(valid, [world.vault.latest(world.place.secretName)?.value], where);
          const enabled = world.vault.versions(world.place.secretName).filter((version) => version.enabled);
          assert.equal(enabled.length, 1, where);
        });
      }
    }
  });

  it("goes on where another date was named meanwhile", async () => {
    const requests = await requestsOf([""], (world) => rotate(world, "2026-10-01"));
    for (let at = 1; at <= requests.length; at += 1) {
      await cutAt(
        at,
        "after",
        [""],
        (world) => rotate(world, "2026-10-01"),
        async (world) => {
          const { rotated } = await rotate(world, "2026-11-01");
          assert.equal(rotated, "2026-11-01");
          assert.ok(world.consumersGetIn(), `cut at ${at}`);
        },
      );
    }
  });

  it("never leaves a revocation half done: what is cut at any request is ended by the next run (S0-4)", async () => {
    const work = (world: PasswordWorld) => revokePassword(world.place, world.access);
    const requests = await requestsOf(["", "2026-10-01"], work);
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at <= requests.length; at += 1) {
        await cutAt(at, when, ["", "2026-10-01"], work, async (world) => {
          await work(world);
          const { token, secretName } = world.place;
          assert.deepEqual(world.tokens.slots(token), [], `cut ${when} ${at}`);
          assert.ok(world.vault.isDeleted(secretName), `cut ${when} ${at}`);
        });
      }
    }
  });
});
