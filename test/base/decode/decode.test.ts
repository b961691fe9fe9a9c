import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { z } from "zod";
import { closed, decode, text, whole } from "../../../src/base/decode/decode";

const ROOT = resolve(__dirname, "../../..");

const messages = (schema: z.ZodType, raw: unknown): string[] =>
  decode(schema, raw).error?.issues.map(({ message }) => message) ?? [];

describe("decode", () => {
  it("decode says what is allowed, whatever the mistake, and lets a schema's own words win", () => {
    assert.deepEqual(messages(z.string(), 1), ["allowed: a text"]);
    assert.deepEqual(messages(z.enum(["a", "b"]), "c"), ["allowed: a, b"]);
    assert.deepEqual(messages(z.array(z.string()).max(1), ["a", "b"]), ["allowed: at most 1 entries"]);
    assert.deepEqual(messages(text(/^a$/, "the letter a"), "b"), ["allowed: the letter a"]);
    assert.deepEqual(messages(whole(1, 3), 4), ["allowed: a whole number from 1 to 3"]);
    assert.deepEqual(messages(closed({ b: z.string(), a: z.string() }), { a: "", b: "", c: 1 }), ["allowed: a, b"]);
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
