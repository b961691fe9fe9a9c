import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MappedImage } from "../src/domain/image/imageClass";
import type { StageOutputs } from "../src/outputs";
import { BareRepository } from "../test/support/gitops/bareRepository";
import { startGithubForge } from "../test/support/gitops/forges";
import { helmRelease } from "../test/support/gitops/ground";
import { family } from "../test/support/images/family";
import { LayoutBuilder } from "../test/support/images/layoutBuilder";
import { findTool, startDistribution } from "../test/support/registries";
import { Commands, quick } from "../test/support/release/commands";
import { buildOf, labelsOf, World } from "../test/support/release/world";
import { trivyReport } from "../test/support/release/scans";
import { COPIERS, timeCopies } from "./support/copiers";
import { median } from "./support/measure";
import type { Row } from "./support/table";

const VERSION = "v1.2.3-rc1";
const COUNT = 20;
const BIN = resolve(__dirname, "../bin/dualreg.js");
const nameOf = (at: number): string => `orders/image${at}`;

/** Images that share a base, of the open class: what is compared is the copy, and not who signed off. */
const IMAGES: readonly MappedImage[] = Array.from({ length: COUNT }, (_, at) => ({
  ...{ repository: nameOf(at), class: "standard", binding: "portable" },
}));

const withImages = (outputs: StageOutputs): StageOutputs => ({
  ...quick(outputs),
  images: IMAGES,
  gates: { ...outputs.gates, environments: [] },
});

/** Builds the images and publishes them to qa, each signed and recorded. */
async function publish(world: World, commands: Commands): Promise<void> {
  const layout = await LayoutBuilder.begin(join(world.dir, "release"));
  const labels = labelsOf(VERSION);
  const built = await family(layout, { count: COUNT, labels, name: (at) => ({ tag: `image${at}` }) });
  for (const [at, one] of built.entries()) {
    const different = {
      ...{ image: nameOf(at), outputs: withImages(world.outputs.qa), source: `oci:${layout.dir}:image${at}` },
      ...{ build: buildOf(VERSION), scans: [trivyReport(one.config.digest)] },
    };
    const { code, stderr } = await commands.publish({ layout: layout.dir, ...one }, VERSION, different);
    if (code !== 0) throw new Error(stderr);
  }
}

/** `gitops promote` of a release of twenty images against one `skopeo copy --all` an image, each onto an empty registry. */
export async function gitopsPromote(runs: number): Promise<Row[]> {
  if (findTool("docker-registry") === undefined || findTool("skopeo") === undefined) {
    console.error("gitops-promote: left out, docker-registry or skopeo was not found (npm run setup)");
    return [];
  }
  const world = await World.begin();
  const [ours, theirs]: [number[], number[]] = [[], []];
  try {
    const commands = new Commands(world);
    await publish(world, commands);
    for (let run = 0; run < runs; run++) {
      const [target, other] = await Promise.all([startDistribution(), startDistribution()]);
      try {
        const images = IMAGES.map(({ repository }) => `${repository}:${VERSION}`);
        theirs.push((await timeCopies(COPIERS.skopeo(world.qa.host, other.host, images))).seconds);
        ours.push(await promote(world, commands, target.host));
      } finally {
        await Promise.all([target.stop(), other.stop()]);
      }
    }
  } finally {
    await world.end();
  }
  const [own, skopeo] = [median(ours), median(theirs)];
  const what = `gitops promote of ${COUNT} images, time against skopeo copy --all`;
  return [{ what, figures: `${own.toFixed(2)} s / ${skopeo.toFixed(2)} s`, value: own / skopeo, bar: 0.6 }];
}

/** One promotion onto an empty registry, from the start of the process to its end. @returns seconds */
async function promote(world: World, commands: Commands, host: string): Promise<number> {
  const images = Object.fromEntries(IMAGES.map(({ repository }) => [repository, VERSION]));
  const repository = new BareRepository({ "apps/qa/inventory.yaml": helmRelease("qa", world.qa.host, images) });
  const forge = await startGithubForge(repository);
  try {
    const project = join(world.dir, `project-${host.replace(/\D/g, "")}`);
    mkdirSync(project);
    const files = (stage: string) => ({ repository: "deploy", files: [`apps/${stage}/inventory.yaml`] });
    const deploy = { address: repository.address, forge: "github", project: "company/deploy", api: forge.url };
    const releases = { inventory: { stages: { qa: files("qa"), uat: files("uat") } } };
    const gitops = { value: { repositories: { deploy }, releases } };
    const config = { images: { value: IMAGES }, gitops };
    writeFileSync(join(project, "Pulumi.yaml"), JSON.stringify({ name: "orders", runtime: "nodejs", config }));
    const uat = withImages(world.outputs.uat);
    const { secure, standard } = uat.registries;
    const registries = { secure: { ...secure, loginServer: host }, standard: { ...standard, loginServer: host } };
    const outputs = commands.outputs({ ...uat, registries });
    const words = ["gitops", "promote", "--release", "inventory", "--from", "qa", "--outputs", outputs];
    const line = [process.execPath, BIN, ...words, "--project", project, "--key", join(world.dir, "cosign.key")];
    Object.assign(process.env, commands.env, { GITHUB_TOKEN: forge.token });
    const { seconds } = await timeCopies([line]);
    const branch = forge.requests[0]?.branch ?? "";
    const commits = repository.git("rev-list", "--count", `main..${branch}`).trim();
    if (forge.requests.length !== 1 || commits !== "1") throw new Error(`${commits} commits, not one`);
    return seconds;
  } finally {
    await forge.stop();
    repository.remove();
  }
}
