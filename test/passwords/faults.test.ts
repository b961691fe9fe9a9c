import assert from "node:assert/strict";
import { rotatePassword } from "../../src/passwords/rotate";
import { type PasswordWorld, startPasswordWorld } from "../support/azure/passwordWorld";
import { type ApiRequest, failure } from "../support/azure/standIn";

describe("rotatePassword against Azure's bad days", () => {
  let world: PasswordWorld;
  beforeEach(async () => (world = await startPasswordWorld(3)));
  afterEach(() => world.azure.stop());

  const rotate = (day = "") => rotatePassword(world.place, { days: 30, rotate: day }, undefined, world.access);
  const to = (method: string, end: string) => (request: ApiRequest) =>
    request.method === method && request.path.includes(end);

  it("waits as long as a 429 asks for", async () => {
    const slow = failure(429, "TooManyRequests", "slow down", { "retry-after": "1" });
    world.azure.answerNext(to("POST", "/generateCredentials"), slow);
    world.azure.answerNext(to("PUT", "/secrets/"), slow);
    const begun = Date.now();
    await rotate();
    assert.ok(Date.now() - begun >= 2000, "a second for each");
    assert.ok(world.consumersGetIn());
  });

  it("asks again after 5xx, in the same slot", async () => {
    const busy = [failure(503, "ServerBusy", "later"), failure(500, "InternalError", "oops")];
    for (const [method, end] of [
      ["GET", "/versions"],
      ["GET", "/tokens/"],
      ["POST", "/generateCredentials"],
      ["PUT", "/secrets/"],
    ] as const) {
      world.azure.answerNext(to(method, end), ...busy);
    }
    const { slot } = await rotate();
    assert.equal(slot, "password1");
    assert.ok(world.consumersGetIn());
  });

  it("gives up after its attempts, and says that running again goes on", async () => {
    const busy = failure(503, "ServerBusy", "later");
    world.azure.answerNext(to("PUT", "/secrets/"), ...Array<typeof busy>(9).fill(busy));
    await assert.rejects(rotate(), { code: "REGISTRY_UNAVAILABLE", message: /503 ServerBusy; run the update again/ });
  });

  it("gets a new token where the vault ends the old one", async () => {
    await rotate();
    world.mint.end();
    const asked = world.mint.asked.length;
    await rotate("2026-10-01");
    assert.ok(world.mint.asked.length > asked);
    assert.ok(world.consumersGetIn());
  });

  it("asks for tokens of ARM and of the vault alone", async () => {
    await rotate();
    const scopes = [...new Set(world.mint.asked)].sort();
    assert.deepEqual(scopes, ["https://management.azure.com/.default", "https://vault.azure.net/.default"]);
  });

  for (const style of ["azure-asyncoperation", "location"] as const) {
    it(`follows an operation that runs, by ${style}`, async () => {
      Object.assign(world.operations, { style, polls: 4 });
      await rotate();
      await rotate("2026-10-01");
      assert.ok(world.consumersGetIn());
      const polls = world.azure.seen.filter(({ path }) => path.startsWith("/operations/"));
      assert.ok(polls.length >= 8, `${polls.length} polls`);
    });
  }

  it("waits for a right that was given a moment ago, and for nothing else", async () => {
    world.vault.forbidden = 2;
    await assert.rejects(rotate(), { code: "REGISTRY_AUTH", message: /Key Vault Secrets Officer/ });
    world.vault.forbidden = 2;
    world.access = { ...world.access, rights: { attempts: 3, everyMs: 1 } };
    await rotate();
    assert.ok(world.consumersGetIn());
    const firewall = { error: { code: "Forbidden", message: "no", innererror: { code: "ForbiddenByFirewall" } } };
    world.azure.answerNext(to("GET", "/versions"), { status: 403, body: firewall });
    await assert.rejects(rotate("2026-10-01"), { code: "REGISTRY_AUTH", message: /403 ForbiddenByFirewall/ });
  });

  it("makes no password where the vault cannot be written", async () => {
    world.vault.forbidden = 99;
    await assert.rejects(rotate(), { code: "REGISTRY_AUTH" });
    assert.deepEqual(world.tokens.made, []);
  });

  it("refuses an answer without a password", async () => {
    const nothing = { status: 200, body: { username: "shop-pull", passwords: [{ name: "password1" }] } };
    world.azure.answerNext(to("POST", "/generateCredentials"), nothing);
    await assert.rejects(rotate(), { code: "CONTENT_INVALID", message: /holds no such password/ });
  });
});
