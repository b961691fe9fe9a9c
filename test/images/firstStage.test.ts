import assert from "node:assert/strict";
import { join } from "node:path";
import { promote } from "../../src/cli/image/promote";
import { verify } from "../../src/cli/image/verify";
import type { Digest } from "../../src/base/digest";
import type { StageOutputs } from "../../src/outputs";
import { type Company, PEOPLE } from "../support/github/company";
import type { FlowCommands } from "../support/github/flowCommands";
import { withReleaseBranch } from "../support/github/released";
import { describeWith } from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { trivyReport } from "../support/release/scans";
import { buildOf, World } from "../support/release/world";

const TAG = "v0.0.1-qa";

describeWith(["docker-registry"], "the first stage's own image", () => {
  let world: World;
  let commands: Commands;
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  let commit = "";
  let built: Built;
  let qa: StageOutputs;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    ({ company, dualreg, end } = await withReleaseBranch());
    commit = company.at("release/1");
    built = await world.build(commit, { labels: { "org.opencontainers.image.revision": commit } });
    const { policy } = world;
    const dev = { stage: "dev", host: world.qa.host, kind: "distribution" } as const;
    const at = { stage: "qa", host: world.uat.host, kind: "distribution", policy, before: dev } as const;
    qa = quick(outputsFor({ ...at, roles: ["qa"], signOffSigners: policy.signers }));
    const outputs = quick(outputsFor({ ...dev, policy }));
    const published = await commands.publish(built, commit, { outputs, build: { ...buildOf(commit), commit } });
    assert.equal(published.code, 0, published.stderr);
  });
  after(async () => {
    await end();
    await world.end();
  });

  /** The list of who signed these off for qa, as sign-offs.yml signs it. */
  async function signedFor(digest: Digest): Promise<string> {
    const image = [`orders/api@${digest}`];
    assert.equal((await dualreg.request(TAG, { image })).code, 0);
    const confirmed = await dualreg.request(TAG, { confirm: company.run.title.split(": ")[1] ?? "" });
    assert.equal(confirmed.code, 0, confirmed.stderr);
    company.approve(PEOPLE.qaManager);
    assert.equal((await dualreg.tag(TAG)).code, 0);
    const out = join(dualreg.project, "signed");
    const key = join(world.dir, world.keyFile);
    const signed = await dualreg.signOffs(TAG, { out, key }, { COSIGN_PASSWORD: world.password });
    assert.equal(signed.code, 0, signed.stderr);
    return join(out, "orders-api.json");
  }
  const promoted = (reference: string, file: string) => {
    const key = join(world.dir, world.keyFile);
    const scan = [commands.file("scan", trivyReport(built.config.digest))];
    const options = { outputs: commands.outputs(qa), version: "v0.0.1", signOffs: [file], key, scan } as const;
    return commands.run((io) =>
      promote.run([`orders/api${reference}`], { ...options, signOffs: [file], lock: "now", format: "json" }, io),
    );
  };

  it("promote takes what the request for the first step named from the first stage, by its digest (S2-9)", async () => {
    const { digest } = built.descriptor;
    const undo = company.keep();
    const file = await signedFor(digest);
    const { code, stdout } = await promoted(`@${digest}`, file);
    assert.equal(code, 0, stdout);
    const [result] = JSON.parse(stdout) as { digest: string; tags: string[] }[];
    assert.deepEqual([result?.digest, result?.tags], [digest, [TAG]]);
    const options = { outputs: commands.outputs(qa), digest, format: "text" } as const;
    const verified = await commands.run((io) => verify.run(`orders/api:${TAG}`, options, io));
    assert.match(verified.stdout, /^OK [^]*record +promoted from dev at/);
    // The step behind takes its other images from qa's page, and this one as it was signed off here.
    const web = `orders/web@sha256:${"c3".repeat(32)}`;
    const next = await dualreg.request("v0.0.1-uat", { image: [`orders/api@${digest}`, web] });
    assert.equal(next.code, 0, next.stderr);
    for (const by of [PEOPLE.qaManager, PEOPLE.uatManager]) company.approve(by);
    assert.equal((await dualreg.check("v0.0.1-uat")).code, 0);
    undo();
  });

  it("promote takes no other image of the first stage by that list, nor an image that only lies there (S2-9)", async () => {
    const undo = company.keep();
    const other = await world.build("another", { labels: { "org.opencontainers.image.revision": commit } });
    const file = await signedFor(other.descriptor.digest);
    const swapped = await promoted(`@${built.descriptor.digest}`, file);
    assert.equal(swapped.code, 1);
    assert.match(swapped.stdout, /the statement is not about sha256:[0-9a-f]{64} alone/);
    const missing = await promoted(`@${other.descriptor.digest}`, file);
    assert.notEqual(missing.code, 0);
    undo();
  });
});

describe("a first step that names some images", () => {
  it("check holds the next step to those alone, and refuses another digest of one (S2-9)", async () => {
    const { company, dualreg, end } = await withReleaseBranch();
    const [one, other] = ["a1", "b2"].map((two) => `sha256:${two.repeat(32)}`);
    assert.equal((await dualreg.request(TAG, { image: [`orders/api@${one}`] })).code, 0);
    company.approve(PEOPLE.qaManager);
    assert.equal((await dualreg.tag(TAG)).code, 0);
    for (const [digest, code] of [
      [one, 0],
      [other, 1],
    ] as const) {
      const image = [`orders/api@${digest}`, `orders/web@${other}`];
      assert.equal((await dualreg.request("v0.0.1-uat", { image })).code, 0);
      for (const by of [PEOPLE.qaManager, PEOPLE.uatManager]) company.approve(by);
      const checked = await dualreg.check("v0.0.1-uat", { image });
      assert.equal(checked.code, code, checked.stdout);
      if (code === 1) assert.match(checked.stdout, /orders\/api: asked for uat is sha256:b2[^]*\[stage-other-digest\]/);
    }
    await end();
  });
});
