import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { outputsFor } from "../support/release/outputsFor";
import { WORKFLOWS } from "./read";
import { StepFolder } from "./runStep";

const OUTPUTS = outputsFor({
  ...{ stage: "uat", host: "ordersuatsecure.azurecr.io", kind: "acr" },
  policy: { signature: true, signers: [] },
});
const DIGEST = `sha256:${"a1".repeat(32)}`;

/** Needs jq, which GitHub's machines have; without it these are skipped by name. */
describe("the steps of the workflows, run by bash and jq", function () {
  let folder: StepFolder;
  before(function () {
    if (spawnSync("jq", ["--version"]).status !== 0) this.skip();
  });
  beforeEach(() => (folder = new StepFolder()));
  afterEach(() => folder.end());

  for (const [ENTRY, built, promoted] of [
    ["true", ["orders/api", "orders/console", "orders/web"], []],
    ["false", ["orders/console"], ["orders/api", "orders/web"]],
  ] as const)
    it(`release.yml builds ${built.join(", ")} ${ENTRY === "true" ? "where gates begin" : "behind it, and promotes the others"} (S2-14)`, () => {
      folder.put("outputs.json", OUTPUTS);
      folder.run("release.yml", "images", /images/, { ENTRY });
      const of = (key: string) =>
        JSON.parse(new RegExp(`^${key}=(.*)$`, "m").exec(folder.read("output"))?.[1] ?? "") as Record<string, string>[];
      assert.deepEqual(
        of("built")
          .map(({ repository }) => repository)
          .sort(),
        built,
      );
      assert.deepEqual(
        of("promoted")
          .map(({ repository }) => repository)
          .sort(),
        promoted,
      );
      for (const { repository, bound, class: imageClass } of [...of("built"), ...of("promoted")]) {
        assert.equal(bound, repository === "orders/console" ? "ordersuatsecure.azurecr.io" : "");
        assert.equal(imageClass, repository === "orders/web" ? "standard" : "secure");
      }
    });

  it("build-publish.yml bakes a host into nothing but what is stage-bound (S0-2)", () => {
    folder.standIn("docker");
    const build = (BOUND: string) => {
      const facts = { SOURCE: "https://x", COMMIT: "c", VERSION: "v1", CREATED: "2026-01-01T00:00:00Z" };
      const env = {
        ...facts,
        IMAGE: "orders/console",
        BINDING: BOUND ? "stage-bound" : "portable",
        BOUND,
        RUNNER_TEMP: folder.path,
      };
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

  it("build-publish.yml scans in a folder that holds nothing, whatever the commit holds (S1-7)", () => {
    for (const name of ["syft", "grype"]) folder.standIn(name, "");
    folder.put(".grype.yaml", "ignore: [{ vulnerability: CVE-2026-0001 }]");
    folder.put("programs/grype", `#!/usr/bin/env bash\nls -A > "${folder.path}/seen"; pwd > "${folder.path}/where"\n`);
    folder.run("build-publish.yml", "scan", /^Scan/, { GRYPE: "grype" });
    assert.deepEqual([folder.read("seen"), folder.read("where").trim().endsWith("/scan")], ["", true]);
    folder.run("build-publish.yml", "scan", /^What is in it/, { SYFT: "syft" });
    assert.deepEqual(folder.calls("syft"), [
      ["scan", "oci-archive:../image/image.tar", "--output", "spdx-json=sbom.spdx.json"],
    ]);
  });

  it("publishing and promoting leave the digest for the page, and the tags that are to be locked (S1-2, S0-16)", () => {
    const result = { digest: DIGEST, tags: ["v0.0.1-uat"], locked: false, lockWith: ["dualreg image lock ..."] };
    const run = { GITHUB_RUN_ID: "7", VERSION: "v0.0.1-uat", IMAGE: "orders/api", FROM: "v0.0.1-qa" };
    const published = { run: "7", version: "v0.0.1-uat", repository: "orders/api", digest: DIGEST };
    folder.put("in/sign-offs/signed/orders-api.json", {});
    folder.put("in/sign-offs/signed/orders-web.json", {});
    folder.put("in/sign-offs/signed/_build.json", {});
    for (const [file, job, step, prints] of [
      ["build-publish.yml", "publish", /^Publish/, result],
      ["promote.yml", "promote", /^Promote/, [result]],
    ] as const) {
      folder.standIn("node", prints);
      folder.run(file, job, step, run);
      assert.deepEqual(JSON.parse(folder.read("published.json")), published, file);
      assert.match(folder.read("output"), /tags=\["v0\.0\.1-uat"\]\n$/);
    }
    const given = folder.calls("node").map((words) => words.filter((word) => word.startsWith("in/sign-offs/signed/")));
    const files = ["_build", "orders-api", "orders-web"].map((name) => `in/sign-offs/signed/${name}.json`);
    assert.deepEqual(given, [files.slice(0, 1), files.slice(1)]);
    const [words = []] = folder.calls("node");
    assert.equal(words[words.indexOf("--tag") + 1], "v0.0.1-uat");
    folder.standIn("node", [{ ...result, lockWith: undefined, locked: null }]);
    folder.run("promote.yml", "promote", /^Promote/, run);
    assert.match(folder.read("output"), /tags=\[\]\n$/);
  });

  it("release.yml lists what this run's own jobs attested, and ends where an artifact is nobody's (S0-16)", () => {
    const file = (version: string, run = "7") => ({ run, version, repository: "orders/api", digest: DIGEST });
    const env = { TAG: "v0.0.1-uat", GITHUB_RUN_ID: "7", GITHUB_REPOSITORY: "company/orders", GITHUB_SHA: "c" };
    folder.standIn("gh");
    folder.put("dist/orders.tgz", "x");
    folder.put("published/published-orders--api/published.json", file("v0.0.1-uat"));
    folder.run("release.yml", "list", /^Binaries/, env);
    assert.equal(folder.read("dist/images.txt"), `orders/api@${DIGEST}\n`);
    assert.match(folder.read("dist/SHA256SUMS"), /images\.txt\n.*orders\.tgz\n$/);
    const [verified = []] = folder.calls("gh");
    for (const word of ["--source-ref", "refs/heads/main", "--source-digest", "--signer-workflow"])
      assert.ok(verified.includes(word), word);
    for (const other of [file("v9.9.9"), file("v0.0.1-uat", "6")]) {
      folder.put("published/published-orders--api/published.json", other);
      assert.throws(() => folder.run("release.yml", "list", /^Binaries/, env));
    }
    folder.put("published/published-orders--api/published.json", file("v0.0.1-uat"));
    folder.put("programs/gh", "#!/usr/bin/env bash\nexit 1\n");
    assert.throws(() => folder.run("release.yml", "list", /^Binaries/, env), /not what a job of this run published/);
  });

  it("promote.yml scans where the image is, by a login of ours that no line of the shell sees (S1-1)", () => {
    folder.standIn("node", { host: "ordersdevsecure.azurecr.io" });
    folder.standIn("grype");
    const env = { CLASS: "secure", IMAGE: "orders/api", STANDS: ":v0.0.1-dev", GRYPE: "grype" };
    folder.put("in/outputs/outputs.json", {});
    folder.run("promote.yml", "promote", /^Scan it anew/, env);
    assert.deepEqual(folder.calls("node")[0]?.slice(1, 3), ["registry", "login"]);
    assert.equal(folder.calls("grype")[0]?.[0], "registry:ordersdevsecure.azurecr.io/orders/api:v0.0.1-dev");
    for (const { file, text } of WORKFLOWS) assert.doesNotMatch(text, /get-access-token|oauth2\/exchange/, file);
  });

  it("lock.yml locks each tag that it is given, and nothing where there is none; a rollback's it verifies alone (S1-2)", () => {
    folder.standIn("node");
    folder.run("lock.yml", "lock", /^Lock/, { IMAGE: "orders/api", TAGS: "[]" });
    assert.deepEqual(folder.calls("node"), []);
    folder.run("lock.yml", "lock", /^Lock/, { IMAGE: "orders/api", TAGS: '["v0.0.1-uat","v0.0.1"]' });
    assert.deepEqual(
      folder.calls("node").map((words) => words.at(-1)),
      ["orders/api:v0.0.1-uat", "orders/api:v0.0.1"],
    );
    folder.run("lock.yml", "lock", /^Lock/, { IMAGE: "orders/api", TAGS: '["v0.0.1"]', DIGEST });
    const verified = [
      "image",
      "verify",
      "--outputs",
      "in/outputs/outputs.json",
      "--digest",
      DIGEST,
      "orders/api:v0.0.1",
    ];
    assert.deepEqual(folder.calls("node").at(-1)?.slice(1), verified);
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

  for (const [known, method] of [
    ["", "POST"],
    ["41", "PATCH"],
  ] as const)
    it(`a comment holds at most what GitHub takes, and is ${known === "" ? "made" : "written anew"}`, () => {
      const NAME = "preview";
      const comments = [{ id: 40, user: { login: "somebody" }, body: "<!-- preview --> forged" }];
      if (known !== "")
        comments.push({ id: 41, user: { login: "github-actions[bot]" }, body: "<!-- preview -->\nold" });
      folder.standIn("gh", comments);
      folder.put("comment.md", `${"x".repeat(59_999)}\u00e9${"y".repeat(90_000)}`);
      folder.act("comment", {
        ...{ NAME, NUMBER: "7", FILE: "comment.md", GITHUB_REPOSITORY: "company/orders", RUN: "https://x" },
      });
      const written = folder.calls("gh").at(-1) ?? [];
      assert.equal(written[written.indexOf("--method") + 1], method);
      assert.match(written.join(" "), known === "" ? /issues\/7\/comments/ : /issues\/comments\/41/);
      const { body } = JSON.parse(readFileSync(written[written.indexOf("--input") + 1] ?? "", "utf8")) as {
        body: string;
      };
      assert.ok(body.length < 61_000 && body.startsWith("<!-- preview -->") && body.includes("[the run](https://x)"));
    });
});
