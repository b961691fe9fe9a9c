import assert from "node:assert/strict";
import { describeEngine } from "../support/engine/describeEngine";
import type { EngineStack } from "../support/engine/engineStack";
import * as expect from "../support/engine/expectations";
import { disguises, filesHolding } from "../support/engine/findText";
import { StageBench } from "../support/engine/stageBench";

const SECURE = "orders-passwords-secure-orders-pull";
const BOTH = [SECURE, "orders-passwords-standard-orders-pull"];
const SECRETS = ["orders-qa-orders-pull-secure", "orders-qa-orders-pull-standard"];

describeEngine("token passwords under the engine", () => {
  let bench: StageBench;
  let stack: EngineStack;
  /** All that the engine said, of every run. */
  const said: string[] = [];

  const listen = async (run: ReturnType<EngineStack["up"]>) => {
    const done = await run;
    said.push(JSON.stringify(done.events), done.failure ?? "");
    return done;
  };
  const rotateOn = (date: string) => bench.project.set(["dual-registry:passwords"], { rotate: date }, "qa");
  const slots = () => BOTH.map((name) => expect.stateOf(stack, name).outputs?.["slot"]);

  before(async () => {
    bench = await StageBench.open("minimal");
    bench.unprotect("qa");
    stack = await bench.stack("qa");
  });

  after(() => bench.close());

  it("a preview makes none; up makes one for each token, in the vault alone (S0-4)", async () => {
    expect.assertWell(await listen(stack.preview()));
    assert.deepEqual(bench.azure.passwords, []);
    expect.assertWell(await listen(stack.up()));
    assert.equal(new Set(bench.azure.passwords).size, 2);
    const values = SECRETS.map((name) => bench.azure.vault.latest(name)?.value);
    assert.deepEqual([...values].sort(), [...new Set(bench.azure.passwords)].sort());
    assert.deepEqual(slots(), ["password1", "password1"]);
  });

  it("a later date is an update that fills the other slots; its preview makes none (S0-4)", async () => {
    rotateOn("2026-10-01");
    const changes = BOTH.map((name) => `update ${name}`);
    const before = new Set(bench.azure.passwords).size;
    assert.deepEqual((await listen(stack.preview())).changes, changes);
    assert.equal(new Set(bench.azure.passwords).size, before);
    assert.deepEqual((await listen(stack.up())).changes, changes);
    assert.deepEqual(slots(), ["password2", "password2"]);
    expect.assertNothing(await listen(stack.up()));
  });

  it("an older date changes nothing", async () => {
    rotateOn("2026-09-01");
    const before = new Set(bench.azure.passwords).size;
    await listen(stack.up());
    assert.equal(new Set(bench.azure.passwords).size, before);
    assert.deepEqual(slots(), ["password2", "password2"]);
  });

  it("no password is in the state, in outputs, in events or in any file (S0-4)", async () => {
    said.push(JSON.stringify(await stack.outputs()));
    const passwords = [...new Set(bench.azure.passwords)];
    assert.equal(passwords.length, 4);
    for (const text of passwords.flatMap(disguises)) {
      assert.ok(!said.some((all) => all.includes(text)), "the engine said a password");
    }
    assert.deepEqual(filesHolding(bench.project.room, passwords.flatMap(disguises)), []);
  });

  it("switched off, every password is ended and every secret deleted; the tokens stay (S0-4)", async () => {
    bench.project.set(["dual-registry:passwords"], "off", "qa");
    expect.assertWell(await listen(stack.up()));
    assert.deepEqual(
      SECRETS.map((name) => bench.azure.vault.isDeleted(name)),
      [true, true],
    );
    expect.stateOf(stack, "orders-secure-token-orders-pull");
  });
});
