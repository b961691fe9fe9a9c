import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { outputsFor } from "../support/release/outputsFor";
import { StepFolder } from "./runStep";

const OUTPUTS = outputsFor({
  ...{ stage: "uat", host: "ordersuatsecure.azurecr.io", kind: "acr" },
  policy: { signature: true, signers: [] },
});
const DIGEST = `sha256:${"a1".repeat(32)}`;
const OTHER = `sha256:${"b2".repeat(32)}`;

/** Needs jq, which GitHub's machines have; without it these are skipped by name. */
describe("the steps past the stages before, back to a version, and from the first stage, run by bash and jq", function () {
  let folder: StepFolder;
  before(function () {
    if (spawnSync("jq", ["--version"]).status !== 0) this.skip();
  });
  beforeEach(() => (folder = new StepFolder()));
  afterEach(() => folder.end());

  /** What the job of release.yml decides of each image. */
  const decided = (env: Readonly<Record<string, string>>) => {
    folder.put("outputs.json", OUTPUTS);
    folder.run("release.yml", "images", /^The images/, env);
    const of = (key: string) =>
      (JSON.parse(new RegExp(`^${key}=(.*)$`, "m").exec(folder.read("output"))?.[1] ?? "") as Record<string, string>[])
        .map(({ repository, digest, source }) => `${repository} ${digest} ${source}`.trim())
        .sort();
    return { built: of("built"), promoted: of("promoted"), standing: of("standing") };
  };
  const asked = (more: object) => ({ request: { candidate: { images: [IMAGE], ...more } } });
  const IMAGE = { repository: "orders/api", digest: DIGEST };

  it("release.yml takes what was signed off in the first stage from there, and builds the rest (S2-9)", () => {
    folder.put("sign-offs/check.json", asked({}));
    assert.deepEqual(decided({ ENTRY: "true" }), {
      built: ["orders/console", "orders/web"],
      promoted: [`orders/api ${DIGEST}`],
      standing: [],
    });
  });

  it("release.yml builds what is bound to its stage, though the request names the first stage's", () => {
    folder.put("sign-offs/check.json", asked({ images: [{ repository: "orders/console", digest: DIGEST }] }));
    const { built, promoted } = decided({ ENTRY: "true" });
    assert.deepEqual([built, promoted], [["orders/api", "orders/console", "orders/web"], []]);
  });

  it("release.yml publishes past the stages before what all roles let through, and nothing else", () => {
    folder.put("sign-offs/check.json", asked({ breakGlass: { reason: "$(id)", source: "qa" } }));
    const { built, promoted } = decided({ ENTRY: "false" });
    assert.deepEqual([built, promoted], [[`orders/api ${DIGEST} qa`], []]);
  });

  it("release.yml ends where an image that was let past the stages before has left the map, or is bound to its stage", () => {
    for (const repository of ["orders/gone", "orders/console"]) {
      const images = [IMAGE, { repository, digest: DIGEST }];
      folder.put("sign-offs/check.json", asked({ images, breakGlass: { reason: "outage", source: "qa" } }));
      assert.throws(() => decided({ ENTRY: "false" }), new RegExp(`${repository} was let past the stages before`));
    }
  });

  it("release.yml rolls back to the digests on the page, as they were signed off, and builds and copies nothing", () => {
    folder.put("sign-offs/check.json", asked({}));
    folder.put("images.txt", `orders/api@${DIGEST}\norders/console@${OTHER}\n`);
    assert.deepEqual(decided({ ENTRY: "false", ROLLBACK: "yes" }), {
      ...{ built: [], promoted: [] },
      standing: [`orders/api ${DIGEST}`, `orders/console ${OTHER}`],
    });
    for (const [page, says] of [
      ["", /names no image/],
      [`orders/api@${OTHER}\n`, /was signed off/],
      [`orders/gone@${DIGEST}\n`, /orders\/gone is mapped no longer/],
    ] as const) {
      folder.put("images.txt", page);
      assert.throws(() => decided({ ENTRY: "false", ROLLBACK: "yes", TAG: "v0.0.1" }), says);
    }
  });

  it("release.yml names who asked for a rollback and each digest, in its summary and in GitHub's record", () => {
    folder.standIn("gh", { id: 7 });
    const IMAGES = JSON.stringify([{ repository: "orders/api", digest: DIGEST, class: "secure" }]);
    const people = { ASKED_BY: "jane", STARTED_BY: "john" };
    folder.run("release.yml", "rolled-back", /^What is to be/, { TAG: "v0.0.1", STAGE: "prod", IMAGES, ...people });
    assert.match(folder.read("summary"), /^Rolled back prod to v0\.0\.1, asked for by jane and john\./);
    assert.ok(folder.read("summary").includes(`- \`orders/api@${DIGEST}\``));
    folder.put("programs/gh", `#!/usr/bin/env bash\ncat >> "${folder.path}/sent"; echo '{"id": 7}'\n`);
    const record = {
      COMMIT: "c",
      STAGE: "prod",
      TASK: "dual-registry:rollback",
      PAYLOAD: "rollback.json",
      RUN: "https://x",
    };
    folder.act("record", record);
    const [deployment] = folder.read("sent").split(/(?<=^\})\n/m);
    const { payload, ref, environment, task } = JSON.parse(deployment ?? "") as Record<string, unknown>;
    assert.deepEqual([ref, environment, task], ["c", "prod", "dual-registry:rollback"]);
    assert.deepEqual(payload, { tag: "v0.0.1", askedBy: ["jane", "john"], images: [IMAGE] });
  });

  it("build-publish.yml fetches what goes past the stages by its digest, and publishes it with the reason as one word", () => {
    const reason = '$(touch owned); "`id`" --lock never && exit 1';
    folder.standIn("node", { digest: DIGEST, tags: ["v0.0.1"], images: [{ labels: {} }] });
    folder.put("layout/oci-layout", "{}");
    const at = { HOST: "ordersqasecure.azurecr.io", IMAGE: "orders/api", DIGEST, RUNNER_TEMP: folder.path };
    folder.run("build-publish.yml", "fetch", /^The image alone/, at);
    const name = `ordersqasecure.azurecr.io/orders/api@${DIGEST}`;
    assert.deepEqual(
      folder.calls("node").map((words) => words.slice(1)),
      [
        ["image", "export", name, "--to", "layout", "--alone"],
        ["image", "labels", name, "--format", "json"],
      ],
    );
    const labels = {
      "org.opencontainers.image.version": "v0.0.1-qa",
      "org.opencontainers.image.created": "2026-01-01T00:00:00Z",
    };
    folder.put("in/image/labels.json", { images: [{ labels }] });
    folder.put("in/sign-offs/check.json", asked({ breakGlass: { reason, source: "qa" } }));
    folder.put("in/sign-offs/signed/orders-api.json", {});
    folder.run("build-publish.yml", "publish", /^Push/, {
      DIGEST,
      VERSION: "v0.0.1",
      COMMIT: "c",
      IMAGE: "orders/api",
    });
    const words = folder.calls("node").at(-1) ?? [];
    assert.equal(words[words.indexOf("--break-glass") + 1], reason);
    assert.equal(words[words.indexOf("--tag") + 1], "v0.0.1");
    assert.equal(words[words.indexOf("--sign-offs") + 1], "in/sign-offs/signed/orders-api.json");
    assert.equal(folder.read("owned"), "");
    const { commit, version, createdAt } = JSON.parse(folder.read("in/build.json")) as Record<string, string>;
    assert.deepEqual([commit, version, createdAt], ["c", "v0.0.1-qa", "2026-01-01T00:00:00Z"]);
    folder.put("in/sign-offs/check.json", asked({}));
    assert.throws(() => folder.run("build-publish.yml", "publish", /^Push/, { DIGEST, VERSION: "v0.0.1" }));
  });

  it("promote.yml promotes by the digest that was signed off, under the version it is called before", () => {
    folder.standIn("node", [{ digest: DIGEST, tags: ["v0.0.1-qa"], locked: null }]);
    folder.run("promote.yml", "promote", /^Promote/, { IMAGE: "orders/api", STANDS: `@${DIGEST}`, FROM: "v0.0.1" });
    const [words = []] = folder.calls("node");
    assert.deepEqual(words.slice(1, 6), ["image", "promote", `orders/api@${DIGEST}`, "--version", "v0.0.1"]);
  });
});
