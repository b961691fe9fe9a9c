import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { z } from "zod";
import { closed, decode, orForm, text, whole } from "../../../src/base/decode/decode";

const ROOT = resolve(__dirname, "../../..");

const messages = (schema: z.ZodType, raw: unknown): string[] =>
  decode(schema, raw).error?.issues.map(({ message }) => message) ?? [];

describe("decode", () => {
  it("decode says what is allowed, whatever the mistake, and lets a schema's own words win", () => {
    assert.deepEqual(messages(z.string(), 1), ["allowed: a text"]);
    assert.deepEqual(messages(z.enum(["a", "b"]), "c"), ["allowed: a, b"]);
    assert.deepEqual(messages(z.array(z.string()).max(1), ["a", "b"]), ["allowed: at most 1 entry"]);
    assert.deepEqual(messages(text(/^a$/, "the letter a"), "b"), ["allowed: the letter a"]);
    assert.deepEqual(messages(whole(1, 3), 4), ["allowed: a whole number from 1 to 3"]);
    const schema = closed({ beta: z.string(), alpha: z.string() });
    const known = { alpha: "", beta: "" };
    assert.deepEqual(messages(schema, { ...known, x: 1 }), ["allowed: alpha, beta"]);
    assert.deepEqual(messages(schema, { ...known, betta: 1, x: 1 }), ["did you mean `beta`?\nallowed: alpha, beta"]);
    assert.deepEqual(messages(schema, "x"), ["allowed: keys with values, of alpha, beta"]);
    assert.deepEqual(messages(closed({ a: z.string() }, "{ a: x }"), "x"), ["allowed: { a: x }"]);
  });

  it("orForm shows the form for another kind of value, and the usual words or others for the rest", () => {
    const list = z.array(z.string(), orForm("a list, such as [a]")).max(1);
    assert.deepEqual(messages(list, "a"), ["allowed: a list, such as [a]"]);
    assert.deepEqual(messages(list, ["a", "b"]), ["allowed: at most 1 entry"]);
  });

  for (const [value, advice] of [
    [4711, "; put it in quotes"],
    [true, "; put it in quotes"],
    ["2026-01-31 00:00:00 +0000 UTC", "; put it in quotes"],
    [undefined, ""],
    [-1, ""],
    [["a"], ""],
  ] as const) {
    it(`text says of ${JSON.stringify(value)} whether quotes alone are missing`, () => {
      assert.deepEqual(messages(text(/^[a-z0-9][a-z0-9-]*$/, "letters"), value), [`allowed: letters${advice}`]);
    });
  }

  it("whole says of a number in quotes that they are too much, where the number is allowed", () => {
    assert.deepEqual(messages(whole(1, 9), "7"), ["allowed: a whole number from 1 to 9, without quotes"]);
    assert.deepEqual(messages(whole(1, 9), "70"), ["allowed: a whole number from 1 to 9"]);
    assert.deepEqual(messages(z.boolean(), "true"), ["allowed: true or false, without quotes"]);
  });

  it("an error's text is the same whichever room was loaded before", () => {
    const errorAfter = (loaded: readonly string[]): string => {
      const code = `require("tsx/cjs");
        ${loaded.map((file) => `require(${JSON.stringify(`./src/${file}`)});`).join("\n")}
        const { readBuildMetadata } = require("./src/images/gates/buildMetadata.ts");
        try { readBuildMetadata(Buffer.from('{"source": 1, "commit": 2}'), "here"); }
        catch ({ message }) { process.stdout.write(message); }`;
      return execFileSync(process.execPath, ["-e", code], { cwd: ROOT, encoding: "utf8" });
    };
    const alone = errorAfter([]);
    assert.match(alone, /^Build metadata here: source: the value is not allowed; allowed: a text/);
    assert.equal(errorAfter(["config/decode.ts", "outputs/readOutputs.ts"]), alone);
  });
});
