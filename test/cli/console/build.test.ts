import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../../src/base/digest";
import { build } from "../../../src/cli/console/build";
import { healthcheckText } from "../../../src/console/healthcheck";
import { settingsDigest, settingsOf } from "../../../src/console/settings";
import { labelProblems } from "../../../src/images/gates/labels";
import { runCommand } from "../../support/io";
import { outputsFor } from "../../support/release/outputsFor";
import { buildOf, labelsOf } from "../../support/release/world";

describe("console build", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-build-"));
  const outputs = outputsFor({
    ...{ stage: "qa", host: "registry.example.com", kind: "distribution" as const },
    policy: { signature: false, signers: [] },
  });
  const file = (name: string, content: object): string => {
    writeFileSync(join(dir, name), JSON.stringify(content));
    return join(dir, name);
  };
  const options = (different: { image?: string; out?: string; access?: string } = {}) => ({
    outputs: file("outputs.json", outputs),
    image: "orders/console",
    access: file("access.json", { anonymous: "read" }),
    out: join(dir, "out"),
    format: "json" as const,
    ...different,
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("S0-3 console build writes one program with the two hosts in it, and labels that the publish gate takes", async () => {
    const { code, stdout } = await runCommand((io) => build.run(options(), io));
    assert.equal(code, 0);
    const result = JSON.parse(stdout) as {
      file: string;
      program: string;
      settings: string;
      labels: Record<string, string>;
    };
    const text = readFileSync(result.file);
    assert.equal(result.program, digestOf(text));
    assert.equal(result.settings, settingsDigest(settingsOf(outputs, { access: { anonymous: "read" } })));
    assert.ok(text.includes("registry.example.com"));
    const prefix = "io.dual-registry.console";
    assert.equal(result.labels[`${prefix}.secure-host`], "registry.example.com");
    assert.equal(result.labels[`${prefix}.program`], result.program);
    const lines = Object.entries(result.labels).map(([name, value]) => `${name}=${value}\n`);
    assert.equal(readFileSync(join(dir, "out/labels"), "utf8"), lines.join(""));
    assert.equal(readFileSync(join(dir, "out/healthcheck.cjs"), "utf8"), healthcheckText(8080));
    const labels = { ...labelsOf("1.0.0"), ...result.labels };
    const digest = digestOf(text);
    const image = { class: "secure", binding: "stage-bound" } as const;
    const facts = { image, build: buildOf("1.0.0"), hosts: ["registry.example.com"] };
    assert.deepEqual(labelProblems([{ digest, config: digest, labels }], facts), []);
    const elsewhere = labelProblems([{ digest, config: digest, labels }], { ...facts, hosts: ["other.example.com"] });
    assert.match(elsewhere.join(), /"registry.example.com" is baked in/);
  });

  it("console build --rate-limits bakes the limits in, and refuses what is none", async () => {
    const settingsWith = async (limits: object) => {
      const rateLimits = file("limits.json", limits);
      return runCommand((io) => build.run({ ...options(), rateLimits }, io));
    };
    const { code, stdout } = await settingsWith({ trustedProxies: 1 });
    assert.equal(code, 0);
    const choices = { access: { anonymous: "read" }, rateLimits: { trustedProxies: 1 } };
    assert.equal((JSON.parse(stdout) as { settings: string }).settings, settingsDigest(settingsOf(outputs, choices)));
    const wrong = await settingsWith({ trustedProxy: 1 });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /rateLimits.*trustedProxy/);
  });

  it("console build makes the same bytes of the same settings, and others of another stage's", async () => {
    const programOf = async (out: string, different = {}) => {
      const { stdout } = await runCommand((io) => build.run({ ...options({ out: join(dir, out) }), ...different }, io));
      return (JSON.parse(stdout) as { program: string }).program;
    };
    const [one, same] = [await programOf("one"), await programOf("same")];
    assert.equal(one, same);
    const uat = outputsFor({
      stage: "uat",
      host: "registry.example.com",
      kind: "distribution",
      policy: outputs.policies.secure,
    });
    assert.notEqual(await programOf("uat", { outputs: file("uat.json", uat) }), one);
  });

  it("console build refuses an image that is portable or not mapped, and access that lets nobody in (S0-2)", async () => {
    const access = file("nobody.json", {});
    for (const [different, message] of [
      [{ image: "orders/api" }, /"orders\/api" is portable/],
      [{ image: "orders/unmapped" }, /"orders\/unmapped" is not mapped/],
      [{ access }, /access\.login: nobody could come in/],
    ] as const) {
      const { code, stderr } = await runCommand((io) => build.run(options(different), io));
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });
});
