import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DualRegistryError } from "../../../src/base/errors";
import { readImageLines, readNamedDigest } from "../../../src/cli/imageLines";
import { makeProbe } from "../../../src/doctor/probe";
import { example } from "../../support/examples";
import { parseWords } from "../../support/inertProgram";

const BINARY = resolve(__dirname, "../../../bin/dualreg.js");
const DIGEST = `sha256:${"ab".repeat(32)}`;
const OTHER = `sha256:${"cd".repeat(32)}`;

describe("a writer who replaces a release's list of images", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-asset-"));
  after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "images.txt");
  const read = (text: string) => {
    writeFileSync(file, text);
    return readImageLines(file, (line, where) => readNamedDigest(line, ["orders/api", "orders/web"], where));
  };
  const refuses = (text: string, says: RegExp) =>
    assert.throws(
      () => read(text),
      (error) => {
        assert.ok(error instanceof DualRegistryError);
        assert.equal(error.code, "CONTENT_INVALID");
        assert.match(error.message, says);
        return true;
      },
    );

  it("a list is a mapped repository with a digest, a line, and nothing else (S0-16)", () => {
    const two = [
      { repository: "orders/api", digest: DIGEST },
      { repository: "orders/web", digest: OTHER },
    ];
    assert.deepEqual(read(`orders/api@${DIGEST}\norders/web@${OTHER}\n`), two);
    assert.deepEqual(read(`orders/api@${DIGEST}\norders/web@${OTHER}`), two);
    assert.deepEqual(read(""), []);
  });

  for (const [title, line, says] of [
    ["an option", "--commit=0000000000000000000000000000000000000000", /line 2: "--commit=.*allowed: such as/],
    ["an option with a value", "--outputs", /line 2: "--outputs"/],
    ["words of a shell", `$(touch x)@${DIGEST}`, /line 2/],
    ["two words", `orders/web@${DIGEST} --to prod`, /line 2: .*is no digest/],
    ["a tag", "orders/web:latest", /line 2: .*allowed: such as/],
    ["a host", `evil.example.com/orders/web@${DIGEST}`, /line 2: .*is not mapped; allowed: orders\/api, orders\/web/],
    ["a path upwards", `../orders/web@${DIGEST}`, /line 2/],
    ["two digests", `orders/web@${DIGEST}@${OTHER}`, /line 2/],
    ["half a digest", "orders/web@sha256:abcd", /line 2: .*is no digest/],
    ["an empty line", "", /line 2/],
    ["a carriage return", `orders/web@${DIGEST}\r`, /line 2/],
    ["a character that acts on terminals", `orders/web@${DIGEST}\u001b[2J`, /line 2/],
    ["the same again", `orders/api@${DIGEST}`, /line 2: .*stands in line 1 already/],
  ] as const) {
    it(`a line that is ${title} is refused by its number`, () => refuses(`orders/api@${DIGEST}\n${line}\n\n`, says));
  }

  it("a list without end is refused", () => {
    refuses(`orders/api@${DIGEST}\n`.repeat(1001), /1001 lines; allowed: at most 1000/);
    refuses("x".repeat(1024 * 1024 + 1), /larger than allowed/);
  });

  const dualreg = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((done) => {
      const env = { PATH: process.env["PATH"], HOME: dir, GITHUB_TOKEN: "x", GITHUB_API_URL: "http://127.0.0.1:1" };
      execFile(process.execPath, [BINARY, ...args], { cwd: dir, env }, (error, stdout, stderr) =>
        done({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  it("release request and image lock take such lists by --images-file, of which no line becomes a word", async () => {
    for (const words of [
      ["release", "request", "v0.0.1-qa", "--images-file", "images.txt"],
      ["release", "check", "v0.0.1-qa", "--images-file", "-"],
      ["image", "lock", "--outputs", "o.json", "--images-file", "lock.txt"],
    ])
      parseWords(words);
    assert.throws(() => parseWords(["release", "request", "v1", "--images-file", "x", "--image", `a@${DIGEST}`]));
    writeFileSync(join(dir, "o.json"), "{}");
    const both = await dualreg("image", "lock", "orders/api:v1", "--outputs", "o.json", "--images-file", file);
    assert.notEqual(both.code, 0);
  });

  it("a value that reads as an option reaches no other program: refs for git, names for az", async () => {
    const project = example("company");
    for (const ref of ["--upload-pack=touch x", "--output=x", "-x"]) {
      const { code, stderr } = await dualreg("preview", "--project", project, "--base", ref);
      assert.equal(code, 2);
      assert.match(stderr, /reads as an option/);
    }
    const probe = makeProbe({ cwd: dir, env: { PATH: process.env["PATH"] } });
    for (const option of ["--subscription", "--name", "--assignee"])
      assert.deepEqual(await probe("echo", ["role", option, "--debug"]), {
        state: "failed",
        why: '"--debug" reads as an option',
      });
  });
});
