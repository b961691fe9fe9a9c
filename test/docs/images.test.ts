import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exportImages } from "../../src/cli/image/export";
import { importImages } from "../../src/cli/image/import";
import { verify as verifyImage } from "../../src/cli/image/verify";
import { readOutputs } from "../../src/outputs";
import { describeWith } from "../support/registries";
import { type Built, Commands } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { World } from "../support/release/world";
import { ROOT } from "./titles";

const TEXT = readFileSync(join(ROOT, "docs/images.md"), "utf8");
const VERSION = "v1.2.3-rc1";

/** The first block of text behind some words, as the document shows what a command prints. */
function sampleBehind(words: string): string {
  const at = TEXT.indexOf(words);
  assert.ok(at >= 0, words);
  return /```text\n(.*?)```/s.exec(TEXT.slice(at))?.[1] ?? "";
}

/** Without what differs from run to run: ports, digests, keys, moments, durations and sizes. */
const alike = (text: string): string =>
  text
    .replaceAll(/localhost:\d+/g, "HOST")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "HEX")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "MOMENT")
    .replaceAll(/\b[\d.]+ (?:ms|s|KB|B)\b/g, "AMOUNT");

describeWith(["docker-registry"], "docs/images.md", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build(VERSION);
  });
  after(() => world.end());

  it("shows what image publish prints", async () => {
    const outputs = world.outputs.qa;
    const sbom = [commands.file("sbom.spdx", { spdxVersion: "SPDX-2.3" })];
    const { code, stdout, stderr } = await commands.publish(built, VERSION, { outputs, options: { sbom } });
    assert.equal(code, 0, stderr);
    assert.equal(alike(stdout), alike(sampleBehind("Of a run on two local registries:")));
  });

  it("shows what image verify prints", async () => {
    const promoted = await commands.promote(built, VERSION);
    assert.equal(promoted.code, 0, promoted.stderr);
    const options = { outputs: commands.outputs(world.outputs.uat), format: "text" as const };
    const { code, stdout } = await commands.run((io) => verifyImage.run(`orders/api:${VERSION}`, options, io));
    assert.equal(code, 0, stdout);
    assert.equal(alike(stdout), alike(sampleBehind(`dualreg image verify orders/api:${VERSION} --outputs uat.json`)));
  });

  it("shows what image import prints", async () => {
    const to = join(world.dir, "mirror");
    const name = `${world.qa.host}/orders/api:${VERSION}`;
    assert.equal((await commands.run((io) => exportImages.run([name], { to, format: "json" }, io))).code, 0);
    const { policy, uat } = world;
    const elsewhere = outputsFor({ stage: "qa", host: uat.host, kind: "distribution", policy });
    const { secure, standard } = elsewhere.registries;
    const namespace = "mirror";
    const registries = { secure: { ...secure, namespace }, standard: { ...standard, namespace } };
    const outputs = commands.outputs({ ...elsewhere, registries });
    assert.equal(readOutputs(outputs).stage, "qa");
    const { code, stdout, stderr } = await commands.run((io) => importImages.run(to, { outputs, format: "text" }, io));
    assert.equal(code, 0, stderr);
    const sample = sampleBehind("promoted there, under that tag");
    assert.equal(alike(stdout).replaceAll("/mirror/", "/"), alike(sample));
  });
});
