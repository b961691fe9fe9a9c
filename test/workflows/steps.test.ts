import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { outputsFor } from "../support/release/outputsFor";
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

  for (const [what, built, read] of [
    ["of main which of the first stage's registries it is", "main", '{"chosen":true}'],
    ["of a feature which of the first stage's registries it is", "feature/x", '{"chosen":true}'],
    ["a tag's stage as it is", "", '{"stage":"dev"}'],
  ] as const)
    it(`release.yml reads ${what} (S4-7)`, () => {
      folder.standIn("pulumi", { stage: "dev" });
      folder.standIn("node", { chosen: true });
      folder.run("release.yml", "deploy", /^What the stage says/, { STAGE: "dev", BUILT_FROM: built });
      assert.equal(folder.read("outputs.json"), read);
      const select = ["bin/dualreg.js", "registry", "select", "--outputs", "outputs.json", "--branch", built];
      const asked = built === "" ? [] : [[...select, "--format", "outputs"]];
      assert.deepEqual(folder.calls("node"), asked);
    });

  it("the action registry logs in to GHCR by the job's token on standard input, and to no registry of a stored password (S4-1, S4-2)", () => {
    folder.standIn("node", { registries: [{ kind: "ghcr", host: "ghcr.io", region: null }] });
    const at = { OUTPUTS: "outputs.json", CLASS: "secure", HOST: "ghcr.io", TOKEN: "the-token-of-a-job" };
    folder.act("registry", { ...at, KIND: "ghcr" });
    assert.equal(folder.read("output"), "kind=ghcr\nhost=ghcr.io\nregion=\n");
    const select = ["bin/dualreg.js", "registry", "select", "--outputs", "outputs.json", "--class", "secure"];
    assert.deepEqual(folder.calls("node"), [
      [...select, "--format", "json"],
      ["bin/dualreg.js", "registry", "login", "ghcr.io", "--password-stdin"],
    ]);
    assert.throws(
      () => folder.act("registry", { ...at, HOST: "quay.io", KIND: "quay" }),
      /quay\.io is of kind quay, whose passwords are stored ones, and no job here holds any; allowed: acr, ecr, gar, ghcr/,
    );
    assert.equal(folder.calls("node").length, 3);
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
