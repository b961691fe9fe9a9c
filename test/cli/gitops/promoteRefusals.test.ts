import assert from "node:assert/strict";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { GitOpsGround, helmRelease } from "../../support/gitops/ground";
import { describeWith } from "../../support/registries";
import type { Ran } from "../../support/release/dualreg";

const VERSION = "v1.2.3-rc1";
const SOURCE = "apps/qa/inventory.yaml";

describeWith(["docker-registry"], "dualreg gitops promote refuses, and changes nothing", () => {
  let ground: GitOpsGround;
  let signOffs: string[];
  let source = "";
  before(async () => {
    ground = await GitOpsGround.begin();
    signOffs = await ground.signOffs(await ground.deployToQa(VERSION), VERSION);
    source = ground.repository.show(SOURCE);
  });
  after(() => ground.end());
  afterEach(() => {
    ground.configure();
    ground.repository.commit({ [SOURCE]: source });
  });

  const words = (...more: string[]) => ground.words(signOffs, ...more);
  const put = (text: string) => () => void ground.repository.commit({ [SOURCE]: text });
  const named = (host: string, repository: string, tag: string) => helmRelease("qa", host, { [repository]: tag });
  const refused = async (given: readonly string[], says: RegExp): Promise<Ran> => {
    const before = [...ground.repository.branches()];
    const ran = await ground.run(given);
    assert.notEqual(ran.code, 0, ran.stdout);
    assert.match(ran.stderr, says);
    assert.deepEqual([...ground.repository.branches()], before);
    assert.equal(ground.forge.requests.length, 0);
    return ran;
  };

  const inFile: readonly [string, (host: string) => string, RegExp][] = [
    ["no image", () => "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n", /names no image of inventory/],
    [
      "an image of an account that is no stage's",
      () => named("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "orders/api", VERSION),
      /"123456789012\.dkr\.ecr.*" is at no registry of qa/,
    ],
    ["an image that is not mapped", (host) => named(host, "orders/none", VERSION), /is not mapped to a class/],
    ["a version that is not there", (host) => named(host, "orders/api", "v9.9.9-rc1"), /v9\.9\.9-rc1" is not at /],
    [
      "neither tag nor digest",
      (host) =>
        `apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec:\n  containers: [{ name: a, image: ${host}/orders/api }]\n`,
      /has neither tag nor digest/,
    ],
    [
      "a tag that stands for another digest than the one beside it",
      (host) => named(host, "orders/api", `${VERSION}@sha256:${"a".repeat(64)}`),
      /stands for sha256:.*, and the file says sha256:a/,
    ],
    ["what is no YAML", () => "a: [\n", /not YAML/],
  ];
  for (const [title, text, says] of inFile) {
    it(`S3-7 S3-10 a file that names ${title}`, async () => {
      put(text(ground.world.qa.host))();
      await refused(words(), says);
    });
  }

  it("S3-8 S3-11 an image without sign-offs", () =>
    refused(ground.words([]), /orders\/api: .*sign-offs/).then(() => undefined));

  it("S3-14 an image that is not promoted yet, where it may only be found", async () => {
    await refused(words("--find-only"), /v1\.2\.3-rc1 is not there; promote it to uat/);
    await refused(words("--dry-run"), /is not there; promote it to uat/);
  });

  it("S3-13 a stage that is skipped, and outputs of another stage", async () => {
    const from = (stage: string) => words().map((word) => (word === "e2e" ? stage : word));
    await refused(from("dev"), /dev -> uat is not a step of a release.*it skips a stage/);
    await refused(
      words().map((word) => (word === "staging" ? "prod" : word)),
      /--to prod, and the outputs are of uat/,
    );
    await refused(from("moon"), /No stage "moon"; allowed: dev, qa, uat, prod/);
  });

  it("S3-6 a branch or a release that is not there, and a missing token", async () => {
    const deploy = { address: ground.repository.address, forge: "github", project: "company/deploy", branch: "none" };
    ground.configure({ repositories: { deploy } });
    await refused(words(), /has no branch "none"/);
    ground.configure({ releases: {} });
    await refused(words(), /No release "inventory"/);
    ground.configure();
    const { code, stderr } = await ground.run(words(), { GITHUB_TOKEN: "" });
    assert.equal(code, 2);
    assert.match(stderr, /No login to GitHub .*put a token in GITHUB_TOKEN or GH_TOKEN/);
  });

  it("S3-7 a symbolic link in the place of a file, or above it", async () => {
    const work = ground.repository.workFolder;
    symlinkSync("/etc", join(work, "apps/uat"));
    ground.repository.commit({});
    await refused(words(), /"apps\/uat" of file:.* is a symbolic link.*is below it/);
    rmSync(join(work, "apps/uat"));
    rmSync(join(work, SOURCE));
    symlinkSync("/etc/passwd", join(work, SOURCE));
    ground.repository.commit({});
    await refused(words(), /"apps\/qa\/inventory.yaml" of file:.* is a symbolic link, which may lead anywhere/);
    rmSync(join(work, SOURCE));
  });
});
