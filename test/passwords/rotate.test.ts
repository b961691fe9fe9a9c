import assert from "node:assert/strict";
import { lookAtPassword, revokePassword, rotatePassword } from "../../src/passwords/rotate";
import { CONTENT_TYPE, TAGS } from "../../src/passwords/types";
import { type PasswordWorld, startPasswordWorld } from "../support/azure/passwordWorld";

describe("rotatePassword", () => {
  let world: PasswordWorld;
  beforeEach(async () => (world = await startPasswordWorld()));
  afterEach(() => world.azure.stop());

  const rotate = (rotateOn: string, past?: "password1" | "password2") =>
    rotatePassword(world.place, { days: 30, rotate: rotateOn }, { past }, world.access);
  const leak = (leaked: string, rotateOn = "2026-10-01") =>
    rotatePassword(world.place, { days: 30, rotate: rotateOn, leaked }, { leaked: true }, world.access);
  const { secretName, token } = { secretName: "orders-qa-shop-pull-secure", token: "shop-pull" };

  it("makes the first password, with an expiry, and writes it to the vault alone (S0-4)", async () => {
    const before = world.tokens.now;
    const state = await rotate("");
    assert.equal(state.slot, "password1");
    assert.deepEqual(world.tokens.slots(token), ["password1"]);
    const days = (Date.parse(state.expiry) - before) / 86_400_000;
    assert.ok(days > 29.99 && days <= 30, `${days} days`);
    assert.deepEqual(world.tokens.expiry(token, "password1"), new Date(state.expiry));
    const secret = world.vault.latest(secretName);
    assert.equal(secret?.value, world.tokens.made[0]);
    assert.equal(secret?.contentType, CONTENT_TYPE);
    assert.equal(secret.exp, Math.floor(Date.parse(state.expiry) / 1000), "the vault tells of the end by expiresOn");
    assert.equal(secret.tags[TAGS.token], token);
    assert.equal(secret.tags[TAGS.username], token);
    assert.equal(secret.tags[TAGS.registry], "ordersqasecure.azurecr.io");
    assert.equal(secret.tags[TAGS.slot], "password1");
    assert.deepEqual([state.secretVersion, state.rotated], [secret.version, ""]);
    assert.ok(state.secretUri.endsWith(`/secrets/${secretName}/${secret.version}`));
  });

  it("fills the other slot, and the one before stays valid until the rotation after (S0-4)", async () => {
    await rotate("");
    await rotate("2026-10-01");
    const [first = "", second = ""] = world.tokens.made;
    assert.deepEqual(world.tokens.slots(token), ["password1", "password2"]);
    assert.ok(world.tokens.accepts(token, first) && world.tokens.accepts(token, second));
    assert.equal(world.vault.latest(secretName)?.value, second);
    await rotate("2026-11-01");
    assert.ok(!world.tokens.accepts(token, first), "its slot was filled anew");
    assert.ok(world.tokens.accepts(token, second));
    assert.ok(world.consumersGetIn());
  });

  it("switches off the versions whose password was overwritten, over all pages", async () => {
    for (const day of ["", "2026-10-01", "2026-11-01", "2026-12-01", "2027-01-01"]) await rotate(day);
    const enabled = world.vault.versions(secretName).map((version) => version.enabled);
    assert.deepEqual(enabled, [false, false, false, true, true]);
  });

  it("does nothing for a date it was made for", async () => {
    const made = await rotate("2026-10-01");
    const again = await rotate("2026-10-01");
    assert.deepEqual(again, made);
    assert.equal(world.tokens.made.length, 1);
  });

  it("ends at once every password from before a leak, and switches their versions off (S0-4, S1-28)", async () => {
    await rotate("");
    await rotate("2026-10-01");
    const before = [...world.tokens.made];
    const state = await leak("2026-10-01");
    const [fresh = ""] = world.tokens.made.slice(before.length);
    assert.ok(before.every((value) => !world.tokens.accepts(token, value)));
    assert.ok(world.tokens.accepts(token, fresh));
    assert.deepEqual([world.tokens.slots(token), state.slot], [["password1"], "password1"]);
    assert.deepEqual(
      world.vault.versions(secretName).map((version) => version.enabled),
      [false, false, true],
    );
    assert.equal(world.vault.latest(secretName)?.value, fresh);
  });

  it("rotates after a leak as before it, into the slot that is free", async () => {
    await rotate("2026-10-01");
    await leak("2026-10-02");
    const state = await rotatePassword(
      world.place,
      { days: 30, rotate: "2026-11-01", leaked: "2026-10-02" },
      {},
      world.access,
    );
    assert.equal(state.slot, "password1");
    assert.deepEqual(world.tokens.slots(token), ["password1", "password2"]);
    assert.ok(world.consumersGetIn());
  });

  it("reads no value from the vault: whoever rotates need not be able to", async () => {
    for (const day of ["", "2026-10-01", "2026-10-01", "2026-11-01"]) await rotate(day);
    assert.deepEqual(world.vault.valuesRead, []);
  });

  it("makes a password anew where that of the vault was removed from the token", async () => {
    await rotate("2026-10-01");
    world.tokens.clear(token);
    await rotate("2026-10-01");
    assert.ok(world.consumersGetIn());
  });

  it("keeps the slot in use where the secret moves to another vault", async () => {
    const first = await rotate("");
    const elsewhere = { ...world.place, secretName: "moved" };
    const moved = await rotatePassword(elsewhere, { days: 30, rotate: "" }, { past: first.slot }, world.access);
    assert.equal(moved.slot, "password2");
    assert.ok(world.consumersGetIn(), "who reads the old secret still gets in");
    assert.ok(world.tokens.accepts(token, world.vault.latest("moved")?.value ?? ""));
  });

  it("takes another token's secret of the same name for none", async () => {
    world.vault.plant(secretName, { tags: { token, registry: "old.azurecr.io", slot: "password1", rotated: "" } });
    const state = await rotate("");
    assert.equal(state.slot, "password1");
    assert.equal(world.vault.latest(secretName)?.tags[TAGS.registry], "ordersqasecure.azurecr.io");
  });

  it("recovers a secret that was deleted", async () => {
    await rotate("2026-10-01");
    await revokePassword(world.place, world.access);
    assert.ok(world.vault.isDeleted(secretName));
    await rotate("2026-10-01");
    assert.ok(!world.vault.isDeleted(secretName));
    assert.ok(world.consumersGetIn());
  });

  it("says which token is missing, and makes none", async () => {
    world.tokens.remove(token);
    await assert.rejects(rotate(""), { code: "NOT_FOUND", message: /has no token "shop-pull"/ });
  });

  it("refuses an id that is no registry's", async () => {
    const place = { ...world.place, registryId: "/subscriptions/1" };
    await assert.rejects(rotatePassword(place, { days: 1, rotate: "" }), { code: "CONFIG_INVALID" });
  });

  describe("revokePassword", () => {
    it("ends every password and deletes the secret; again is nothing (S0-4)", async () => {
      await rotate("");
      await rotate("2026-10-01");
      await revokePassword(world.place, world.access);
      assert.deepEqual(world.tokens.slots(token), []);
      assert.ok(world.tokens.made.every((value) => !world.tokens.accepts(token, value)));
      assert.ok(world.vault.isDeleted(secretName));
      await revokePassword(world.place, world.access);
    });

    it("takes a token that is gone for revoked", async () => {
      await rotate("");
      world.tokens.remove(token);
      await revokePassword(world.place, world.access);
      assert.ok(world.vault.isDeleted(secretName));
    });

    it("leaves a secret that is another registry's by now", async () => {
      world.vault.plant(secretName, { tags: { token, registry: "new.azurecr.io" } });
      await revokePassword(world.place, world.access);
      assert.ok(!world.vault.isDeleted(secretName));
    });
  });

  describe("lookAtPassword", () => {
    it("tells valid, ended and gone", async () => {
      const { slot } = await rotate("");
      const look = () => lookAtPassword(world.place, { slot }, world.access);
      assert.equal(await look(), "valid");
      await revokePassword(world.place, world.access);
      assert.equal(await look(), "ended");
      world.tokens.remove(token);
      assert.equal(await look(), "gone");
    });
  });
});
