import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { describeWith } from "../support/registries";

const ROOT = resolve(__dirname, "../..");

function sample(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ["--import", "tsx", "samples/main.ts", ...args], { cwd: ROOT });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => (said[name] += text));
    }
    child.on("error", fail).on("close", (code) => done({ code, ...said }));
  });
}

describeWith(
  ["docker-registry", "skopeo", "buildah", "make", "go"],
  "the sample product",
  () => {
    it("npm run sample builds four images for two platforms, publishes them whole, promotes, verifies and pulls them, and says how long each took (S1-12, S1-24, S1-25, S0-16, S2-14, S4-3, S4-15)", async () => {
      const { code, stdout, stderr } = await sample(["--runs", "3", "--format", "json"]);
      assert.equal(code, 0, stderr);
      const { product, underFaults, binaries } = JSON.parse(stdout) as {
        product: {
          publish: number;
          promote: number;
          images: { image: string; digest: string; publish: number; pull: number }[];
        };
        underFaults: { runs: number; succeeded: number; failed: string[] };
        binaries: { files: string[]; says: string };
      };
      const { images } = product;
      const names = ["builder", "sidecar", "metrics-pusher", "web"];
      assert.deepEqual(
        images.map(({ image }) => image),
        names,
      );
      for (const { publish, pull } of images) assert.ok(Math.min(publish, pull) > 0);
      assert.ok(product.publish > 0 && product.promote > 0);
      assert.equal(new Set(images.map(({ digest }) => digest)).size, 4);
      assert.deepEqual(
        { ...underFaults, failed: underFaults.failed.join("\n") },
        { runs: 3, succeeded: 3, failed: "" },
      );
      assert.deepEqual(
        binaries.files,
        names.flatMap((name) => ["amd64", "arm64"].map((arch) => `${name}_v1.0.0_linux_${arch}`)).sort(),
      );
      assert.equal(binaries.says, "v1.0.0");
    });

    it("npm run sample refuses another number of runs, another format and what it does not know, with how it is used", async () => {
      for (const args of [["--runs", "many"], ["--runs", "-1"], ["--format", "xml"], ["--rnus", "3"], ["3"]]) {
        const { code, stderr } = await sample(args);
        assert.equal(code, 2);
        assert.match(stderr, /^Usage: npm run sample/);
      }
    });
  },
  600,
);
