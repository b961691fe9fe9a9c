import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../src/base/digest";
import { allSettled } from "../../src/base/limit";
import type { PromoteResult } from "../../src/cli/image/promote";
import type { PublishResult } from "../../src/cli/image/publish";
import { IMAGE_CLASSES, type ImageClass, type MappedImage } from "../../src/domain/image/imageClass";
import { publishGate } from "../../src/domain/image/publication";
import { writeVersion } from "../../src/domain/image/version";
import { placeOf, stageBefore } from "../../src/domain/stage";
import { commitStatementOf, statementOf } from "../../src/images/records";
import { PREDICATES } from "../../src/images/recordSchemas";
import { LABEL_BINDING, LABEL_CLASS, LABEL_REVISION, LABEL_SOURCE, LABEL_VERSION } from "../../src/oci";
import type { StageOutputs } from "../../src/outputs";
import { image } from "../../test/support/images/image";
import { LayoutBuilder } from "../../test/support/images/layoutBuilder";
import { trivyReport } from "../../test/support/release/scans";
import { runDualreg } from "./commandLine";
import { mayPull, whoMay } from "./logins";
import type { LocalStage, LocalStages } from "./stages";

const COMMIT = "4f2c1d0e9b8a7f6e5d4c3b2a1908f7e6d5c4b3a2";
const SOURCE = "https://github.com/example/orders";
const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;

/** An image of the sample where it has got to. */
export interface PlacedImage {
  repository: string;
  class: ImageClass;
  digest: Digest;
  /** The tag that it is known by in its stage. */
  tag: string;
  labels: Readonly<Record<string, string>>;
}

/**
 * The images that are published: of each class the portable one that the most of the stage's logins pull, so that a token
 * of narrow scope meets one that it may read.
 */
function sampleImages({ logins }: LocalStages, { name, outputs }: LocalStage): readonly MappedImage[] {
  const pullers = (one: MappedImage) =>
    new Set(logins.map(({ who }) => who).filter((who) => mayPull(logins, who, name, one)));
  return IMAGE_CLASSES.flatMap((imageClass) => {
    const [first, ...others] = outputs.images.filter((one) => one.class === imageClass && one.binding === "portable");
    if (first === undefined) return [];
    return [others.reduce((best, one) => (pullers(one).size > pullers(best).size ? one : best), first)];
  });
}

/** Builds an image of bytes: two small layers on nothing, with the labels that a build of the product writes. */
async function buildImage(
  stages: LocalStages,
  { repository, class: imageClass, binding }: MappedImage,
  version: string,
) {
  const created = new Date().toISOString();
  const labels = {
    "com.example.team": repository,
    "org.opencontainers.image.created": created,
    ...{ [LABEL_BINDING]: binding, [LABEL_CLASS]: imageClass },
    ...{ [LABEL_REVISION]: COMMIT, [LABEL_SOURCE]: SOURCE, [LABEL_VERSION]: version },
  };
  const name = repository.replaceAll("/", "-");
  const layout = join(stages.dir, "images", name);
  const { config } = await image(await LayoutBuilder.begin(layout), { seed: repository, tag: "built", labels });
  return {
    labels,
    source: `oci:${layout}`,
    build: write(stages, `${name}-build.json`, { source: SOURCE, commit: COMMIT, version, createdAt: created }),
    scan: write(stages, `${name}-scan.json`, trivyReport(config.digest)),
  };
}

/**
 * Builds the sample's images and publishes them by `dualreg image publish`, as whoever the plan lets publish; behind the
 * first stage with a signed list of who signed the build off. Nobody scans them: the reports are made up, of no finding.
 *
 * @throws Error with what the command said
 */
export function publishSample(stages: LocalStages, stage: LocalStage): Promise<readonly PlacedImage[]> {
  const version = versionFor(stage.outputs);
  return allSettled(
    sampleImages(stages, stage).map(async (one): Promise<PlacedImage> => {
      const { labels, source, build, scan } = await buildImage(stages, one, version);
      const needed = publishGate(stage.name, stage.outputs.stages, one) === "signed-off";
      const signOffs = needed ? await signedOffBuild(stages, stage, version) : [];
      const about = ["--image", one.repository, "--build", build, "--scan", scan, ...signOffs];
      const args = ["image", "publish", source, ...about, ...finish(stages, stage)];
      const who = nameOf(stages, "publish", stage, one.class);
      const { digest } = JSON.parse(await runDualreg(args, stages.envOf(who))) as PublishResult;
      return { repository: one.repository, class: one.class, digest, tag: version, labels };
    }),
  );
}

