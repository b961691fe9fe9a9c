import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dualreg } from "../../../src/cli/program";
import { captureIo } from "../../support/io";
import { pushTiny, tinyImage } from "../../../src/images/smoke";
import { credentialsFor, openRegistry } from "../../../src/oci";
import { describeWith, startDistribution } from "../../support/registries";

const DIGEST = `sha256:${"b".repeat(64)}`;
const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2\r
kind: HelmRelease\r
metadata: { name: inventory }\r
spec:\r
  values:\r
    image:\r
      repository: registry.example.com/company/inventory\r
      tag: v1.2.3 # what runs\r
`;
const POLICY = `apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: { name: inventory }
spec:
  imageRepositoryRef: { name: inventory }
  filterTags: { pattern: '^v(?P<version>.*)$', extract: $version }
  policy:
    semver:
      range: 1.2.x # follows releases
`;

describe("dualreg gitops", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dualreg-set-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: registries\nruntime: nodejs\n");
    writeFileSync(join(folder, "release.yaml"), RELEASE);
    writeFileSync(join(folder, "policy.yaml"), POLICY);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function run(...args: readonly string[]) {
    const { io, printed } = captureIo();
    const code = await dualreg(["gitops", ...args], { ...io, cwd: folder });
    return { code, ...printed };
  }
  const set = (...args: readonly string[]) =>
    run("set", "--file", "release.yaml", "--image", "company/inventory", ...args);
  const release = () => readFileSync(join(folder, "release.yaml"), "utf8");

  it("S3-5 gitops set changes the image's scalars in the file alone, and again nothing", async () => {
    const to = ["--tag", "v1.3.0", "--digest", DIGEST, "--host", "prod.example.com", "--stage", "prod"];
    const { code, stderr } = await set(...to);
    assert.deepEqual([code, stderr], [0, ""]);
    const wanted = RELEASE.replace("registry.example.com", "prod.example.com").replace("v1.2.3", `v1.3.0@${DIGEST}`);
    assert.equal(release(), wanted);
    assert.equal((await set(...to)).stdout, "release.yaml: nothing to change\n");
    assert.equal(release(), wanted);
    assert.deepEqual(readdirSync(folder).sort(), ["Pulumi.yaml", "policy.yaml", "release.yaml"]);
  });

  it("S3-5 gitops set --dry-run prints a patch and writes nothing", async () => {
    const before = statSync(join(folder, "release.yaml")).mtimeMs;
    const { code, stdout } = await set("--tag", "v1.3.0", "--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /^--- a\/release\.yaml\n\+\+\+ b\/release\.yaml\n/);
    assert.match(stdout, /\n- {6}tag: v1\.2\.3 # what runs\r\n\+ {6}tag: v1\.3\.0 # what runs/);
    assert.equal(release(), RELEASE);
    assert.equal(statSync(join(folder, "release.yaml")).mtimeMs, before);
    const json = JSON.parse((await set("--tag", "v1.3.0", "--dry-run", "--format", "json")).stdout) as {
      written: boolean;
      changed: boolean;
    };
    assert.deepEqual([json.changed, json.written], [true, false]);
  });

  it("S3-5 gitops set refuses, and changes nothing: no such image, a tag where a digest is demanded, a link, an unknown stage", async () => {
    const unknown = await run("set", "--file", "release.yaml", "--image", "company/inventroy", "--tag", "v2");
    assert.equal(unknown.code, 1);
    assert.match(
      unknown.stderr,
      /does not name image "company\/inventroy"; it names registry\.example\.com\/company\/inventory; did you mean company\/inventory\?/,
    );
    const tag = await set("--tag", "v1.3.0", "--stage", "prod");
    assert.deepEqual([tag.code, tag.stderr.startsWith("prod deploys digests")], [1, true]);
    assert.equal((await set("--tag", "v1.3.0", "--stage", "e2e")).code, 2);
    assert.equal((await set()).code, 2);
    assert.equal((await set("--digest", "sha256:1")).code, 1);
    assert.equal((await set("--host", "robot:hunter2@example.com")).code, 1);
    symlinkSync(join(folder, "release.yaml"), join(folder, "link.yaml"));
    mkdirSync(join(folder, "folder"));
    for (const name of ["link.yaml", "folder", "missing.yaml"]) {
      const refused = await run("set", "--file", name, "--image", "company/inventory", "--tag", "v2");
      assert.deepEqual([refused.code, /is no file/.test(refused.stderr)], [2, true]);
    }
    assert.equal(release(), RELEASE);
    assert.equal((await set("--tag", "v1.3.0", "--stage", "dev")).code, 0);
  });

  it("S3-2 gitops range follows releases by minor and major version, and keeps candidates out of prod", async () => {
    const range = (version: string, ...more: readonly string[]) =>
      run("range", "--file", "policy.yaml", "--release", version, "--stage", "prod", ...more);
    const policy = () => /range: (.*) # follows releases/.exec(readFileSync(join(folder, "policy.yaml"), "utf8"))?.[1];
    assert.match((await range("v1.3.0")).stdout, /^1\.2\.x -> 1\.3\.x: v1\.3\.0 was not in it\n--- a\/policy\.yaml/);
    assert.equal(policy(), "1.3.x");
    assert.equal((await range("v1.3.7")).stdout, "1.3.x: v1.3.7 is in it\n");
    assert.equal((await range("v2.0.0", "--dry-run")).code, 0);
    assert.equal(policy(), "1.3.x");
    assert.equal((await range("v2.0.0")).code, 0);
    assert.equal(policy(), "2.0.x");
    assert.equal((await range("v2.1.0-rc1")).code, 1);
    assert.equal((await range("v1.9.0")).code, 1);
    assert.equal((await range("2.1.0")).code, 2);
    assert.equal(policy(), "2.0.x");
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      "name: registries\nruntime: nodejs\nconfig:\n  product: { value: { versionPrefix: none } }\n",
    );
    writeFileSync(join(folder, "policy.yaml"), POLICY.replace("^v", "^"));
    assert.equal((await range("1.4.0")).code, 0);
    assert.equal(policy(), "1.4.x");
  });

  it("S3-2 gitops winner says which tag Flux chooses, by a file's policy and by options", async () => {
    writeFileSync(join(folder, "tags"), "v1.2.3\nv1.2.4\nv1.3.0\nv1.2.5-rc1\n");
    const tags = ["--tags-file", join(folder, "tags")];
    const file = await run("winner", "--file", join(folder, "policy.yaml"), ...tags);
    assert.equal(file.code, 0);
    assert.match(
      file.stdout,
      /\nv1\.2\.5-rc1 +prerelease +a prerelease, and "1\.2\.x" names none, such as -0\n\nFlux chooses v1\.2\.4\n$/,
    );
    assert.match((await run("winner", "--alphabetical", "desc", ...tags)).stdout, /Flux chooses v1\.2\.3\n$/);
    const none = await run("winner", "--range", "9.x", ...tags, "--format", "json");
    assert.deepEqual([none.code, (JSON.parse(none.stdout) as { winner: unknown }).winner], [1, null]);
    assert.equal((await run("winner", "--range", ">=a", ...tags)).code, 1);
    assert.equal((await run("winner", ...tags)).code, 2);
    assert.equal((await run("winner", "--range", "1.x")).code, 2);
    assert.equal((await run("winner", "--file", join(folder, "policy.yaml"), "--policy", "other", ...tags)).code, 2);
  });
});

describeWith(["docker-registry"], "dualreg gitops winner at a registry", () => {
  it("S3-2 gitops winner asks a registry for its tags", async () => {
    const registry = await startDistribution();
    const session = openRegistry(registry.host, { credentials: credentialsFor({}) });
    try {
      const target = session.repository("company/inventory");
      const image = tinyImage();
      await pushTiny(target, image);
      for (const tag of ["v1.2.3", "v1.10.0", "v1.9.0", "v2.0.0-rc1"])
        await target.writeManifest(image.manifest, { tag });
      const { io, printed } = captureIo();
      const code = await dualreg(
        ["gitops", "winner", "--range", "1.x", "--repository", `${registry.host}/company/inventory`],
        io,
      );
      assert.deepEqual([code, printed.stderr], [0, ""]);
      assert.match(printed.stdout, /\nFlux chooses v1\.10\.0\n$/);
    } finally {
      await session.close();
      await registry.stop();
    }
  });
});
