import assert from "node:assert/strict";
import { join } from "node:path";
import { exportImages } from "../../src/cli/image/export";
import { labels } from "../../src/cli/image/labels";
import { promote } from "../../src/cli/image/promote";
import type { PublishResult } from "../../src/cli/image/publish";
import { tag } from "../../src/cli/image/tag";
import { verify } from "../../src/cli/image/verify";
import type { StageOutputs } from "../../src/outputs";
import { type Company, PEOPLE } from "../support/github/company";
import type { FlowCommands } from "../support/github/flowCommands";
import { withReleaseBranch } from "../support/github/released";
import { describeWith } from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { trivyReport } from "../support/release/scans";
import { buildOf, World } from "../support/release/world";

const { qaManager, uatManager, devManager } = PEOPLE;
const REASON = "The payment provider changed its certificate and orders fail";

describeWith(["docker-registry"], "an image that goes past the stages before, from asking to prod", () => {
  let world: World;
  let commands: Commands;
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  let commit = "";
  let built: Built;
  let prod: StageOutputs;
  let signed = "";
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    ({ company, dualreg, end } = await withReleaseBranch());
    commit = company.at("release/1");
    built = await world.build("v0.0.1-qa", { labels: { "org.opencontainers.image.revision": commit } });
    const published = await commands.publish(built, "v0.0.1-qa", { build: { ...buildOf("v0.0.1-qa"), commit } });
    assert.equal(published.code, 0, published.stderr);
    assert.equal((await dualreg.request("v0.0.1-qa")).code, 0);
    company.approve(qaManager);
    assert.equal((await dualreg.tag("v0.0.1-qa")).code, 0);
    const { policy } = world;
    const at = { stage: "prod", host: world.uat.host, kind: "distribution", policy } as const;
    const before = { stage: "uat", host: world.qa.host, kind: "distribution" } as const;
    const roles = ["qa", "uat", "dev"];
    prod = quick(outputsFor({ ...at, before, roles, signOffSigners: policy.signers }));
  });
  after(async () => {
    await end();
    await world.end();
  });

  it("all roles sign its digest and the reason off, and the signed list says both (S0-18, S0-20)", async () => {
    const image = [`orders/api@${built.descriptor.digest}`];
    const asked = await dualreg.request("v0.0.1", { breakGlass: REASON, from: "qa", image });
    assert.equal(asked.code, 0, asked.stderr);
    for (const by of [qaManager, uatManager, devManager]) company.approve(by);
    assert.equal((await dualreg.tag("v0.0.1")).code, 0);
    const out = join(dualreg.project, "signed");
    const key = join(world.dir, world.keyFile);
    const ran = await dualreg.signOffs("v0.0.1", { out, key }, { COSIGN_PASSWORD: world.password });
    assert.equal(ran.code, 0, ran.stderr);
    signed = join(out, "orders-api.json");
  });

  it("it is fetched from qa alone and published to prod by that digest, with its reason on record (S0-20)", async () => {
    const name = `${world.qa.host}/orders/api@${built.descriptor.digest}`;
    const to = join(world.dir, "fetched");
    const fetched = await commands.run((io) => exportImages.run([name], { to, alone: true, format: "json" }, io));
    assert.equal(fetched.code, 0, fetched.stderr);
    const said = await commands.run((io) => labels.run(name, { format: "json" }, io));
    const { images } = JSON.parse(said.stdout) as { images: { labels: Record<string, string> }[] };
    const build = { ...buildOf(images[0]?.labels["org.opencontainers.image.version"] ?? ""), commit };
    const options = { tag: ["v0.0.1"], breakGlass: REASON, signOffs: [signed] };
    const glass = { outputs: prod, source: `oci:${to}`, build, options };
    const other = await commands.publish(built, "v0.0.1-qa", {
      ...glass,
      options: { ...options, breakGlass: `${REASON} again` },
    });
    assert.match(other.stderr, /they are for another reason/);
    const foreign = await commands.publish(built, "v0.0.1-qa", { ...glass, build: buildOf("v0.0.1-qa") });
    assert.match(foreign.stderr, /Sign-offs: they are of commit/);
    const { code, stdout, stderr } = await commands.publish(built, "v0.0.1-qa", glass);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /BREAK-GLASS past the stages before prod, approved by "qa-manager" \(qa\)/);
    const { digest } = built.descriptor;
    const verified = await commands.run((io) =>
      verify.run("orders/api:v0.0.1", { outputs: commands.outputs(prod), digest, format: "text" }, io),
    );
    assert.match(verified.stdout, /^OK [^]*record +BREAK-GLASS past the stages before prod/);
  });

  it("S4-3 a product that goes past the stages before is of the version that was let through, whatever its images were called", async () => {
    const build = { ...buildOf("v0.0.1-qa"), commit };
    const options = {
      tag: ["v0.0.1"],
      breakGlass: REASON,
      signOffs: [signed],
      pushByDigest: true,
      format: "json",
    } as const;
    const given = { ...options, tag: [...options.tag], signOffs: [...options.signOffs] };
    const pushed = await commands.publish(built, "v0.0.1-qa", { outputs: prod, build, options: given });
    assert.equal(pushed.code, 0, pushed.stderr);
    const result = JSON.parse(pushed.stdout) as PublishResult;
    assert.equal(result.version, "v0.0.1");
    const tagged = async (change: Partial<PublishResult>) => {
      const how = { outputs: commands.outputs(prod), image: ["orders/api"], lock: "now", format: "text" } as const;
      const file = commands.file("result", { ...result, ...change });
      return commands.run((io) => tag.run([file], { ...how, image: [...how.image] }, io));
    };
    assert.equal((await tagged({})).code, 0);
    const other = await tagged({ version: "v0.0.1-qa" });
    assert.equal(other.code, 1, other.stdout);
    assert.match(other.stdout, /Record: it is of "v0\.0\.1-qa" of /);
  });

  it("promote takes no list of a break-glass: it says nothing of the stage before's checks", async () => {
    const scan = [commands.file("scan", trivyReport(built.config.digest))];
    const how = { outputs: commands.outputs(prod), version: "v0.0.1-uat", key: join(world.dir, world.keyFile) };
    const { stdout } = await commands.run((io) =>
      promote.run(
        [`orders/api@${built.descriptor.digest}`],
        { ...how, signOffs: [signed], scan, lock: "now", format: "text" },
        io,
      ),
    );
    assert.match(stdout, /^REFUSED [^]*Sign-offs: they are of a break-glass; publish it with --break-glass/);
  });
});