/** Promotes images by digest, signed off by one made-up person for each role. @throws Error with what the command said */
export function promoteSample(
  stages: LocalStages,
  images: readonly PlacedImage[],
  stage: LocalStage,
): Promise<readonly PlacedImage[]> {
  const from = stageBefore(stage.name, stage.outputs.stages) ?? "";
  // What leaves the first stage is called a candidate from there on; the last stage makes a release of it.
  const isCut = from === stage.outputs.stages[0];
  return allSettled(
    images.map(async (one): Promise<PlacedImage> => {
      const version = isCut ? candidate(stage.outputs) : one.tag;
      const signOffs = await signedOff(stages, stage, { ...one, from, version });
      const args = ["image", "promote", `${one.repository}:${one.tag}`, "--version", version, ...signOffs];
      const who = nameOf(stages, "promote", stage, one.class);
      const printed = await runDualreg([...args, ...finish(stages, stage)], stages.envOf(who));
      const [result] = JSON.parse(printed) as readonly PromoteResult[];
      return { ...one, tag: result?.tags[0] ?? version };
    }),
  );
}

const candidate = (outputs: StageOutputs): string => writeVersion("1.0.0-rc1", outputs);

/** What a publication is called: a candidate where the stage takes candidates. */
const versionFor = (outputs: StageOutputs): string =>
  placeOf(outputs.stage, outputs.stages) === "between" ? candidate(outputs) : writeVersion("1.0.0", outputs);

const finish = ({ keyFile }: LocalStages, { file }: LocalStage): readonly string[] => [
  ...["--outputs", file, "--key", keyFile, "--format", "json"],
];

const nameOf = ({ logins }: LocalStages, purpose: "publish" | "promote", stage: LocalStage, registry: ImageClass) =>
  logins.length === 0 ? undefined : whoMay(logins, purpose, stage.name, registry);

/** What a list of sign-offs says of people: a person a role, each a minute after the one before, none of them the author. */
function people({ outputs }: LocalStage) {
  const roles = outputs.gates.environments.flatMap(({ purpose, role }) =>
    purpose === "sign-off" && role !== undefined ? [role] : [],
  );
  const now = Date.now();
  const approvals = roles.map((role, at) => ({
    ...{ role, by: `${role}-manager`, commit: COMMIT },
    at: new Date(now - (roles.length - at) * MINUTE_MS).toISOString(),
  }));
  return {
    ...{ authors: ["author"], approvals, commit: COMMIT, to: outputs.stage },
    ...{ run: { id: 1 }, expires: new Date(now + DAY_MS).toISOString() },
  };
}

async function signedOffBuild(stages: LocalStages, stage: LocalStage, tag: string): Promise<readonly string[]> {
  const { approvals, ...rest } = people(stage);
  if (approvals.length === 0) return [];
  const from = stageBefore(stage.name, stage.outputs.stages);
  const list = { ...rest, ...(from === undefined ? {} : { from }), version: tag, tag, approvals };
  const statement = commitStatementOf(COMMIT, tag, PREDICATES.buildSignOffs, list);
  return signed(stages, `${stage.name}-build-sign-offs.json`, statement);
}

async function signedOff(
  stages: LocalStages,
  stage: LocalStage,
  { repository, digest, from, version }: Pick<PlacedImage, "repository" | "digest"> & { from: string; version: string },
): Promise<readonly string[]> {
  const { approvals, ...rest } = people(stage);
  if (approvals.length === 0) return [];
  const list = { ...rest, from, repository, digest, version, approvals: approvals.map((one) => ({ ...one, digest })) };
  const statement = statementOf(digest, repository, PREDICATES.signOffs, list);
  return signed(stages, `${stage.name}-${repository.replaceAll("/", "-")}-sign-offs.json`, statement);
}

async function signed(stages: LocalStages, name: string, statement: Buffer): Promise<readonly string[]> {
  return ["--sign-offs", write(stages, name, await stages.signer.signStatement(statement))];
}

function write({ dir }: LocalStages, name: string, content: object | Buffer): string {
  const file = join(dir, name);
  writeFileSync(file, Buffer.isBuffer(content) ? content : JSON.stringify(content), { mode: 0o600 });
  return file;
}
