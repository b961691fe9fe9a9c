import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { WORKFLOWS } from "./read";
import { StepFolder } from "./runStep";

const DIGEST = `sha256:${"a1".repeat(32)}`;

/** Needs jq, which GitHub's machines have; without it these are skipped by name. */
describe("the steps that build a product and publish it whole, run by bash and jq", function () {
  let folder: StepFolder;
  before(function () {
    if (spawnSync("jq", ["--version"]).status !== 0) this.skip();
  });
  beforeEach(() => (folder = new StepFolder()));
  afterEach(() => folder.end());

  /** Builds as the job does. @param BOUND the host that is baked in */
  const build = (BOUND = "", env: Readonly<Record<string, string>> = {}) => {
    folder.standIn("docker");
    const facts = { SOURCE: "https://x", COMMIT: "c", VERSION: "v1", CREATED: "2026-01-01T00:00:00Z" };
    const image = { IMAGE: "orders/console", CONTEXT: "images/orders/console", DOCKERFILE: "Dockerfile" };
    const bound = { BINDING: BOUND ? "stage-bound" : "portable", BOUND, RUNNER_TEMP: folder.path };
    const all = { ...facts, ...image, ...bound, ...env };
    for (const step of [/^Where it is built/, /^Build/]) folder.run("build-publish.yml", "build", step, all);
    return folder.calls("docker").at(-1) ?? [];
  };

  it("build-publish.yml bakes a host into nothing but what is stage-bound (S0-2)", () => {
    folder.put("images/orders/console/Dockerfile", "FROM scratch");
    const portable = build();
    assert.ok(portable.includes("io.dual-registry.binding=portable"), portable.join(" "));
    assert.ok(!portable.join(" ").includes("registry-host") && !portable.includes("--build-arg"));
    const bound = build("host.azurecr.io");
    assert.ok(bound.includes("io.dual-registry.registry-host=host.azurecr.io"), bound.join(" "));
    assert.ok(bound.includes("REGISTRY_HOST=host.azurecr.io"));
  });

  it("build-publish.yml builds for both platforms from where the map says, behind what the Makefile there tests and makes (S2-14)", () => {
    assert.throws(
      () => build(),
      /orders\/console: there is no images\/orders\/console\/Dockerfile at c; put its Dockerfile there/,
    );
    folder.put("services/console/web/Dockerfile", "FROM scratch");
    const place = { CONTEXT: "services/console", DOCKERFILE: "web/Dockerfile" };
    const words = build("", place);
    assert.equal(words[words.indexOf("--platform") + 1], "linux/amd64,linux/arm64");
    assert.equal(words[words.indexOf("--file") + 1], "services/console/web/Dockerfile");
    assert.ok(words.includes("services/console"));
    folder.put("services/console/Makefile", "test:\n\techo tested >> made\nall:\n\techo $(VERSION) >> made\n");
    build("", place);
    assert.equal(folder.read("services/console/made"), "tested\nv1\n");
    // What is bound to a stage gets what the stage says of itself, and may make its Dockerfile by that.
    const made = "test:\nall:\n\techo $(OUTPUTS) >> made\n\techo FROM scratch > $(COMMIT).Dockerfile\n";
    folder.put("services/console/Makefile", made);
    const bound = build("host.azurecr.io", { ...place, DOCKERFILE: "c.Dockerfile" });
    assert.equal(bound[bound.indexOf("--file") + 1], "services/console/c.Dockerfile");
    assert.equal(folder.read("services/console/made"), `tested\nv1\n${folder.path}/outputs/outputs.json\n`);
    folder.put("services/console/Makefile", "test:\n\tfalse\nall:\n");
    const built = folder.calls("docker").length;
    assert.throws(() => build("", place));
    assert.equal(folder.calls("docker").length, built);
  });

  /** An archive of an image with these platforms. */
  const archive = (platforms: readonly { os: string; architecture: string; variant?: string }[], single = false) => {
    const blob = (value: object) => {
      const hex = createHash("sha256").update(JSON.stringify(value)).digest("hex");
      folder.put(`made/blobs/sha256/${hex}`, value);
      return { digest: `sha256:${hex}` };
    };
    const images = platforms.map((platform) => ({ ...blob({ config: blob(platform) }), platform }));
    const root = single ? images[0] : blob({ manifests: images });
    folder.put("made/index.json", { manifests: [root] });
    folder.bash("mkdir -p image && tar --create --file image/image.tar --directory made .");
  };

  it("build-publish.yml scans each platform in a folder that holds nothing, whatever the commit holds (S1-7, S2-14)", () => {
    folder.put(".grype.yaml", "ignore: [{ vulnerability: CVE-2026-0001 }]");
    folder.standIn("syft");
    folder.put(
      "programs/grype",
      `#!/usr/bin/env bash\nls -A > "${folder.path}/seen"; pwd > "${folder.path}/where"; printf '%s|' "$@" >> "${folder.path}/grype.calls"; echo >> "${folder.path}/grype.calls"\n`,
    );
    folder.bash(`chmod +x "${folder.path}/programs/grype"`);
    for (const [platforms, single, wanted] of [
      [
        [
          { os: "linux", architecture: "amd64" },
          { os: "linux", architecture: "arm64", variant: "v8" },
          { os: "unknown", architecture: "unknown" },
        ],
        false,
        ["linux/amd64", "linux/arm64/v8"],
      ],
      [[{ os: "linux", architecture: "arm64" }], true, ["linux/arm64"]],
    ] as const) {
      folder.bash("rm -rf made image layout scan platforms *.calls");
      archive(platforms, single);
      folder.run("build-publish.yml", "scan", /^Its platforms/);
      folder.run("build-publish.yml", "scan", /^Scan/, { GRYPE: "grype" });
      assert.deepEqual([folder.read("seen"), folder.read("where").trim().endsWith("/scan")], ["", true]);
      folder.run("build-publish.yml", "scan", /^What is in each/, { SYFT: "syft" });
      const file = (platform: string) => platform.replaceAll("/", "-");
      assert.deepEqual(
        folder.calls("grype"),
        wanted.map((platform) => [
          ...["oci-archive:../image/image.tar", `--platform=${platform}`],
          ...["--output", "json", "--file", `${file(platform)}.grype.json`],
        ]),
      );
      assert.deepEqual(
        folder.calls("syft"),
        wanted.map((platform) => [
          ...["scan", "oci-archive:../image/image.tar", `--platform=${platform}`],
          ...["--output", `spdx-json=${file(platform)}.spdx.json`],
        ]),
      );
    }
  });

  it("publishing and promoting leave what they pushed for the tags and the page, signed off as one tag (S1-2, S0-16)", () => {
    const result = { digest: DIGEST, tags: ["v0.0.1-uat"], locked: null, lockWith: ["dualreg image lock ..."] };
    const run = { GITHUB_RUN_ID: "7", VERSION: "v0.0.1-uat", IMAGE: "orders/api", FROM: "v0.0.1-qa" };
    const published = { run: "7", version: "v0.0.1-uat", repository: "orders/api", digest: DIGEST, result };
    for (const file of ["linux-amd64", "linux-arm64"]) {
      folder.put(`in/scan/${file}.grype.json`, {});
      folder.put(`in/scan/${file}.spdx.json`, {});
    }
    folder.put("in/sign-offs/signed/orders-api.json", {});
    folder.put("in/sign-offs/signed/orders-web.json", {});
    folder.put("in/sign-offs/signed/_build.json", {});
    for (const [file, job, step, prints] of [
      ["build-publish.yml", "publish", /^Push/, result],
      ["promote.yml", "promote", /^Promote/, [result]],
    ] as const) {
      folder.standIn("node", prints);
      folder.run(file, job, step, run);
      assert.deepEqual(JSON.parse(folder.read("published.json")), published, file);
    }
    const given = folder.calls("node").map((words) => words.filter((word) => word.startsWith("in/sign-offs/signed/")));
    const files = ["_build", "orders-api", "orders-web"].map((name) => `in/sign-offs/signed/${name}.json`);
    assert.deepEqual(given, [files.slice(0, 1), files.slice(1)]);
    const scans = ["amd64", "arm64"].map((name) => `in/scan/linux-${name}.grype.json`);
    for (const words of folder.calls("node")) {
      assert.deepEqual(words.slice(words.indexOf("--scan") + 1, words.indexOf("--scan") + 3), scans);
      assert.ok(words.includes("--push-by-digest"));
    }
    const [words = []] = folder.calls("node");
    assert.equal(words[words.indexOf("--tag") + 1], "v0.0.1-uat");
  });

  for (const [BRANCH, named] of [
    ["", []],
    ["sprint-1/feature/login", ["--branch", "sprint-1/feature/login"]],
    ["feature/login", ["--branch", "feature/login"]],
    ["develop", ["--tag", "c0ffee"]],
    ["feature", ["--tag", "c0ffee"]],
  ] as const)
    it(`build-publish.yml gives the image of ${BRANCH || "a release"} ${named.join(" ") || "all tags of its version"} (S2-14)`, () => {
      folder.standIn("node", { digest: DIGEST });
      folder.put("in/scan/x.grype.json", {});
      folder.put("in/scan/x.spdx.json", {});
      folder.run("build-publish.yml", "publish", /^Push/, {
        IMAGE: "orders/api",
        COMMIT: "c0ffee",
        VERSION: "c0ffee",
        BRANCH,
      });
      const [words = []] = folder.calls("node");
      const at = words.findIndex((word) => ["--branch", "--tag"].includes(word));
      assert.deepEqual(at < 0 ? [] : words.slice(at, at + 2), named);
    });

  /** What a job of this run published. */
  const published = (repository: string, version = "v0.0.1-uat", run = "7") => ({
    ...{ run, version, repository, digest: DIGEST },
    result: { repository, tags: [version], ...(repository === "orders/web" ? {} : { lockWith: ["..."] }) },
  });
  const RUN = { VERSION: "v0.0.1-uat", GITHUB_RUN_ID: "7", GITHUB_REPOSITORY: "company/orders", GITHUB_SHA: "c" };

  it("release.yml takes what this run's own jobs attested, and ends where an artifact is nobody's (S4-3, S0-16)", () => {
    folder.standIn("gh");
    const file = "published/published-orders+api/published.json";
    folder.put(file, published("orders/api"));
    folder.act("published", RUN);
    assert.deepEqual(JSON.parse(folder.read("published.json")), [published("orders/api")]);
    const [verified = []] = folder.calls("gh");
    for (const word of ["--source-ref", "refs/heads/main", "--source-digest", "--signer-workflow"])
      assert.ok(verified.includes(word), word);
    for (const other of [published("orders/api", "v9.9.9"), published("orders/api", "v0.0.1-uat", "6")]) {
      folder.put(file, other);
      assert.throws(() => folder.act("published", RUN));
    }
    folder.put(file, published("orders/api"));
    folder.put("programs/gh", "#!/usr/bin/env bash\nexit 1\n");
    assert.throws(() => folder.act("published", RUN), /not what a job of this run published/);
  });

  it("release.yml hands the results of all images on, where there is one of each and none of another (S4-3)", () => {
    const all = ["orders/api", "orders/console", "orders/web"];
    const of = (repository: string) => ({ repository, class: repository === "orders/web" ? "standard" : "secure" });
    const env = {
      PRODUCT: JSON.stringify(all),
      BUILT: JSON.stringify([of("orders/console")]),
      PROMOTED: JSON.stringify([of("orders/api"), of("orders/web")]),
    };
    folder.put(
      "published.json",
      all.map((repository) => published(repository)),
    );
    folder.run("release.yml", "product", /^One result/, env);
    assert.deepEqual(
      (JSON.parse(folder.read("results.json")) as { repository: string }[]).map(({ repository }) => repository),
      all,
    );
    const unlocked = /^unlocked=(.*)$/m.exec(folder.read("output"))?.[1] ?? "";
    assert.deepEqual(JSON.parse(unlocked), [
      { repository: "orders/api", tags: ["v0.0.1-uat"], class: "secure" },
      { repository: "orders/console", tags: ["v0.0.1-uat"], class: "secure" },
    ]);
    for (const others of [all.slice(1), [...all, "orders/other"]]) {
      folder.put(
        "published.json",
        others.map((repository) => published(repository)),
      );
      const wrong = others.length < all.length ? "orders/api" : "orders/other";
      assert.throws(() => folder.run("release.yml", "product", /^One result/, env), new RegExp(`differ in ${wrong}`));
    }
  });

  it("build-publish.yml tags the images of one class by the results of all, or says what stands against it (S4-3)", () => {
    folder.standIn("node", "v0.0.1-uat in uat\n");
    const env = { PRODUCT: '["orders/api","orders/web"]', CLASS: "secure" };
    for (const DRY_RUN of ["yes", ""]) {
      folder.run("build-publish.yml", "tag", /^Tag all/, { ...env, DRY_RUN });
      assert.deepEqual(folder.calls("node").at(-1)?.slice(1), [
        ...["image", "tag", "in/results/results.json", "--outputs", "in/outputs/outputs.json"],
        ...["--image", "orders/api", "orders/web", "--class", "secure", ...(DRY_RUN ? ["--dry-run"] : [])],
        ...["--lock", "later"],
      ]);
    }
    assert.throws(() => folder.run("build-publish.yml", "tag", /^Tag all/, { ...env, PRODUCT: "" }));
  });

  it("release.yml lists binaries, images by digest, and the checksums of both (S0-16)", () => {
    folder.put("dist/orders.tgz", "x");
    folder.put("published.json", [published("orders/web"), published("orders/api")]);
    folder.run("release.yml", "list", /^Binaries/);
    assert.equal(folder.read("dist/images.txt"), `orders/api@${DIGEST}\norders/web@${DIGEST}\n`);
    assert.match(folder.read("dist/SHA256SUMS"), /images\.txt\n.*orders\.tgz\n$/);
  });

  it("promote.yml scans each platform where the image is, by a login of ours that no line of the shell sees (S1-1)", () => {
    folder.standIn("grype");
    const images = [{ platform: "linux/amd64" }, { platform: "linux/arm64" }];
    folder.put("prints/labels", { images });
    folder.standIn("node", { host: "ordersdevsecure.azurecr.io", images });
    const env = { CLASS: "secure", IMAGE: "orders/api", STANDS: ":v0.0.1-dev", GRYPE: "grype" };
    folder.put("in/outputs/outputs.json", {});
    folder.run("promote.yml", "promote", /^Scan each/, env);
    assert.deepEqual(folder.calls("node")[0]?.slice(1, 3), ["registry", "login"]);
    const image = "ordersdevsecure.azurecr.io/orders/api:v0.0.1-dev";
    assert.deepEqual(folder.calls("node")[1]?.slice(1), ["image", "labels", image, "--format", "json"]);
    assert.deepEqual(
      folder.calls("grype").map((words) => words.slice(0, 2)),
      images.map(({ platform }) => [`registry:${image}`, `--platform=${platform}`]),
    );
    for (const { file, text } of WORKFLOWS) {
      // What kubectl runs by itself, and hears alone, is no line of the shell.
      const lines = text.replace(/args: \["account", "get-access-token",[^\]]*\]/g, "");
      assert.doesNotMatch(lines, /get-access-token|oauth2\/exchange/, file);
    }
  });

  it("release.yml takes a branch for the first stage alone, by a whole commit, and nothing beside it (S2-14)", () => {
    const stages = {
      stages: [
        { name: "dev", place: "first" },
        { name: "prod", place: "last" },
      ],
    };
    folder.standIn("node", stages);
    const commit = "c".repeat(40);
    const branch = { GITHUB_EVENT_NAME: "workflow_dispatch", BRANCH: "feature/login", COMMIT: commit };
    folder.run("release.yml", "step", /^Which stage/, branch);
    assert.match(folder.read("output"), /^stage=dev\nentry=true\nlast=false\n/);
    for (const wrong of [
      { TAG: "v1.0.0" },
      { TO: "prod" },
      { FROM: "v1.0.0-rc1" },
      { ROLLBACK: "yes" },
      { COMMIT: "main" },
      { COMMIT: "" },
      { BRANCH: "$(id)" },
      { BRANCH: "-x" },
    ])
      assert.throws(() => folder.run("release.yml", "step", /^Which stage/, { ...branch, ...wrong }), /allowed|alone/);
    folder.standIn("node", { stages: [{ name: "prod", place: "only" }] });
    folder.run("release.yml", "step", /^Which stage/, branch);
    assert.match(folder.read("output"), /stage=\nentry=true\nlast=false\n(?:created=.*\n)$/);
  });
});
