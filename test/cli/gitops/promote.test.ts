import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GitOpsGround, helmRelease } from "../../support/gitops/ground";
import { describeWith } from "../../support/registries";
import type { Built } from "../../support/release/commands";
import { World } from "../../support/release/world";

const SOURCE = "apps/qa/inventory.yaml";
const FILE = "apps/uat/inventory.yaml";

describeWith(["docker-registry"], "dualreg gitops promote", () => {
  let world: World;
  let ground: GitOpsGround;
  let built: Built[];
  let signOffs: string[];
  let patch = 0;
  let version = "";
  before(async () => {
    world = await World.begin();
  });
  after(() => world.end());
  afterEach(() => ground.end());

  /** Each test has repositories and a version of its own, which nobody has promoted yet. */
  const begin = async (kind: "github" | "gitlab" = "github", images: readonly string[] = ["orders/api"]) => {
    ground = await GitOpsGround.begin(kind, world);
    ground.configure({}, images);
    await deploy(images);
  };
  const deploy = async (images: readonly string[] = ["orders/api"]) => {
    version = `v1.2.${++patch}-rc1`;
    built = await ground.deployToQa(version, images);
    signOffs = await ground.signOffs(built, version, images);
  };
  const digest = () => built[0]?.descriptor.digest ?? "";
  const promote = (...more: string[]) => ground.run(ground.words(signOffs, ...more));
  const commitsOf = (branch = "") => ground.repository.git("rev-list", "--count", `main..${branch}`).trim();
  const asInUat = (text: string) =>
    text.replace(ground.world.qa.host, ground.world.uat.host).replace(`tag: ${version}`, `tag: ${version}@${digest()}`);

  for (const kind of ["github", "gitlab"] as const) {
    it(`S3-6 S3-7 S3-9 S3-11 S3-12 copies the file of e2e to staging with the promoted image of its registry, as one request of ${kind}`, async () => {
      await begin(kind);
      const { code, stdout, stderr } = await promote();
      assert.equal(code, 0, stderr);
      assert.match(stdout, /asked for https:/);
      const [request, ...others] = ground.forge.requests;
      assert.deepEqual(others, []);
      assert.match(request?.branch ?? "", /^dualreg\/inventory-uat-[0-9a-f]{12}$/);
      assert.equal(ground.repository.show(FILE, request?.branch), asInUat(ground.repository.show(SOURCE)));
      assert.equal(commitsOf(request?.branch), "1");
      assert.match(request?.body ?? "", /promoted from qa at .*"qa-manager" \(qa\).*signed by key [0-9a-f]{64}/);
      const there = await ground.world.registries(async (registries) =>
        registries.session(ground.world.uat.host).repository("orders/api").resolve(version),
      );
      assert.equal(there?.digest, digest());
    });

    it(`S3-6 does nothing when it is run again, before and after the request of ${kind} is merged`, async () => {
      await begin(kind);
      await promote();
      const before = [...ground.repository.branches()];
      const again = await promote();
      assert.match(again.stdout, /asked for already/);
      assert.deepEqual([...ground.repository.branches()], before);
      assert.equal(ground.forge.requests.length, 1);
      ground.forge.merge(1);
      const merged = await promote();
      assert.match(merged.stdout, /nothing to do/);
      assert.equal(ground.forge.requests.length, 1);
      assert.equal(ground.repository.branches().size, 1);
    });

    it(`S3-9 closes the request of ${kind} that a newer one overtakes, and says by which`, async () => {
      await begin(kind);
      await promote();
      await deploy();
      const { code, stdout, stderr } = await promote();
      assert.equal(code, 0, stderr);
      const [first, second] = ground.forge.requests;
      assert.deepEqual([first?.state, second?.state], ["closed", "open"]);
      assert.match(first?.comments[0] ?? "", /^Overtaken by https:.*2$/);
      assert.match(stdout, /closed: 1/);
      assert.deepEqual([...ground.repository.branches().keys()].sort(), [second?.branch, "main"].sort());
    });
  }

  it("S3-5 S3-12 changes of a file that is there the scalars of its images alone, and says where else the files differ", async () => {
    await begin();
    const own = helmRelease(
      "uat",
      ground.world.uat.host,
      { "orders/api": "v1.0.0-rc1" },
      "    secretName: kept # private\r\n",
    );
    ground.repository.commit({ [FILE]: own });
    const { code, stdout, stderr } = await promote();
    assert.equal(code, 0, stderr);
    const [request] = ground.forge.requests;
    assert.equal(
      ground.repository.show(FILE, request?.branch),
      own.replace("tag: v1.0.0-rc1", `tag: ${version}@${digest()}`),
    );
    assert.match(stdout, /3 other values differ, and stay/);
    assert.match(request?.body ?? "", /spec&#46;values&#46;secretName<\/code>: only here/);
    assert.ok(!(request?.body ?? "").includes("kept"), "values of files are not told");
  });

  it("S3-9 brings the request up to date where the file changed under it, on the same branch", async () => {
    await begin();
    await promote();
    const own = helmRelease("uat", ground.world.uat.host, { "orders/api": "v1.0.0-rc1" });
    ground.repository.commit({ [FILE]: own });
    const { code, stdout, stderr } = await promote();
    assert.equal(code, 0, stderr);
    const [request, ...others] = ground.forge.requests;
    assert.match(stdout, /brought up to date/);
    assert.deepEqual(others, []);
    assert.ok(ground.repository.show(FILE, request?.branch).startsWith("# Inventory in uat"));
    assert.equal(commitsOf(request?.branch), "1");
  });

  it("S3-6 leaves alone what somebody else added to its branch", async () => {
    await begin();
    await promote();
    const branch = ground.forge.requests[0]?.branch ?? "";
    const theirs = ground.repository.commit({ [FILE]: "# mine\n" }, "Try something", branch);
    const { code, stderr } = await promote();
    assert.equal(code, 1);
    assert.match(stderr, /has changes of somebody else, to "[0-9a-f]{40}"; nothing was asked for or changed/);
    assert.equal(ground.repository.branches().get(branch), theirs);
  });

  for (const step of ["clone", "find", "copy", "commit", "push", "request"]) {
    it(`S3-6 S3-11 killed when it begins to ${step}, and run again, makes one commit and one request`, async () => {
      await begin();
      assert.equal(await ground.killedAt(ground.words(signOffs), step), "SIGKILL");
      const { code, stderr } = await promote();
      assert.equal(code, 0, stderr);
      const [request, ...others] = ground.forge.requests;
      assert.deepEqual(others, []);
      assert.deepEqual([...ground.repository.branches().keys()].sort(), [request?.branch, "main"].sort());
      assert.equal(commitsOf(request?.branch), "1");
      assert.equal(ground.repository.show(FILE, request?.branch), asInUat(ground.repository.show(SOURCE)));
    });
  }

  it("S3-6 opens the request in the next run where GitHub failed behind the push", async () => {
    await begin();
    ground.forge.faults.push({ path: /^POST .*\/pulls$/, status: 403, times: 1 });
    const { code, stderr } = await promote();
    assert.equal(code, 2);
    assert.match(stderr, /needs the permission Pull requests: write/);
    const pushed = [...ground.repository.branches()];
    const again = await promote();
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual([...ground.repository.branches()], pushed);
    assert.equal(ground.forge.requests.length, 1);
  });

  it("S3-6 a hook of the server that refuses is told in its words, and nothing is asked for", async () => {
    await begin();
    ground.repository.hook("pre-receive", 'echo "branches of robots are closed" >&2; exit 1');
    const { code, stderr } = await promote();
    assert.equal(code, 1);
    assert.match(stderr, /Cannot push the branch "dualreg\/inventory-uat-[0-9a-f]{12}".*branches of robots are closed/);
    assert.deepEqual([ground.forge.requests, [...ground.repository.branches().keys()]], [[], ["main"]]);
  });

  it("S3-6 GitLab opens the request by push options where there is no token, once", async () => {
    await begin("gitlab");
    const log = join(ground.repository.root, "options");
    ground.repository.hook("post-receive", `env | grep ^GIT_PUSH_OPTION_ | sort >> ${log}`);
    const { code, stdout, stderr } = await ground.run(ground.words(signOffs), { GITLAB_TOKEN: "" });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /asked for \(dualreg\/inventory-uat-/);
    const options = readFileSync(log, "utf8");
    for (const option of [
      "merge_request.create",
      "merge_request.target=main",
      "merge_request.title=Promote inventory",
    ]) {
      assert.ok(options.includes(`=${option}`), options);
    }
    await ground.run(ground.words(signOffs), { GITLAB_TOKEN: "" });
    assert.equal(readFileSync(log, "utf8"), options);
    const message = ground.repository.git(
      "log",
      "-1",
      "--format=%B",
      [...ground.repository.branches().keys()][0] ?? "",
    );
    assert.match(message, /\| image \| from \| to \| digest \| evidence \|/);
  });

  it("S3-8 says who must approve by CODEOWNERS and rules, and warns where nobody else must than before", async () => {
    await begin();
    ground.repository.commit({ ".github/CODEOWNERS": "/apps/ @company/dev\n/apps/uat/ @company/uat-managers\n" });
    const { stdout } = await promote("--dry-run");
    assert.equal(stdout, "", "a dry run promotes nothing, and uat has no such image yet");
    const asked = await promote();
    assert.match(
      asked.stdout,
      /approval: 1 approval\(s\), of code owners; owners: @company\/uat-managers \(\.github\/CODEOWNERS\)/,
    );
    assert.doesNotMatch(asked.stdout, /look:/);
    ground.repository.commit({ ".github/CODEOWNERS": "/apps/ @company/dev\n" });
    assert.match(
      (await promote("--dry-run")).stdout,
      /look: The owners are those of the stage before \(@company\/dev\)/,
    );
    ground.forge.rules = { approvals: 0, codeOwners: false };
    ground.forge.faults.push({ path: /protection$/, status: 404, times: 1 });
    assert.match((await promote("--dry-run")).stdout, /look: Nobody must approve: let the rules of main ask/);
  });

  it("S3-6 hooks that the machine's own git would run do not run, and no token stands in what is printed", async () => {
    await begin();
    const [hooks, ran] = [join(ground.world.dir, "hooks"), join(ground.world.dir, "ran")];
    writeFileSync(ran, "");
    mkdirSync(hooks);
    for (const hook of ["pre-push", "post-checkout", "reference-transaction"]) {
      // What git itself runs at the other side of a repository on disk is the server's.
      writeFileSync(join(hooks, hook), `#!/bin/sh\npwd | grep dualreg-gitops >> ${ran}\ntrue\n`, { mode: 0o755 });
    }
    const global = ground.world.write("gitconfig", `[core]\n  hooksPath = ${hooks}\n`);
    const { code, stdout, stderr } = await ground.line(ground.words(signOffs), { GIT_CONFIG_GLOBAL: global });
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(ran, "utf8"), "");
    assert.ok(![stdout, stderr, ground.forge.requests[0]?.body].join("").includes(ground.forge.token));
  });

  it("S3-7 accepts a third party's image by its named exception alone, until its end", async () => {
    await begin();
    const redis = `sha256:${"b".repeat(64)}`;
    const named = `    cache:\n      image: docker.io/library/redis:7.4@${redis}\n`;
    ground.repository.commit({ [SOURCE]: helmRelease("qa", ground.world.qa.host, { "orders/api": version }, named) });
    const without = await promote();
    assert.match(without.stderr, /redis.*no exception names it/);
    const exception = { digest: redis, image: "redis:7.4", reason: "its vendor scans it", expires: "2020-01-31" };
    ground.configure({ exceptions: [exception] });
    assert.match((await promote()).stderr, /its exception ended on 2020-01-31/);
    assert.equal(ground.forge.requests.length, 0);
    ground.configure({ exceptions: [{ ...exception, expires: "2099-01-31" }] });
    const { code, stderr } = await promote();
    assert.equal(code, 0, stderr);
    assert.ok(ground.repository.show(FILE, ground.forge.requests[0]?.branch).includes(named));
    assert.match(ground.forge.requests[0]?.body ?? "", /excepted until 2099-01-31: "its vendor scans it"/);
  });

  it("S3-6 several images of a release are one commit and one request", async () => {
    const images = ["orders/api", "orders/web"];
    await begin("github", images);
    const { code, stderr } = await promote("--format", "json");
    assert.equal(code, 0, stderr);
    assert.equal(ground.forge.requests.length, 1);
    const text = ground.repository.show(FILE, ground.forge.requests[0]?.branch);
    for (const { descriptor } of built) assert.ok(text.includes(`${version}@${descriptor.digest}`), text);
    assert.equal(commitsOf(ground.forge.requests[0]?.branch), "1");
  });
});
