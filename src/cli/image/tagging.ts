import { DualRegistryError, type ExitCode } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import type { ImageClass, MappedImage } from "../../domain/image/imageClass";
import { publishGate } from "../../domain/image/publication";
import { checkProduct, checkPublished, type ImageState, type PushedImage, tagInOrder } from "../../images/product";
import type { PushResult } from "../../images/pushResult";
import { destinationOf, type Registries } from "../../images/registries";
import { FINAL_PHASES, type Recorded, tagAndLock } from "../../images/tagAndLock";
import type { Destination } from "../../images/types";
import { imageOf, type StageOutputs } from "../../outputs";
import type { Verifier } from "../../signing";
import { notifyFailure } from "../failureNotice";
import type { Io } from "../io";
import { followPhases } from "../progress";
import { lockingLater, stillToLock } from "./lockLater";

/** What became of one image. */
export interface TagResult {
  repository: string;
  /** `host/path`. */
  image: string;
  digest: string;
  tags: readonly string[];
  /** `ready` where nothing stands against its tags, and not all of them are placed. */
  state: "tagged" | "ready" | "refused";
  /** Tags that stand for it. */
  placed: readonly string[];
  /** Null where the tag regime is mutable, and where no tag was placed. */
  locked: boolean | null;
  /** Commands that lock it, where that was left to somebody else. */
  lockWith?: readonly string[];
  /** What stands against it, or how tagging it failed. */
  problems: readonly string[];
  /** 2 where it could not be told, and running the same command again may end it. */
  exitCode: ExitCode;
}

/** A product as its tags were placed or looked at. */
export interface ProductResult {
  stage: string;
  version: string;
  commit: string;
  images: readonly TagResult[];
}

/** What tagging a product takes. */
export interface TagContext {
  outputs: StageOutputs;
  /** Where the outputs came from, for commands that are named. */
  outputsFile: string;
  registries: Registries;
  verifier: Verifier;
  lock: "now" | "later";
  io: Io;
}

/** The images that are published to the stage and not promoted there. @throws DualRegistryError USAGE where there is none */
export function publishedTo({ images, stage, stages }: StageOutputs): readonly MappedImage[] {
  const published = images.filter((image) => publishGate(stage, stages, image) !== "promotions");
  if (published.length > 0) return published;
  throw new DualRegistryError(
    "USAGE",
    `Images come to ${stage} by promotion alone: dualreg image promote --push-by-digest, then dualreg image tag`,
  );
}

const few = (names: readonly string[]): string =>
  [...names.slice(0, 10), ...(names.length > 10 ? [`${names.length - 10} more`] : [])].join(", ");

/**
 * The product's images by their results: one of each image that is wanted and none of another, all of one stage, commit
 * and version.
 *
 * @throws DualRegistryError GATE_REFUSED with a line for each thing that is wrong
 */
export function productOf(
  results: readonly PushResult[],
  wanted: readonly MappedImage[],
  outputs: StageOutputs,
): readonly PushResult[] {
  const [first] = results;
  if (first === undefined) throw new DualRegistryError("USAGE", "There is no result; give one for each image");
  const problems: string[] = [];
  const missing = wanted.filter(({ repository }) => results.every((result) => result.repository !== repository));
  for (const { repository } of missing) {
    problems.push(`${repository}: no result says that it was pushed; publish it, then tag the product`);
  }
  const names = wanted.map(({ repository }) => repository);
  results.forEach(({ repository, stage, commit, version }, at) => {
    const name = quoted(repository);
    if (!names.includes(repository)) problems.push(`${name}: not an image of the product; allowed: ${few(names)}`);
    if (results.findIndex((result) => result.repository === repository) < at) {
      problems.push(`${name}: two results; give the one that counts`);
    }
    if (stage !== outputs.stage) problems.push(`${name}: pushed to ${quoted(stage)}; wanted: ${outputs.stage}`);
    if (commit !== first.commit) {
      problems.push(
        `${name}: built from ${commit}, and ${quoted(first.repository)} from ${first.commit}; wanted: one commit`,
      );
    }
    if (version !== first.version) {
      const other = `and ${quoted(first.repository)} ${quoted(first.version)}; wanted: one version`;
      problems.push(`${name}: version ${quoted(version)}, ${other}`);
    }
  });
  if (problems.length === 0) return results;
  throw new DualRegistryError("GATE_REFUSED", ["Nothing is tagged:", ...problems].join("\n"));
}

/**
 * Tags the images of a product, where each passes, and then locks them; else none.
 *
 * @param only those of one class: the others are of the product, and are neither looked at nor tagged here
 * @param how `check` and `dry-run` place nothing
 */
