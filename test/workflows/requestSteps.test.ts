import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { step as releaseStep } from "../../src/cli/release/step";
import { stages } from "../../src/cli/stages";
import { example } from "../support/examples";
import { captureIo } from "../support/io";
import { StepFolder } from "./runStep";

const DIGEST = `sha256:${"a1".repeat(32)}`;

/** Needs jq, which GitHub's machines have; without it these are skipped by name. */
describe("the steps that ask, sign off and tag, run by bash and jq", function () {
  let folder: StepFolder;
  before(function () {
    if (spawnSync("jq", ["--version"]).status !== 0) this.skip();
  });
  beforeEach(() => (folder = new StepFolder()));
  afterEach(() => folder.end());

  for (const [STAGE, TAG, page] of [
    ["qa", "v0.0.1-qa", undefined],
    ["uat", "v0.0.1-uat", "v0.0.1-qa"],
    ["prod", "v0.0.1", "v0.0.1-uat"],
  ] as const)
    it(`request.yml asks for ${TAG} with the images on the page of ${page ?? "nobody"}, which release.yml attested (S0-14, S0-20)`, () => {
      const BRANCH = "release/1";
      folder.standIn("node", { entry: "qa" });
      folder.run("request.yml", "ask", /^The stage/, { ASKED: STAGE === "qa" ? "" : STAGE });
      folder.standIn("node", { tag: TAG });
      folder.standIn("gh");
      folder.run("request.yml", "ask", /^The next tag/, { STAGE, BRANCH });
      assert.equal(folder.read("env"), `STAGE=${STAGE}\nTAG=${TAG}\n`);
      folder.standIn("node", { entry: page === undefined, version: page ?? "v0.0.1" });
      folder.run("request.yml", "ask", /^The step/, { STAGE, TAG, BRANCH });
      folder.act("page-images", { STEP: "step.json", GITHUB_REPOSITORY: "company/orders" });
      const [download = [], verify = []] = folder.calls("gh");
      assert.equal(download[2], page);
      if (page !== undefined) assert.deepEqual(verify.slice(0, 3), ["attestation", "verify", "images.txt"]);
      const IMAGES = page === undefined ? "" : "images.txt";
      assert.equal(/^file=(.*)$/m.exec(folder.read("output"))?.[1] ?? "", IMAGES);
      folder.run("request.yml", "ask", /^Ask/, { STAGE, TAG, BRANCH, IMAGES });
      const asked = folder.calls("node").at(-1) ?? [];
      const images = page === undefined ? [] : ["--images-file", "images.txt"];
      const words = ["release", "request", TAG, "--to", STAGE, "--branch", BRANCH, ...images];
      assert.deepEqual(asked, ["bin/dualreg.js", ...words]);
    });

  it("request.yml asks in nobody's name for the first step of a branch that it cut, and passes a candidate's name on", () => {
    folder.standIn("node", {});
    folder.put("step.json", { entry: true });
    const env = {
      STAGE: "prod",
      BRANCH: "release/2",
      TAG: "v1.2.3",
      VERSION: "v1.2.3-rc1",
      BOT: "company-releases[bot]",
    };
    folder.run("request.yml", "ask", /^Ask/, env);
    const [words = []] = folder.calls("node");
    assert.deepEqual(words.slice(words.indexOf("--version")), [
      "--version",
      "v1.2.3-rc1",
      "--asked-by",
      "company-releases[bot]",
    ]);
  });

  it("request.yml takes a branch that is one line alone: it tells nothing else to the jobs behind (S0-14)", () => {
    folder.standIn("node", { signOffs: ["qa"], tag: "v1.2.3", to: "live" });
    for (const BRANCH of ["release/1\nunsigned=true", "", "main", "release/1 ", "release/01\n"])
      assert.throws(() => folder.run("request.yml", "ask", /^The step/, { STAGE: "live", TAG: "v1.2.3", BRANCH }));
    assert.doesNotMatch(folder.read("output"), /branch=|unsigned=true/);
  });

  it("request.yml places the tag of a stage that nobody signs off, and starts its release", () => {
    folder.standIn("node", { signOffs: [], tag: "v1.2.3", to: "live" });
    folder.run("request.yml", "ask", /^The step/, { STAGE: "live", TAG: "v1.2.3", BRANCH: "release/1" });
    assert.equal(folder.read("output"), "unsigned=true\ntag=v1.2.3\nstage=live\nbranch=release/1\n");
    folder.standIn("gh");
    const env = { TAG: "v1.2.3", STAGE: "live", BRANCH: "release/1", VERSION: "" };
    folder.run("request.yml", "place", /^Place/, env);
    folder.run("request.yml", "place", /^Start/, { ...env, GITHUB_REPOSITORY: "company/orders" });
    const tag = ["release", "tag", "v1.2.3", "--to", "live", "--branch", "release/1"];
    assert.deepEqual(folder.calls("node").at(-1), ["bin/dualreg.js", ...tag]);
    assert.deepEqual(folder.calls("gh")[0]?.slice(0, 7), [
      "workflow",
      "run",
      "release.yml",
      "--repo",
      "company/orders",
      "--ref",
      "main",
    ]);
  });

  it("request.yml takes no stage that is no name", () => {
    folder.standIn("node", { entry: "qa" });
    for (const ASKED of ["../x", "QA", "qa\nTAG=v1", "$(id)"])
      assert.throws(() => folder.run("request.yml", "ask", /^The stage/, { ASKED }), JSON.stringify(ASKED));
    assert.equal(folder.read("env"), "");
  });

  it("request.yml ends where there is nothing to ask for", () => {
    folder.standIn("node", { stage: "uat", move: "none", why: "nothing has reached qa yet" });
    const env = { STAGE: "uat", BRANCH: "release/1" };
    assert.throws(() => folder.run("request.yml", "ask", /^The next tag/, env), /nothing to ask for/);
  });

  it("tag.yml hands the stage and its roles to the gates as the confirmed candidate has them (S0-17)", () => {
    const candidate = { to: "qa", branch: "release/1", version: "v0.0.1", images: [] };
    folder.standIn("node", { candidate, roles: ["qa", "uat"], run: "Sign off v0.0.1-qa for qa" });
    folder.put("step.json", { entry: true });
    folder.run("tag.yml", "candidate", /^Compare/, { TAG: "v0.0.1-qa", TO: "qa", CANDIDATE: DIGEST });
    assert.equal(folder.read("output"), 'to=qa\nroles=["qa","uat"]\nbranch=release/1\nfrom=v0.0.1\n');
  });

  it("request.yml asks past the stages before with reason and images as they were typed, each one word", () => {
    const REASON = "$(touch owned) `id`; rm -rf / --help";
    folder.standIn("node");
    const NAMED = `orders/api@${DIGEST}, --outputs  $(touch owned)`;
    folder.run("request.yml", "ask", /^Images that are named/, { NAMED });
    assert.equal(folder.read("named.txt"), `orders/api@${DIGEST}\n--outputs\n$(touch\nowned)\n`);
    const typed = { TAG: "v0.0.1", STAGE: "prod", BRANCH: "release/1", IMAGES: "named.txt", REASON, SOURCE: "qa" };
    folder.run("request.yml", "ask", /^Ask/, typed);
    const [words = []] = folder.calls("node");
    assert.deepEqual(words.slice(words.indexOf("--break-glass")), [
      ...["--break-glass", REASON, "--from", "qa", "--images-file", "named.txt"],
    ]);
    assert.equal(folder.read("owned"), "");
  });

  it("tag.yml shows those who approve the reason for which it goes past the stages before, as text", () => {
    const breakGlass = { reason: "It `fails` <b>now</b> for everybody", source: "qa" };
    const candidate = { to: "prod", branch: "release/1", version: "v0.0.1-uat", breakGlass, images: [] };
    folder.standIn("node", { roles: ["qa"], run: "Sign off v0.0.1 for prod", candidate });
    folder.run("tag.yml", "candidate", /^Compare/, { TAG: "v0.0.1", TO: "prod", CANDIDATE: DIGEST, IMAGES: "" });
    assert.ok(!(folder.calls("node")[0] ?? []).includes("--images-file"));
    assert.match(folder.read("summary"), /\*\*BREAK-GLASS\*\* from qa: `It {2}fails {2}<b>now<\/b> for everybody`/);
  });

  it("tag.yml compares a candidate's last step with the page of the candidate (S2-5, S2-9)", () => {
    folder.standIn("node", { entry: false, version: "v1.2.3-rc1" });
    const env = { TAG: "v1.2.3", TO: "prod", VERSION: "v1.2.3-rc1" };
    folder.run("tag.yml", "candidate", /^The step/, env);
    folder.standIn("gh");
    folder.act("page-images", { STEP: "step.json", GITHUB_REPOSITORY: "company/orders" });
    assert.deepEqual(folder.calls("node")[0]?.slice(3, 8), ["v1.2.3", "--to", "prod", "--version", "v1.2.3-rc1"]);
    assert.equal(folder.calls("gh")[0]?.[2], "v1.2.3-rc1");
  });

  it("tag.yml starts the release of the tag on main, as a text", () => {
    folder.standIn("gh");
    const env = { TAG: "v0.0.1-rc1", TO: "uat", FROM: "v0.0.1-rc1", GITHUB_REPOSITORY: "company/orders" };
    folder.run("tag.yml", "tag", /^Start/, env);
    assert.deepEqual(folder.calls("gh"), [
      [
        ...["workflow", "run", "release.yml", "--repo", "company/orders", "--ref", "main"],
        ...["--raw-field", "tag=v0.0.1-rc1", "--raw-field", "to=uat", "--raw-field", "from=v0.0.1-rc1"],
      ],
    ]);
  });

  for (const [name, first, all] of [
    ["company", "dev", '["dev","qa","uat","prod"]'],
    ["contoso", "dev", '["dev","qa","prod"]'],
    ["two-stages", "test", '["test","live"]'],
    ["one-stage", "", '["live"]'],
  ] as const)
    it(`the workflows take the stages of ${name} from the command line's list; main goes to ${first || "none"}`, async () => {
      const { io, printed } = captureIo();
      await stages.run({ project: example(name), format: "json" }, io);
      folder.standIn("node", printed.stdout);
      folder.act("stages", {});
      folder.run("release.yml", "step", /^Which stage/, { GITHUB_EVENT_NAME: "push" });
      const lines = folder.read("output").trim().split("\n");
      assert.deepEqual(lines.slice(0, -1), [`all=${all}`, `stage=${first}`, "entry=true", "last=false"]);
    });

  it("release.yml hands the step of a tag on: its stage, whether gates begin there, whether it is the last", async () => {
    const { io, printed } = captureIo();
    const options = { project: example("contoso"), format: "json" } as const;
    await releaseStep.run("v1.0.0", options, io);
    folder.standIn("node", printed.stdout);
    const typed = { GITHUB_EVENT_NAME: "workflow_dispatch", TAG: "v1.0.0", TO: "prod", FROM: "" };
    folder.run("release.yml", "step", /^Which stage/, typed);
    assert.match(
      folder.read("output"),
      /^stage=prod\nentry=false\nlast=true\napprover=owners\nfrom=qa\ngitops=\[\]\nchecks=\[\]\ncreated=\d{4}-\d\d-\d\dT/,
    );
    assert.deepEqual(folder.calls("node")[0], [
      "bin/dualreg.js",
      "release",
      "step",
      "v1.0.0",
      "--to",
      "prod",
      "--format",
      "json",
    ]);
  });
});
