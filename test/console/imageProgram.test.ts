import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { recordStages } from "../../src/preview/record/recordStages";
import { assertNoUnexpected, theResource } from "../support/recorder";

const ROOT = resolve(__dirname, "../..");
const IMAGE = "docker:index/image:Image";

describe("images/: the console's image by Pulumi", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "dualreg-image-program-"));
    for (const file of ["Pulumi.yaml", "index.ts", "package.json"]) cpSync(join(ROOT, "images", file), join(dir, file));
    cpSync(join(ROOT, "tsconfig.json"), join(dir, "tsconfig.json"));
    symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"), "junction");
    writeFileSync(join(dir, "Pulumi.qa.yaml"), "config:\n  console-image:version: v1.2.3\n");
    mkdirSync(join(dir, "console/build"), { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("builds one image for each platform with BuildKit, pushes none, and is given no registry and no login (S0-3)", async () => {
    writeFileSync(join(dir, "console/build/Dockerfile"), "FROM scratch\n");
    const { recordings, failures } = await recordStages({ projectDir: dir, stages: ["qa"] });
    const recording = recordings.get("qa") ?? assert.fail(JSON.stringify(failures));
    assertNoUnexpected(recording, [IMAGE]);
    for (const architecture of ["amd64", "arm64"]) {
      const { inputs, options } = theResource(recording, IMAGE, `console-${architecture}`);
      assert.deepEqual(inputs, {
        build: {
          builderVersion: "BuilderBuildKit",
          context: "console",
          dockerfile: "console/build/Dockerfile",
          platform: `linux/${architecture}`,
        },
        buildOnPreview: false,
        imageName: `orders/console:v1.2.3-${architecture}`,
        skipPush: true,
      });
      assert.deepEqual(options, {});
    }
    assert.equal(recording.resources.filter(({ type }) => type === IMAGE).length, 2);
  });

  it("says what makes the context where it is not there", async () => {
    const { failures } = await recordStages({ projectDir: dir, stages: ["qa"] });
    assert.match(
      failures[0]?.message ?? "",
      /build\/Dockerfile is missing: run `make --directory images\/console all`/,
    );
  });
});
