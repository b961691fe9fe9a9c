import assert from "node:assert/strict";
import { Tokens } from "../../../src/oci/auth/token";

const PULL = ["repository:a:pull"];
const PUSH = ["repository:a:pull,push"];

describe("Tokens", () => {
  it("Tokens.get asks again before a token runs out, by its own clock alone", async () => {
    let now = 1_000_000;
    let count = 0;
    const tokens = new Tokens(() => now);
    const request = (): Promise<{ token: string; lifetime: number }> =>
      Promise.resolve({ token: `t${++count}`, lifetime: 60_000 });
    assert.equal(await tokens.get(PULL, request), "t1");
    now += 49_999;
    assert.equal(await tokens.get(PULL, request), "t1");
    now += 1;
    assert.equal(await tokens.get(PULL, request), "t2");
  });

  it("Tokens.get counts the life of a token from before it was asked for", async () => {
    let now = 0;
    let count = 0;
    const tokens = new Tokens(() => now);
    const request = (): Promise<{ token: string; lifetime: number }> => {
      now += 50_000;
      return Promise.resolve({ token: `t${++count}`, lifetime: 60_000 });
    };
    await tokens.get(PULL, request);
    assert.equal(tokens.find(PULL), undefined);
  });

  it("Tokens.get gives one token to all who ask at once, and a wider one to who wants less", async () => {
    let count = 0;
    const tokens = new Tokens();
    const request = async (): Promise<{ token: string; lifetime: number }> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { token: `t${++count}`, lifetime: 60_000 };
    };
    const all = await Promise.all([...Array(10).keys()].map(() => tokens.get(PUSH, request)));
    assert.deepEqual(new Set(all), new Set(["t1"]));
    assert.equal(tokens.find(PULL), "t1");
    tokens.drop("other");
    assert.equal(tokens.find(PULL), "t1");
    tokens.drop("t1");
    assert.equal(tokens.find(PULL), undefined);
  });

  it("Tokens.get asks again after a failure", async () => {
    const tokens = new Tokens();
    await assert.rejects(
      tokens.get(PULL, () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await tokens.get(PULL, () => Promise.resolve({ token: "yes", lifetime: 1000 })), "yes");
  });
});
