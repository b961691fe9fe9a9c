import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { supportOf } from "../../src/domain/image/ruleSupport";
import type { RegistryKind } from "../../src/domain/image/registryKind";
import type { RegistryOutput, StageOutputs } from "../../src/outputs";
import { image } from "../support/images/image";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { describeWith, startDistribution, type TestRegistry } from "../support/registries";
import { type NamedHosts, startNamedHosts } from "../support/registries/namedHosts";
import { outputsFor } from "../support/release/outputsFor";
import { buildOf, labelsOf } from "../support/release/world";

const run = promisify(execFile);
const REPOSITORY = resolve(__dirname, "../..");
const ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
/** Pulls in a row, and the most while something else runs. */
const PULLS = 3;
const MOST_PULLS = 500;

describeWith(["docker-registry", "skopeo", "openssl"], "a stage that changes from ECR to another kind", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-ecr-"));
  let ecr: TestRegistry;
  let ghcr: TestRegistry;
  let hosts: NamedHosts;
  before(async () => {
    [ecr, ghcr] = await Promise.all([startDistribution(), startDistribution()]);
    hosts = await startNamedHosts({ [ECR]: ecr.host, "ghcr.io": ghcr.host });
    const auth = Buffer.from("AWS:token-of-a-test").toString("base64");
    mkdirSync(join(dir, "docker"));
    writeFileSync(
      join(dir, "docker", "config.json"),
      JSON.stringify({ auths: { [ECR]: { auth }, "ghcr.io": { auth } } }),
    );
  });
  after(async () => {
    await hosts.stop();
    await Promise.all([ecr.stop(), ghcr.stop()]);
    rmSync(dir, { recursive: true, force: true });
  });

  const env = (more: Record<string, string> = {}) => ({
    ...{ HOME: dir, PATH: process.env.PATH ?? "", DOCKER_CONFIG: join(dir, "docker"), NO_PROXY: "", no_proxy: "" },
    ...hosts.env,
    ...more,
  });
  const base = outputsFor({
    stage: "dev",
    host: "localhost:1",
    kind: "acr",
    policy: { signature: false, signers: [] },
  });
  const registryOf = (kind: RegistryKind, loginServer: string, namespace?: string): RegistryOutput => ({
    ...{ ...base.registries.standard, kind, mode: "reference", loginServer, rules: supportOf(kind) },
    ...(namespace !== undefined && { namespace }),
  });
  const inEcr = registryOf("ecr", ECR);
  const inGhcr = registryOf("ghcr", "ghcr.io", "company");
  function outputs(standard: RegistryOutput, ...alternatives: RegistryOutput[]): string {
    const file = join(dir, "outputs.json");
    const all: StageOutputs = {
      ...{
        ...base,
        registries: { ...base.registries, standard },
        alternatives: { secure: [], standard: alternatives },
      },
    };
    writeFileSync(file, JSON.stringify(all));
    return file;
  }
  let images = 0;
  /** Publishes an image to where a stage's outputs say, by the command itself, and gives back its digest. */
  async function publish(file: string, more: Record<string, string> = {}): Promise<string> {
    const version = `v1.0.${++images}`;
    const layout = join(dir, version);
    const built = await image(await LayoutBuilder.begin(layout), {
      tag: "built",
      seed: version,
      labels: labelsOf(version),
    });
    const build = join(dir, `${version}.json`);
    writeFileSync(build, JSON.stringify(buildOf(version)));
    const args = [
      "image",
      "publish",
      `oci:${layout}:built`,
      "--outputs",
      file,
      "--image",
      "orders/web",
      "--build",
      build,
    ];
    await run(process.execPath, [join(REPOSITORY, "bin/dualreg.js"), ...args, "--tag", "dev"], { env: env(more) });
    return built.descriptor.digest;
  }
  /** What a client that knows nothing of the change gets from ECR. */
  async function pull(): Promise<string> {
    const args = ["inspect", "--format", "{{.Digest}}", `docker://${ECR}/orders/web:dev`];
    const { stdout } = await run("skopeo", args, { env: env() });
    return stdout.trim();
  }
  const writes = (host: string) =>
    hosts.came.filter((one) => one.host === host && !["GET", "HEAD"].includes(one.method)).length;

  it("S4-13 a client of ECR pulls before, while and after the stage publishes elsewhere, and ECR gets no write that nobody asked for", async () => {
    const first = await publish(outputs(inEcr));
    const pulled: string[] = [];
    for (let pulls = 0; pulls < PULLS; pulls++) pulled.push(await pull());
    const before = writes(ECR);
    assert.ok(before > 0);

    const changed = outputs(inGhcr, inEcr);
    const over = new AbortController();
    // One after the other: two at once that move one tag are refused, and rightly.
    const publishing = publish(changed)
      .then(() => publish(changed))
      .finally(() => {
        over.abort();
      });
    let during = 0;
    for (; !over.signal.aborted && during < MOST_PULLS; during++) pulled.push(await pull());
    await publishing;
    for (let pulls = 0; pulls < PULLS; pulls++) pulled.push(await pull());
    assert.ok(during >= 1, `${during} pulls while it was published`);
    assert.deepEqual([...new Set(pulled)], [first]);
    assert.equal(writes(ECR), before);
    assert.ok(writes("ghcr.io") > 0);
    assert.deepEqual(
      hosts.came.filter(({ host, status }) => host === ECR && status >= 500),
      [],
    );

    const asked = await publish(changed, { REGISTRY_TYPE: "ecr" });
    assert.ok(writes(ECR) > before);
    assert.equal(await pull(), asked);
  });
});
