import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BareRepository } from "../../support/gitops/bareRepository";
import { CheckGround, deployment } from "../../support/gitops/checkGround";
import { type ForgeStandIn, startGithubForge, startGitlabForge } from "../../support/gitops/forges";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";

const NAME = "dualreg/gitops-check/uat";

for (const kind of ["github", "gitlab"] as const) {
  describeWith([REFERRERS_TOOL], `gitops check --status of a repository of ${kind}`, () => {
    const [ended, failed, error] =
      kind === "github" ? ["success", "failure", "error"] : ["success", "failed", "failed"];
    let ground: CheckGround;
    let repository: BareRepository;
    let forge: ForgeStandIn;
    let good = "";
    let commit = "";
    let project = "";
    before(async () => {
      ground = await CheckGround.begin();
      good = deployment("api", `${ground.host}/orders/api@${await ground.promote("orders/api", "v1.0.0-uat")}`);
      repository = new BareRepository();
      forge = await (kind === "github" ? startGithubForge(repository) : startGitlabForge(repository));
      project = mkdtempSync(join(ground.dir, "project-"));
      const deploy = { address: repository.address, forge: kind, project: "company/deploy", api: forge.url };
      const config = {
        product: { value: { name: "orders", domain: "company.com", repository: "orders" } },
        gitops: { value: { repositories: { deploy }, releases: {} } },
      };
      writeFileSync(join(project, "Pulumi.yaml"), JSON.stringify({ name: "x", runtime: "nodejs", config }));
    });
    beforeEach(() => {
      forge.statuses.length = 0;
      commit = repository.commit({}, "Another one");
      ground.write({ "api.yaml": good });
    });
    after(async () => {
      await Promise.all([ground.end(), forge.stop()]);
      repository.remove();
    });

    const variables = () => ({ [kind === "github" ? "GITHUB_TOKEN" : "GITLAB_TOKEN"]: forge.token });
    const check = (different: object = {}, env: Readonly<Record<string, string>> = variables()) =>
      ground.check([], { status: "deploy", commit, project, ...different }, env);
    const states = () => forge.statuses.map(({ name, state }) => [name, state]);
    /** GitHub keeps each status; of GitLab's, one that is pending becomes the next. */
    const told = (...rows: readonly string[]) => rows.map((state) => [NAME, state]);
    const course = (...ends: readonly string[]) =>
      kind === "github" ? told(...ends.flatMap((state) => ["pending", state])) : told(...ends);

    it("gitops check tells the forge that it runs and how it ended, each time anew", async () => {
      const [, posts] = [await check(), forge.asked.filter((line) => line.startsWith("POST "))];
      assert.equal(posts.length, 2);
      assert.deepEqual(states(), course(ended));
      assert.equal(forge.statuses.at(-1)?.commit, commit);
      assert.equal(forge.statuses.at(-1)?.description, "uat: 1 image in 1 file and 0 releases; 0 errors, 0 warnings");
      ground.write({ "api.yaml": deployment("api", "redis:7") });
      assert.equal((await check()).code, 1);
      assert.deepEqual(states(), course(ended, failed));
    });

    it("gitops check tells the forge that it did not end, and goes on behind a run that was killed", async () => {
      const outputs = { ...ground.outputs, registries: undefined } as unknown as typeof ground.outputs;
      assert.equal((await check({ outputs })).code, 2);
      assert.deepEqual(states(), [], "what cannot begin says nothing");
      forge.statuses.push({ commit, name: NAME, state: "pending", description: "uat: the check runs" });
      const { code, stderr } = await check();
      assert.deepEqual([code, stderr.includes("Cannot transition")], [0, false]);
      assert.deepEqual(states(), kind === "github" ? told("pending", "pending", ended) : told(ended));
      forge.faults.push({ path: /^POST .*\/statuses\//, status: 403, times: 1 });
      assert.equal((await check()).code, 2);
      assert.equal(states().length, kind === "github" ? 3 : 1);
    });

    it("gitops check says error of a check that did not end", async () => {
      ground.write({
        "r.yaml":
          "kind: HelmRelease\nmetadata: { name: x }\nspec: { chart: { spec: { chart: ./c, sourceRef: { kind: GitRepository, name: flux-system } } } }\n",
        "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
      });
      assert.equal((await check({ helm: "no-such-helm" })).code, 2);
      assert.deepEqual(states(), course(error));
    });

    it("gitops check refuses, and says nothing: no login, no such repository, a commit that is not there", async () => {
      const none = "f".repeat(40);
      const refused = await Promise.all([
        check({}, {}),
        check({ status: "production" }),
        check({ project: undefined }),
        check({ commit: none }),
      ]);
      for (const { stdout, code } of refused) assert.deepEqual([stdout, code === 0], ["", false]);
      const [login, unknown, without, gone] = refused.map(({ stderr }) => stderr);
      assert.match(login ?? "", kind === "github" ? /GITHUB_TOKEN or GH_TOKEN/ : /put a token in GITLAB_TOKEN/);
      assert.match(unknown ?? "", /--status "production": allowed: company\/deploy on GitHub, or one of deploy/);
      assert.match(without ?? "", /for a name of gitops\.repositories give --project/);
      assert.match(gone ?? "", new RegExp(kind === "github" ? none : "Commit Not Found"));
      assert.deepEqual(states(), []);
    });
  });
}
