import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { step as releaseStep } from "../../src/cli/release/step";
import { stages } from "../../src/cli/stages";
import { example } from "../support/examples";
import { captureIo } from "../support/io";
import { outputsFor } from "../support/release/outputsFor";
import { StepFolder } from "./runStep";

const OUTPUTS = outputsFor({
  ...{ stage: "uat", host: "ordersuatsecure.azurecr.io", kind: "acr" },
  policy: { signature: true, signers: [] },
});
const DIGEST = `sha256:${"a1".repeat(32)}`;
const all = "portable, stage-bound";

/** Needs jq, which GitHub's machines have; without it these are skipped by name. */
describe("the steps of the workflows, run by bash and jq", function () {
  let folder: StepFolder;
  before(function () {
    if (spawnSync("jq", ["--version"]).status !== 0) this.skip();
  });
  beforeEach(() => (folder = new StepFolder()));
  afterEach(() => folder.end());

  const matrix = (): { repository: string; name: string; bound?: string }[] =>
    JSON.parse(/^images=(.*)$/m.exec(folder.read("output"))?.[1] ?? "") as { repository: string; name: string }[];

  for (const [CLASS, BINDINGS, images] of [
    ["secure", all, ["orders/api", "orders/console"]],
    ["secure", "stage-bound", ["orders/console"]],
    ["standard", all, ["orders/web"]],
    ["standard", "stage-bound", []],
  ] as const)
    it(`build-publish.yml builds of class ${CLASS}, ${BINDINGS}: ${images.join(", ") || "nothing"} (S2-14)`, () => {
      folder.put("outputs.json", OUTPUTS);
      folder.run("build-publish.yml", "images", /images/, { CLASS, BINDINGS });
      assert.deepEqual(
        matrix().map(({ repository }) => repository),
        images,
      );
      for (const { repository, name, bound } of matrix()) {
        assert.equal(name, repository.replace("/", "-"));
        assert.equal(bound, repository === "orders/console" ? "ordersuatsecure.azurecr.io" : "");
      }
    });

  it("promote.yml promotes what is the same in every stage, and nothing else (S2-14)", () => {
    folder.put("outputs.json", OUTPUTS);
    folder.run("promote.yml", "images", /images/, { CLASS: "secure" });
    assert.deepEqual(matrix(), [{ repository: "orders/api", name: "orders-api" }]);
  });

  it("build-publish.yml bakes a host into nothing but what is stage-bound (S0-2)", () => {
    folder.put("image/build.json", {
      source: "https://x",
      commit: "c",
      version: "v1",
      createdAt: "2026-01-01T00:00:00Z",
    });
    folder.standIn("docker");
    const build = (BOUND: string) => {
      const env = { IMAGE: "orders/console", BINDING: BOUND ? "stage-bound" : "portable", BOUND };
      folder.run("build-publish.yml", "build", /^Build/, env);
      return folder.calls("docker").at(-1) ?? [];
    };
    const portable = build("");
    assert.ok(portable.includes("io.dual-registry.binding=portable"), portable.join(" "));
    assert.ok(!portable.join(" ").includes("registry-host") && !portable.includes("--build-arg"));
    const bound = build("host.azurecr.io");
    assert.ok(bound.includes("io.dual-registry.registry-host=host.azurecr.io"), bound.join(" "));
    assert.ok(bound.includes("REGISTRY_HOST=host.azurecr.io"));
  });

  it("build-publish.yml lists what is in an image where publishing looks for it (S1-7)", () => {
    folder.standIn("syft");
    folder.run("build-publish.yml", "build", /^What is in it/, { SYFT: "syft" });
    assert.deepEqual(folder.calls("syft"), [
      ["scan", "oci-archive:image/image.tar", "--output", "spdx-json=image/sbom.spdx.json"],
    ]);
  });

  it("publishing and promoting leave the digest for the page, and what is to be locked (S1-2, S0-16)", () => {
    const result = { digest: DIGEST, tags: ["v0.0.1-uat"], locked: false, lockWith: ["dualreg image lock ..."] };
    folder.standIn("node", result);
    folder.run("build-publish.yml", "publish", /^Publish/, { IMAGE: "orders/console" });
    assert.deepEqual(
      [folder.read("published/images.txt"), folder.read("published/lock.txt")],
      [`orders/console@${DIGEST}\n`, "orders/console:v0.0.1-uat\n"],
    );
    folder.standIn("node", [{ ...result, lockWith: undefined, locked: null }]);
    folder.put("sign-offs/signed/orders-api.json", {});
    folder.put("sign-offs/signed/orders-web.json", {});
    folder.run("promote.yml", "promote", /^Promote/, { IMAGE: "orders/api", VERSION: "v0.0.1-qa" });
    assert.deepEqual(
      [folder.read("promoted/images.txt"), folder.read("promoted/lock.txt")],
      [`orders/api@${DIGEST}\n`, ""],
    );
    const [published = [], promoted = []] = folder.calls("node");
    assert.equal(published[published.indexOf("--sbom") + 1], "image/sbom.spdx.json");
    assert.equal(promoted.filter((word) => word.startsWith("sign-offs/signed/")).length, 2);
  });

  it("promote.yml logs in for the scan by a token made for registries, which is in no argument (S1-1)", () => {
    folder.put("outputs.json", {
      stageBefore: { registries: { secure: { loginServer: "ordersdevsecure.azurecr.io" } } },
    });
    for (const name of ["az", "curl", "node", "grype"]) folder.standIn(name);
    folder.put("programs/az", `#!/usr/bin/env bash\necho "$*" > az.said\nprintf 'entra-token\\r\\n'\n`);
    folder.put(
      "programs/curl",
      `#!/usr/bin/env bash\necho "$*" > curl.said\ncat > curl.read\necho '{"refresh_token":"refresh"}'\n`,
    );
    folder.put("programs/node", `#!/usr/bin/env bash\necho "$*" > node.said\ncat > node.read\n`);
    const env = { CLASS: "secure", IMAGE: "orders/api", VERSION: "v0.0.1-dev", GRYPE: "grype" };
    folder.run("promote.yml", "promote", /^Scan it anew/, env);
    assert.match(folder.read("az.said"), /--resource https:\/\/containerregistry\.azure\.net /);
    assert.equal(folder.read("curl.read"), "entra-token");
    assert.match(
      folder.read("curl.said"),
      /service=ordersdevsecure\.azurecr\.io .*\/\/ordersdevsecure\.azurecr\.io\/oauth2\/exchange$/m,
    );
    assert.equal(folder.read("node.read"), "refresh\n");
    assert.match(folder.read("node.said"), /registry login ordersdevsecure\.azurecr\.io --username 0{8}-/);
    assert.doesNotMatch(folder.read("curl.said") + folder.read("node.said"), /entra-token|refresh/);
    assert.equal(folder.calls("grype")[0]?.[0], "registry:ordersdevsecure.azurecr.io/orders/api:v0.0.1-dev");
  });

  it("lock.yml locks each tag of the run, and nothing where there is none (S1-2)", () => {
    folder.standIn("node");
    folder.run("lock.yml", "lock", /^Lock/);
    assert.deepEqual(folder.calls("node"), []);
    folder.put("published/published-secure-orders-api/lock.txt", "orders/api:v0.0.1-uat\n");
    folder.put("published/published-secure-orders-console/lock.txt", "orders/console:v0.0.1-uat\n");
    folder.run("lock.yml", "lock", /^Lock/);
    assert.deepEqual(
      folder
        .calls("node")
        .map((words) => words.at(-1))
        .sort(),
      ["orders/api:v0.0.1-uat", "orders/console:v0.0.1-uat"],
    );
  });

  for (const [STAGE, TAG, page] of [
    ["qa", "v0.0.1-qa", undefined],
    ["uat", "v0.0.1-uat", "v0.0.1-qa"],
    ["prod", "v0.0.1", "v0.0.1-uat"],
  ] as const)
    it(`ask.yml asks for ${TAG} with the images on the page of ${page ?? "nobody"} (S0-14, S0-20)`, () => {
      folder.standIn("node", { entry: "qa" });
      folder.run("ask.yml", "ask", /^The stage/, { ASKED: STAGE === "qa" ? "" : STAGE });
      folder.standIn("node", { tag: TAG });
      folder.standIn("gh");
      folder.run("ask.yml", "ask", /^The next tag/, { STAGE });
      assert.equal(folder.read("env"), `STAGE=${STAGE}\nTAG=${TAG}\n`);
      folder.standIn("node", { entry: page === undefined, version: page ?? "v0.0.1" });
      folder.run("ask.yml", "ask", /^The images/, { STAGE, TAG });
      assert.deepEqual(
        folder.calls("gh").map((words) => words[2]),
        page === undefined ? [] : [page],
      );
      if (page !== undefined) folder.put("images.txt", `orders/api@${DIGEST}\norders/web@${DIGEST}\n`);
      folder.run("ask.yml", "ask", /^Ask/, { STAGE, TAG });
      const asked = folder.calls("node").at(-1) ?? [];
      const images = page === undefined ? [] : ["--image", `orders/api@${DIGEST}`, `orders/web@${DIGEST}`];
      assert.deepEqual(asked, ["bin/dualreg.js", "release", "request", TAG, "--branch", "release/1", ...images]);
    });

  it("tag.yml hands the roles of the stage to its gates, as a list (S0-17)", () => {
    folder.standIn("node", { entry: true, version: "v0.0.1", signOffs: ["qa", "uat"] });
    folder.run("tag.yml", "candidate", /^Who signs/, { TAG: "v0.0.1-qa", TO: "qa" });
    assert.equal(folder.read("output"), 'roles=["qa","uat"]\n');
  });

  for (const [name, outputs] of [
    ["company", { first: "dev", previewed: '["dev","qa"]', reviewed: '["uat","prod"]' }],
    ["contoso", { first: "dev", previewed: '["dev","qa"]', reviewed: '["prod"]' }],
    ["two-stages", { first: "test", previewed: '["test"]', reviewed: '["live"]' }],
    ["one-stage", { first: "", previewed: "[]", reviewed: '["live"]' }],
  ] as const)
    it(`stages.yml lists the stages of ${name}, as the command line says them`, async () => {
      const { io, printed } = captureIo();
      await stages.run({ project: example(name), format: "json" }, io);
      folder.standIn("node", printed.stdout);
      folder.run("stages.yml", "list", /^What Pulumi.yaml lists/);
      const lines = folder.read("output").trim().split("\n").slice(1);
      assert.deepEqual(
        lines,
        Object.entries(outputs).map(([key, value]) => `${key}=${value}`),
      );
    });

  it("stages.yml lets nothing through that is no name, whatever a branch's own command line says", () => {
    const place = { place: "between", reviewedPreview: true };
    const stages = ["qa", "../x", "/proc/self/environ\nx", "QA", "a", "x y"].map((name) => ({ name, ...place }));
    folder.standIn("node", { stages });
    folder.run("stages.yml", "list", /^What Pulumi.yaml lists/);
    assert.equal(folder.read("output"), 'all=["qa"]\nfirst=\npreviewed=[]\nreviewed=["qa"]\n');
  });

  it("release.yml hands the step of a tag on: its stage, whether gates begin there, whether it is the last", async () => {
    const { io, printed } = captureIo();
    const options = { project: example("contoso"), format: "json" } as const;
    await releaseStep.run("v1.0.0", options, io);
    folder.standIn("node", printed.stdout);
    folder.run("release.yml", "step", /^Which stage/);
    assert.equal(folder.read("output"), "stage=prod\nentry=false\nlast=true\n");
  });

  it("ask.yml ends where there is nothing to ask for", () => {
    folder.standIn("node", { stage: "uat", move: "none", why: "nothing has reached qa yet" });
    assert.throws(() => folder.run("ask.yml", "ask", /^The next tag/, { STAGE: "uat" }), /nothing to ask for/);
  });

  it("sweep.yml deletes nothing where nobody says what runs", () => {
    assert.throws(() => folder.run("sweep.yml", "sweep", /^What runs/, { GITOPS_REPOSITORY: "" }));
    folder.run("sweep.yml", "sweep", /^What runs/, { GITOPS_REPOSITORY: "company/clusters" });
  });

  it("access-review.yml gives the outputs of all other stages, and never the stage's own twice (S1-4)", () => {
    folder.standIn("node");
    for (const stage of ["dev", "qa", "uat"]) folder.put(`outputs/outputs-${stage}/outputs.json`, {});
    folder.run("access-review.yml", "access-review", /^Compare/, { STAGE: "qa" });
    const [words = []] = folder.calls("node");
    assert.deepEqual(words.slice(words.indexOf("--others") + 1, words.indexOf("--format")), [
      "outputs/outputs-dev/outputs.json",
      "outputs/outputs-uat/outputs.json",
    ]);
  });

  it("preview.yml comments at most what GitHub takes, and ends well where it has to cut", () => {
    folder.standIn("gh");
    folder.put("previews/changes.md", "x".repeat(200_000));
    folder.put("previews/compliance.md", "## all\n| table |\n### orders dev\ndetails\n");
    folder.run("preview.yml", "comment", /^One comment/, {
      NUMBER: "7",
      STAGES: '["dev","qa"]',
      GITHUB_REPOSITORY: "company/orders",
      RUN: "https://x",
    });
    const comment = folder.read("comment.md");
    assert.ok(comment.length < 61_000 && comment.includes("| table |") && !comment.includes("details"));
  });
});
