import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../src/base/digest";
import { type DeployedOptions, runDeployed } from "../../src/cli/deployed";
import { runSweep } from "../../src/cli/image/sweep";
import { openLayout } from "../../src/oci";
import { type KubeApi, startKubeApi } from "../support/clusters/kubeApi";
import { cronJob, pod, running } from "../support/clusters/objects";
import { copyImage } from "../support/images/copyImage";
import { describeWith } from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { World } from "../support/release/world";

describeWith(["kubectl", "openssl", "docker-registry"], "deployed, beside the registry of its stage", () => {
  let world: World;
  let commands: Commands;
  let cluster: KubeApi;
  let promoted: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world, { PATH: process.env["PATH"] ?? "" });
    promoted = await world.build("v1.0.0-rc1");
    const published = await commands.publish(promoted, "v1.0.0-rc1");
    assert.equal(published.code, 0, published.stderr);
    const { code, stderr } = await commands.promote(promoted, "v1.0.0-rc1");
    assert.equal(code, 0, stderr);
  });
  beforeEach(async () => (cluster = await startKubeApi()));
  afterEach(() => cluster.stop());
  after(() => world.end());

  const runs = (name: string, imageID: string, image = imageID): void => {
    const status = { phase: "Running", containerStatuses: [running("api", imageID)] };
    const made = pod(name, { containers: [{ name: "api", image }] });
    cluster.put("/api/v1/namespaces/shop/pods", { ...made, status });
  };
  const at = (digest: Digest) => `${world.uatHost}/orders/api@${digest}`;
  const deployed = (options: Partial<DeployedOptions> = {}) =>
    commands.run((io) =>
      runDeployed(
        {
          ...{ kubeconfig: cluster.kubeconfig, outputs: commands.outputs(world.outputs.uat) },
          ...{ timeout: 1, interval: 1, format: "text", ...options },
        },
        io,
      ),
    );

  it("S3-14 deployed --verify shows that what runs is the digest that was promoted, by its record at the registry", async () => {
    const { digest } = promoted.descriptor;
    runs("api-1", at(digest), `${world.uatHost}/orders/api:v1.0.0-rc1`);
    const { code, stdout, stderr } = await deployed({ verify: true, expect: [`orders/api@${digest}`] });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`^OK orders/api@${digest}$`, "m"));
    assert.match(stdout, /^All 1 expected images run$/m);
  });

  it("S3-14 deployed --verify ends with 1 for an image that came past the promotion, and for one that its registry does not hold", async () => {
    const pushed = await world.build("v1.0.0-rc1", { seed: "pushed by hand" });
    const { digest } = pushed.descriptor;
    await world.registries(async (registries) =>
      copyImage(await openLayout(pushed.layout), registries.session(world.uatHost).repository("orders/api"), digest),
    );
    const absent = `sha256:${"e5".repeat(32)}` as const;
    runs("api-1", at(digest));
    runs("api-2", at(absent));
    const { code, stdout } = await deployed({ verify: true });
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`^WRONG orders/api@${digest}\n.*(?:\n.*)?record: no record that counts`, "m"));
    assert.match(stdout, new RegExp(`^WRONG orders/api@${absent}\n  ${world.uatHost} does not hold it$`, "m"));
  });

  it("deployed --verify judges what a CronJob will start too, by the digest that its tag stands for, and nobody else's images", async () => {
    const image = (name: string) =>
      cronJob("nightly", { containers: [{ image: `${world.uatHost}/orders/api:${name}` }] });
    cluster.put("/apis/batch/v1/namespaces/shop/cronjobs", image("v1.0.0-rc1"));
    runs("other", `docker.io/library/nginx@${promoted.config.digest}`);
    const right = await deployed({ verify: true });
    assert.equal(right.code, 0, right.stdout);
    assert.match(right.stdout, new RegExp(`^OK orders/api@${promoted.descriptor.digest}$`, "m"));
    assert.doesNotMatch(right.stdout, /(?:OK|WRONG) .*nginx/);
    cluster.put("/apis/batch/v1/namespaces/shop/cronjobs", image("v9.9.9"));
    const wrong = await deployed({ verify: true });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /v9\.9\.9": nothing says which digest it is/);
  });

  it("S3-14 deployed knows an image by its configuration, as runtimes report what they did not pull by its repository", async () => {
    runs("api-1", promoted.config.digest, `${world.uatHost}/orders/api:v1.0.0-rc1`);
    const { code, stdout } = await deployed({ format: "json", expect: [`orders/api@${promoted.descriptor.digest}`] });
    assert.equal(code, 0, stdout);
    const { images } = JSON.parse(stdout) as { images: { digest: string; index: string }[] };
    assert.deepEqual(
      images.map(({ digest, index }) => ({ digest, index })),
      [{ digest: promoted.config.digest, index: promoted.descriptor.digest }],
    );
  });

  const checkout = (name: string, text: string): string => {
    const folder = join(world.dir, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "api.yaml"), text);
    return folder;
  };

  it("S3-14 deployed --release holds clusters and checkouts against the records of a version", async () => {
    const { digest } = promoted.descriptor;
    runs("api-1", at(digest), `${world.uatHost}/orders/api:v1.0.0-rc1`);
    const gitops = [
      checkout("by-tag", `image: ${world.uatHost}/orders/api:v1.0.0-rc1\n`),
      checkout("by-digest", `image: ${at(digest)}\n`),
    ];
    const { code, stdout, stderr } = await deployed({ release: "v1.0.0-rc1", gitops });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, new RegExp(`^OK orders/api:v1\\.0\\.0-rc1@${digest}$`, "m"));
    assert.match(stdout, /^All 1 expected images run$/m);
    assert.match(stderr, /^orders\/web: has no v1\.0\.0-rc1 in uat, and is not looked for$/m);
    const other = await deployed({
      release: "v1.0.0-rc1",
      gitops: [checkout("other", "image: orders/api:v1.0.1-rc1\n")],
    });
    assert.equal(other.code, 1);
    assert.match(other.stdout, /MISSING ".*other": names orders\/api:v1\.0\.1-rc1, not v1\.0\.0-rc1$/m);
    assert.match(other.stdout, new RegExp(`MISSING ".*other": does not name orders/api@${digest}$`, "m"));
    runs("api-2", `${world.uatHost}/orders/api@sha256:${"e5".repeat(32)}`);
    const runsOther = await deployed({ release: "v1.0.0-rc1", format: "json" });
    assert.equal(runsOther.code, 1);
    const { missing, release } = JSON.parse(runsOther.stdout) as {
      missing: string[];
      release: { version: string; images: { image: string; digest: string; verdict: string }[]; without: string[] };
    };
    assert.match(missing.join(), /pod "shop\/api-2", container "api" runs sha256:e5/);
    assert.deepEqual(
      [release.version, release.images.map(({ image, digest: one, verdict }) => [image, one, verdict])],
      ["v1.0.0-rc1", [["orders/api", digest, "ok"]]],
    );
    assert.deepEqual(release.without, ["orders/console", "orders/web"]);
  });

  it("S3-14 deployed --release ends with 1 for a tag that somebody placed by hand, although the image was promoted", async () => {
    const { digest } = promoted.descriptor;
    await world.registries(async (registries) => {
      const target = registries.session(world.uatHost).repository("orders/api");
      await target.writeManifest(await target.manifest(digest), { tag: "v1.0.9-rc1" });
    });
    runs("api-1", at(digest));
    const { code, stdout } = await deployed({ release: "v1.0.9-rc1" });
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^WRONG orders\/api:v1\.0\.9-rc1@.*\n +record: its records name the tags v1\.0\.0-rc1, and not/m,
    );
  });

  it("deployed --release refuses a version that the stage does not have, and one without outputs", async () => {
    const { code, stderr } = await deployed({ release: "v9.9.9" });
    assert.equal(code, 1);
    assert.match(stderr, /^NOT_FOUND --release "v9\.9\.9": no image of the map has it at the registries of uat/);
    const usage = await Promise.all([
      deployed({ release: "not a tag" }),
      commands.run((io) =>
        runDeployed({ kubeconfig: cluster.kubeconfig, timeout: 1, interval: 1, format: "text", release: "v1.0.0" }, io),
      ),
    ]);
    assert.deepEqual(
      usage.map((one) => one.code),
      [2, 2],
    );
  });

  it("S1-17 image sweep spares what deployed's JSON says that clusters run, and what repositories name", async () => {
    runs("api-1", at(promoted.descriptor.digest));
    const gitops = join(world.dir, "gitops");
    mkdirSync(gitops, { recursive: true });
    writeFileSync(join(gitops, "web.yaml"), "image: { repository: orders/web, tag: v1.2.3 }\n");
    const said = await deployed({ format: "json", gitops: [gitops] });
    assert.equal(said.code, 0, said.stderr);
    const { deployed: all } = JSON.parse(said.stdout) as { deployed: { tags: object[] } };
    assert.ok(all.tags.some((tag) => JSON.stringify(tag).includes("v1.2.3")));
    const outputs = quick(world.outputs.uat);
    const retention = { ...outputs.retention, rule: { rule: "newest", count: 0 } as const };
    const swept = await commands.run((io) =>
      runSweep(
        ["orders/api"],
        {
          ...{ outputs: commands.outputs({ ...outputs, retention }), maxGap: 7, format: "json" },
          deployed: [commands.file("deployed", said.stdout)],
        },
        io,
      ),
    );
    assert.equal(swept.code, 0, swept.stderr);
    const [{ plan } = { plan: undefined }] = JSON.parse(swept.stdout) as [
      { plan: { decisions: { digest: string; action: string; why: string }[] } }?,
    ];
    const decision = plan?.decisions.find(({ digest }) => digest === promoted.descriptor.digest);
    assert.deepEqual([decision?.action, decision?.why], ["keep", "deployed"]);
  });
});
