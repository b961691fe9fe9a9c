import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { jsonOf, makeProbe } from "../../src/doctor/probe";
import { Clinic } from "./clinic";

const NODE = `#!${process.execPath}\n`;

describe("makeProbe", () => {
  let clinic: Clinic;
  beforeEach(() => (clinic = new Clinic()));
  afterEach(() => clinic.close());

  const run = (script: string, args: readonly string[] = []) => {
    clinic.script("tool", NODE + script);
    return makeProbe({ cwd: clinic.project, env: clinic.env })("tool", args);
  };

  it("makeProbe hands arguments over as they are, without a shell", async () => {
    const answer = await run("console.log(JSON.stringify(process.argv.slice(2)))", ["a b", "$(id)", ";"]);
    assert.deepEqual(jsonOf(answer), ["a b", "$(id)", ";"]);
  });

  it("makeProbe runs in the project, where Pulumi.yaml stands", async () => {
    const answer = await run('console.log(JSON.stringify(require("fs").readdirSync(".").sort()))');
    assert.deepEqual(jsonOf(answer), readdirSync(clinic.project).sort());
    assert.ok(existsSync(join(clinic.project, "Pulumi.yaml")));
  });

  it("makeProbe gives nothing on standard input, so that a question ends", async () => {
    const answer = await run('console.log(JSON.stringify(require("fs").readFileSync(0, "utf8")))');
    assert.equal(jsonOf(answer), "");
  });

  it("makeProbe says that a command is not there", async () => {
    const answer = await makeProbe({ cwd: clinic.project, env: clinic.env })("nothing-of-that-name", []);
    assert.deepEqual(answer, { state: "missing" });
  });

  it("makeProbe tells the first line of a failure, without secrets", async () => {
    const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    const answer = await run(
      `console.error("\\nbad ${token} at https://ada:pw@host/?sig=abc%3D\\nmore"); process.exit(3)`,
    );
    assert.deepEqual(answer, { state: "failed", why: "bad [secret] at https://[secret]@host/?sig=[secret]" });
  });

  it("makeProbe ends a command that writes without end", async () => {
    const answer = await run(
      'const line = "x".repeat(65536); const more = () => process.stdout.write(line, more); more();',
    );
    assert.deepEqual(answer, { state: "failed", why: "it wrote too much" });
  });

  it("jsonOf gives nothing where the answer is no JSON", async () => {
    assert.equal(jsonOf(await run('console.log("WARNING: { not json")')), undefined);
  });
});
