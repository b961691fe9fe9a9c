import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { labels } from "../../src/cli/labels";
import { searchedStage, type SearchedStage } from "../support/console/searchedStage";
import { runCommand } from "../support/io";
import { describeWith, REFERRERS_TOOL, refusal } from "../support/registries";

const BIN = resolve(__dirname, "../../bin/dualreg.js");

describeWith(["docker-registry", REFERRERS_TOOL], "dualreg labels", () => {
  let stage: SearchedStage;
  let dir: string;
  let outputs: string;
  before(async () => {
    stage = await searchedStage();
    dir = mkdtempSync(join(tmpdir(), "dualreg-labels-"));
    outputs = join(dir, "outputs.json");
    writeFileSync(outputs, JSON.stringify(stage.ground.outputs));
  });
  afterEach(() => {
    stage.ground.fronts.secure.use();
    rmSync(join(dir, "site"), { recursive: true, force: true });
  });
  after(async () => {
    await stage.end();
    rmSync(dir, { recursive: true, force: true });
  });

  it("S0-9 labels prints the labels of every image of both registries, with progress on standard error", async () => {
    const table = await runCommand((io) => labels.run({ outputs, format: "table" }, io));
    assert.equal(table.code, 0);
    assert.match(table.stdout, /^IMAGE +CLASS +PLATFORM +LABEL +VALUE\n/);
    assert.match(table.stdout, /orders\/api:v1 +secure +linux\/arm64 +com\.example\.tier +arm64\n/);
    assert.match(
      table.stdout,
      /orders\/web:v1 +standard +linux\/amd64 +org\.opencontainers\.image\.vendor +Web Team\n/,
    );
    assert.match(table.stderr, /^orders\/api: 2$/m);
    const json = await runCommand((io) => labels.run({ outputs, format: "json" }, io));
    const { images, unread } = JSON.parse(json.stdout) as { images: { digest: string; tags: string[] }[]; unread: [] };
    assert.deepEqual([images.find(({ digest }) => digest === stage.index)?.tags, unread], [["v1"], []]);
  });

  it("labels asks a manifest and a configuration of each image, and nothing else", async () => {
    const requests = await stage.ground.requestsOf("standard", () =>
      runCommand((io) => labels.run({ outputs, format: "json" }, io)),
    );
    const asked = requests.map((line) => line.replace(/sha256:.*/, "…")).filter((line) => !line.endsWith(" /v2/"));
    assert.deepEqual(asked.filter((line) => line.includes("/manifests/")).sort(), [
      "GET /v2/orders/web/manifests/plain",
      "GET /v2/orders/web/manifests/v1",
    ]);
    assert.deepEqual(asked.filter((line) => line.includes("/blobs/")).length, 2);
    assert.equal(asked.length, 5, asked.join("\n"));
  });

  it("labels ends with 1 where an image was not read, says why, and prints the others", async () => {
    stage.ground.fronts.secure.use(() => Promise.resolve(refusal(404, "NAME_UNKNOWN")));
    const gone = await runCommand((io) => labels.run({ outputs, format: "table" }, io));
    assert.equal(gone.code, 0, gone.stderr);
    stage.ground.fronts.secure.use((asked, next) =>
      asked.path.endsWith("/manifests/v2") ? Promise.resolve(refusal(403, "DENIED")) : next(),
    );
    const part = await runCommand((io) => labels.run({ outputs, format: "table" }, io));
    assert.equal(part.code, 1);
    assert.match(part.stderr, /^not read: .*orders\/api/m);
    assert.match(part.stdout, /orders\/api:v1 /);
  });

  it("labels refuses a site without a folder, and a folder without a site", async () => {
    for (const [options, why] of [
      [{ format: "html" }, /--format html wants a folder: give --out/],
      [{ format: "json", out: join(dir, "site") }, /--out is for --format html alone/],
    ] as const) {
      const { code, stderr } = await runCommand((io) => labels.run({ outputs, ...options }, io));
      assert.equal(code, 2);
      assert.match(stderr, why);
    }
  });

  it("labels that is killed while it reads leaves no half site, and the next one writes it whole", async () => {
    const site = join(dir, "site");
    stage.ground.fronts.secure.use(() => new Promise(() => undefined));
    const child = spawn(process.execPath, [BIN, "labels", "--outputs", outputs, "--format", "html", "--out", site], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    await new Promise((done) => child.stderr.once("data", done));
    child.kill("SIGKILL");
    await new Promise((done) => child.once("close", done));
    assert.ok(!existsSync(site));
    assert.ok(readdirSync(dir).some((name) => name.endsWith(".next")));
    stage.ground.fronts.secure.use();
    const { code, stdout } = await runCommand((io) => labels.run({ outputs, format: "html", out: site }, io));
    assert.equal(code, 0);
    assert.match(stdout, /4 images of 3 repositories, 10 pages\n$/);
    assert.match(readFileSync(join(site, "index.html"), "utf8"), /orders\/api/);
  });
});