export async function tagProduct(
  results: readonly PushResult[],
  context: TagContext,
  { only, how }: { only?: ImageClass | undefined; how: "tag" | "check" | "dry-run" },
): Promise<ProductResult> {
  const { outputs, verifier, io } = context;
  const pushed = results.flatMap((result): PushedImage[] => {
    const image = imageOf(outputs, result.repository);
    return only === undefined || image.class === only ? [pushedImage(result, image, context)] : [];
  });
  return tagStated(results, await checkProduct(pushed, { verifier, now: io.now() }), context, how);
}

/**
 * Tags the images of a product that this process published by digest a moment ago, as {@link tagProduct} does. What the
 * publication has just read back is not read a second time.
 *
 * @param published each with what its tags take
 */
export async function tagPublished(
  published: readonly { result: PushResult; recorded: Recorded }[],
  context: TagContext,
  how: "tag" | "dry-run",
): Promise<ProductResult> {
  const pushed = published.map(({ result, recorded }) => ({
    ...pushedImage(result, imageOf(context.outputs, result.repository), context),
    recorded,
  }));
  const results = published.map(({ result }) => result);
  return tagStated(results, await checkPublished(pushed), context, how);
}

async function tagStated(
  results: readonly PushResult[],
  states: readonly ImageState[],
  context: TagContext,
  how: "tag" | "check" | "dry-run",
): Promise<ProductResult> {
  const { outputs, io } = context;
  const refused = states.filter(({ state }) => state === "refused");
  for (const { destination, problems } of refused) {
    await tellFailure(destination, new DualRegistryError("GATE_REFUSED", problems.join("\n")), io);
  }
  const [{ version, commit } = { version: "", commit: "" }] = results;
  const product = { stage: outputs.stage, version, commit };
  if (how !== "tag" || refused.length > 0) return { ...product, images: states.map((state) => resultOf(state)) };
  const tried = await tagInOrder(
    states,
    (state) => tagOne(state, context),
    ({ state }) => state === "tagged",
  );
  const left = states.filter(({ destination }) =>
    tried.every(({ repository }) => repository !== destination.repository),
  );
  return { ...product, images: [...tried, ...left.map((state) => resultOf(state))] };
}

function pushedImage(result: PushResult, image: MappedImage, { outputs, registries, lock }: TagContext): PushedImage {
  const destination = lockingLater(destinationOf(outputs, image, registries), lock);
  const { digest, tags, version, commit } = result;
  if (result.image !== destination.target.name) {
    throw new DualRegistryError(
      "GATE_REFUSED",
      `${quoted(result.repository)}: pushed to ${quoted(result.image)}; wanted: ${destination.target.name}`,
    );
  }
  return { digest, tags: [...new Set(tags)], version, commit, destination };
}

const resultOf = ({ destination, digest, tags, state, placed, problems }: ImageState): TagResult => ({
  ...{ repository: destination.repository, image: destination.target.name, digest, tags, state, placed },
  ...{ locked: null, problems, exitCode: state === "refused" ? 1 : 0 },
});

async function tagOne(state: ImageState, context: TagContext): Promise<TagResult> {
  const { destination, recorded, tags } = state;
  const { io } = context;
  if (recorded === undefined) return resultOf(state);
  const run = (phase: Parameters<typeof tagAndLock>[1]) => tagAndLock(recorded, phase);
  try {
    const transaction = { phases: FINAL_PHASES, run };
    const { result: locked } = await followPhases(transaction, io, `${destination.repository} `);
    const done: TagResult = { ...resultOf(state), state: "tagged", placed: tags, locked };
    return { ...done, ...stillToLock(destination, done, context) };
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    await tellFailure(destination, error, io);
    const { message, exitCode } = error;
    return { ...resultOf(state), state: "refused", problems: message.split("\n"), exitCode };
  }
}

const tellFailure = ({ stage, repository }: Destination, error: DualRegistryError, io: Io): Promise<void> =>
  notifyFailure({ command: "publish", stage, image: repository }, error, io);

/** 0 where every image is as it was asked for, 2 where one could not be told. */
export function exitOf({ images }: ProductResult, how: "tag" | "check" | "dry-run"): ExitCode {
  if (images.some(({ exitCode }) => exitCode === 2)) return 2;
  return images.every(({ state }) => state === "tagged" || (how === "dry-run" && state === "ready")) ? 0 : 1;
}

/** The result for people. */
export function productText({ stage, version, commit, images }: ProductResult): string {
  const width = Math.max(0, ...images.map(({ repository }) => repository.length));
  const lines = images.flatMap(({ repository, digest, tags, placed, state, locked, lockWith = [], problems }) => {
    const shown = state === "tagged" ? tags : placed.length > 0 ? placed : ["no tag"];
    return [
      `  ${state.padEnd(7)} ${repository.padEnd(width)}  ${digest}  ${shown.join(", ")}${locked === true ? ", locked" : ""}`,
      ...problems.flatMap((problem) => problem.split("\n").map((line) => `    ${line}`)),
      ...lockWith.map((command) => `    not locked yet: ${command}`),
    ];
  });
  return [`${version} in ${stage}, of ${commit}`, ...lines, ""].join("\n");
}
