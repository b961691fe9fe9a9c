import assert from "node:assert/strict";
import { BareRepository } from "../../support/gitops/bareRepository";
import { type ForgeStandIn, startGitlabForge } from "../../support/gitops/forges";
import { GitOpsGround } from "../../support/gitops/ground";
import { describeWith } from "../../support/registries";
import { type Built, quick } from "../../support/release/commands";
import type { Ran } from "../../support/release/dualreg";
import { outputsFor } from "../../support/release/outputsFor";
import type { StageOutputs } from "../../../src/outputs";

const [FIRST, SECOND] = ["v1.2.3-rc1", "v1.2.4-rc1"];
const UAT = "apps/uat/inventory.yaml";
const PROD = "clusters/prod/inventory.yaml";

/** From qa to prod on two registries, with prod's own repository on another forge; then back. */
describeWith(["docker-registry"], "dualreg gitops, from e2e to production and back", () => {
  let ground: GitOpsGround;
  let production: BareRepository;
  let gitlab: ForgeStandIn;
  let prod: string;
  const built: Built[] = [];
  before(async () => {
    ground = await GitOpsGround.begin();
    production = new BareRepository({ CODEOWNERS: "/clusters/prod/ @company/sre\n" });
    gitlab = await startGitlabForge(production);
    const deploy = {
      ...{ address: ground.repository.address, forge: "github", project: "company/deploy", api: ground.forge.url },
    };
    const repositories = {
      deploy,
      production: { address: production.address, forge: "gitlab", project: "company/deploy", api: gitlab.url },
    };
    const stages = {
      qa: { repository: "deploy", files: ["apps/qa/inventory.yaml"] },
      uat: { repository: "deploy", files: [UAT] },
      prod: { repository: "production", files: [PROD] },
    };
    ground.configure({ repositories, releases: { inventory: { images: ["orders/api"], stages } } });
    prod = ground.commands.outputs(quick(prodOutputs()));
  });
  after(async () => {
    await Promise.all([ground.end(), gitlab.stop()]);
    production.remove();
  });

  /** Production's repositories stand in qa's registry, below a path of their own. */
  function prodOutputs(): StageOutputs {
    const { world } = ground;
    const before = { stage: "uat", host: world.uat.host, kind: "distribution" } as const;
    const place = { stage: "prod", host: world.qa.host, kind: "distribution", policy: world.policy, before } as const;
    const outputs = outputsFor({ ...place, roles: ["qa", "uat"], signOffSigners: world.policy.signers });
    const below = (registry: StageOutputs["registries"]["secure"]) => ({ ...registry, namespace: "production" });
    const { secure, standard } = outputs.registries;
    return { ...outputs, registries: { secure: below(secure), standard: below(standard) } };
  }

  const toProd = async (image: Built | undefined, version: string): Promise<Ran> => {
    const digest = image?.descriptor.digest;
    if (digest === undefined) throw new Error("nothing was built");
    const signOffs = ground.world.signOffs(digest, version, { from: "uat", to: "prod" });
    const words = ground
      .words([await ground.world.signOffFile(signOffs)])
      .map((word) =>
        word === "e2e" ? "staging" : word === "staging" ? "production" : word === ground.outputsFile ? prod : word,
      );
    return ground.run(words, { GITLAB_TOKEN: gitlab.token });
  };

  const rollback = (to: string, ...more: string[]): Promise<Ran> => {
    const words = ["gitops", "rollback", "--release", "inventory", "--stage", "prd", "--to", to, "--outputs", prod];
    return ground.run([...words, "--project", ground.project, ...more], { GITLAB_TOKEN: gitlab.token });
  };

  for (const [at, version] of [FIRST, SECOND].entries()) {
    it(`S3-9 S3-11 S3-13 S3-14 ${version} comes to production by two requests, and its file names the digest that was built`, async () => {
      const [one] = await ground.deployToQa(version);
      if (one) built.push(one);
      const uat = await ground.run(ground.words(await ground.signOffs(one ? [one] : [], version)));
      assert.equal(uat.code, 0, uat.stderr);
      ground.forge.merge(at + 1);
      const { code, stdout, stderr } = await toProd(one, version);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /owners: @company\/sre \(CODEOWNERS\)/);
      gitlab.merge(at + 1);
      const text = production.show(PROD);
      const release = version.replace("-rc1", "");
      assert.ok(text.includes(`repository: ${ground.world.qa.host}/production/orders/api\n`), text);
      assert.ok(text.includes(`tag: ${release}@${one?.descriptor.digest ?? ""} # what runs`), text);
    });
  }

  it("S3-13 gitops rollback asks for the digests that stood there before, once, and leaves other values", async () => {
    production.commit({ [PROD]: production.show(PROD).replace("replicas: 1", "replicas: 9") });
    for (let run = 0; run < 2; run++) {
      const { code, stderr } = await rollback("v1.2.3");
      assert.equal(code, 0, stderr);
    }
    assert.equal(gitlab.requests.length, 3);
    const request = gitlab.requests[2];
    assert.match(request?.title ?? "", /^Roll back inventory in prod: v1\.2\.3$/);
    gitlab.merge(3);
    const text = production.show(PROD);
    assert.ok(text.includes(`tag: v1.2.3@${built[0]?.descriptor.digest ?? ""} # what runs`), text);
    assert.ok(text.includes("replicas: 9"));
  });

  it("S3-13 gitops promote asks again for what was rolled back, by the same branch", async () => {
    const { code, stdout, stderr } = await toProd(built[1], SECOND);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /asked for https:/);
    const request = gitlab.requests[3];
    assert.equal(request?.branch, gitlab.requests[1]?.branch);
    gitlab.merge(4);
    assert.ok(production.show(PROD).includes(`v1.2.4@${built[1]?.descriptor.digest ?? ""}`));
  });

  it("S3-13 gitops rollback takes a commit of the branch, and no other", async () => {
    const whole = production.git("rev-list", "--first-parent", "main", "--", PROD).trim().split("\n").at(-1) ?? "";
    const dry = await rollback(whole.slice(0, 12), "--dry-run");
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stdout, /orders\/api +v1\.2\.4 +-> +v1\.2\.3 /);
    const elsewhere = production.inWork("commit-tree", "-m", "x", "HEAD^{tree}").trim();
    production.inWork("push", "--quiet", "origin", `${elsewhere}:refs/heads/elsewhere`);
    const refused = await rollback(elsewhere);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /main has no commit/);
    // A commit of a request is behind the branch once it is merged, and was never what the branch deployed.
    production.inWork("fetch", "--quiet", "origin", "main");
    const tree = "FETCH_HEAD^{tree}";
    const side = production.inWork("commit-tree", "-p", "FETCH_HEAD", "-m", "tried", tree).trim();
    const merge = production.inWork("commit-tree", "-p", "FETCH_HEAD", "-p", side, "-m", "merged", tree).trim();
    production.inWork("push", "--quiet", "origin", `${merge}:refs/heads/main`);
    assert.match((await rollback(side)).stderr, /main has no commit/);
  });

  it("S3-13 gitops rollback refuses a version that never stood there, and names those that did", async () => {
    const { code, stderr } = await rollback("v1.0.0");
    assert.equal(code, 1);
    assert.match(stderr, /as "v1\.0\.0" alone; its files had v1\.2\.4, v1\.2\.3/);
  });

  it("S3-14 gitops rollback refuses an image that is not there any more", async () => {
    await ground.world.registries(async (registries) =>
      registries
        .session(ground.world.qa.host)
        .repository("production/orders/api")
        .delete(built[0]?.descriptor.digest ?? ""),
    );
    const { code, stderr } = await rollback("v1.2.3");
    assert.equal(code, 1);
    assert.match(stderr, /has no sha256:[0-9a-f]{64} any more/);
    assert.equal(gitlab.requests.length, 4);
  });
});
