import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { images as imagesSchema } from "../../src/config/images";
import { decode } from "../../src/base/decode/decode";
import { outputsFor } from "../support/release/outputsFor";
import { describeWith, startDistribution } from "../support/registries";
import { StepFolder } from "../workflows/runStep";

const ROOT = resolve(__dirname, "../..");
const PRODUCT = join(ROOT, "samples/product");

/** What the sample's map says of its images. */
const mapped = () => {
  const { config } = load(readFileSync(join(PRODUCT, "Pulumi.yaml"), "utf8")) as {
    config: { images: { value: unknown } };
  };
  const read = decode(imagesSchema, config.images.value);
  assert.ok(read.success);
  return read.data;
};

describeWith(["make", "go"], "the sample product and the workflows", () => {
  let folder: StepFolder;
  beforeEach(() => {
    folder = new StepFolder();
    cpSync(PRODUCT, folder.path, { recursive: true, filter: (from) => !/product\/(?:build|dist)$/.test(from) });
  });
  afterEach(() => folder.end());

  /** What the steps get of this machine beside its programs. */
  const HERE = { HOME: process.env["HOME"] ?? tmpdir(), TMPDIR: tmpdir() };

  it("S2-14 build-publish.yml finds each Dockerfile of the sample where its map says, and makes what it copies", () => {
    folder.standIn("docker");
    const images = mapped();
    assert.equal(images.length, 4);
    for (const { repository, build } of images) {
      const env = {
        ...HERE,
        ...{ IMAGE: repository, CONTEXT: build?.context ?? "", DOCKERFILE: build?.dockerfile ?? "" },
        ...{ COMMIT: "c", VERSION: "v1.2.3", SOURCE: "https://x", CREATED: "now", BINDING: "portable", BOUND: "" },
        RUNNER_TEMP: folder.path,
      };
      for (const step of [/^Where it is built/, /^Build/]) folder.run("build-publish.yml", "build", step, env);
      const words = folder.calls("docker").at(-1) ?? [];
      const dockerfile = words[words.indexOf("--file") + 1] ?? "";
      const [, copied = ""] = /^COPY (\S+) /m.exec(readFileSync(join(folder.path, dockerfile), "utf8")) ?? [];
      for (const arch of ["amd64", "arm64"]) {
        const program = join(folder.path, copied.replace("${TARGETARCH}", arch));
        const [magic, machine] = [readFileSync(program).subarray(0, 4), readFileSync(program).readUInt16LE(18)];
        assert.deepEqual([magic.toString("latin1"), machine], ["\x7fELF", arch === "amd64" ? 62 : 183], program);
      }
    }
  });

  it("S0-16 release.yml makes the programs of a version for both platforms, with checksums that hold, for its page", () => {
    const version = "v1.2.3-rc1";
    folder.run("release.yml", "binaries", /^Its package/, { ...HERE, VERSION: version });
    const names = ["builder", "metrics-pusher", "sidecar", "web"];
    const wanted = names.flatMap((name) => ["amd64", "arm64"].map((arch) => `${name}_${version}_linux_${arch}`));
    assert.deepEqual(readdirSync(join(folder.path, "dist")).sort(), wanted.sort());
    folder.put("published.json", []);
    folder.run("release.yml", "list", /^Binaries/);
    const sums = execFileSync("sha256sum", ["--check", "SHA256SUMS"], {
      cwd: join(folder.path, "dist"),
      encoding: "utf8",
    });
    assert.equal(sums.split("\n").filter((line) => line.endsWith(": OK")).length, wanted.length + 1);
    const own = `builder_${version}_linux_${process.arch === "arm64" ? "arm64" : "amd64"}`;
    assert.equal(execFileSync(join(folder.path, "dist", own), ["--version"], { encoding: "utf8" }), `${version}\n`);
  });

  it("S0-16 release.yml ends where a commit has nothing for the page of its version", () => {
    folder.bash("rm -rf ./*");
    assert.throws(
      () => folder.run("release.yml", "binaries", /^Its package/, { VERSION: "v1" }),
      /neither package\.json nor/,
    );
  });
});

describeWith(["docker-registry", "make", "htpasswd"], "make docker-login", () => {
  it("S4-1 S4-2 logs in at the registry of REGISTRY_TYPE, by a token that no argument holds", async () => {
    const registry = await startDistribution({ auth: "htpasswd" });
    const dir = mkdtempSync(join(tmpdir(), "dualreg-make-"));
    try {
      const policy = { signature: false, signers: [] };
      const outputs = join(dir, "dev.json");
      writeFileSync(
        outputs,
        JSON.stringify(outputsFor({ stage: "dev", host: registry.host, kind: "distribution", policy })),
      );
      const { username = "", password = "" } = registry.credentials ?? {};
      const login = (type: string, token: string) =>
        spawnSync(
          "make",
          ["docker-login", `REGISTRY_TYPE=${type}`, `OUTPUTS=${outputs}`, `REGISTRY_USER=${username}`],
          {
            cwd: PRODUCT,
            encoding: "utf8",
            env: { PATH: process.env["PATH"] ?? "", HOME: dir, DOCKER_CONFIG: dir, REGISTRY_TOKEN: token },
          },
        );
      const ended = login("distribution", password);
      assert.equal(ended.status, 0, `${ended.stdout}${ended.stderr}`);
      assert.ok(!`${ended.stdout}${ended.stderr}`.includes(password));
      const { auths } = JSON.parse(readFileSync(join(dir, "config.json"), "utf8")) as { auths: Record<string, object> };
      assert.deepEqual(Object.keys(auths), [registry.host]);
      assert.notEqual(login("distribution", "wrong").status, 0);
      const other = login("ghcr", password);
      assert.notEqual(other.status, 0);
      assert.match(other.stderr, /ghcr/);
    } finally {
      rmSync(dir, { recursive: true, force: true });
      await registry.stop();
    }
  });
});
