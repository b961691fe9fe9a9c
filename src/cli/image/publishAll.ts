import type { Command } from "@commander-js/extra-typings";
import { JSON_SCHEMA, load, YAMLException } from "js-yaml";
import { z } from "zod";
import { closed, decode } from "../../base/decode/decode";
import { showPath } from "../../base/decode/problems";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { allSettled, limiter } from "../../base/limit";
import { quoted } from "../../base/text/quote";
import { imageOf } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import { notifyFailure } from "../failureNotice";
import type { Io } from "../io";
import { readStageOutputs } from "../stageOutputs";
import {
  formatOption,
  lockOption,
  outputsOption,
  printResult,
  REGISTRY_EXITS,
  trustedRootOption,
  withSignerOptions,
} from "../options";
import { releaseTools, withRegistries } from "./context";
import { type PublishContext, publishImage, type PublishResult } from "./publish";
import { exitOf, productOf, type ProductResult, productText, publishedTo, tagPublished } from "./tagging";

const declare = (command: Command) =>
  withSignerOptions(
    command
      .argument(
        "<list>",
        "YAML or JSON: images, each with image, source, build, scan, sbom and so on (- for standard input)",
      )
      .addOption(outputsOption())
      .option("--dry-run", "push by digest, and place no tag")
      .addOption(lockOption()),
  )
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

export type PublishAllOptions = OptionsOf<typeof declare>;

const word = z
  .string()
  .min(1)
  .max(4_000)
  .regex(/^[^-]/, "allowed: a name; in front of a file that begins with - write ./");
const words = z.array(word).min(1).max(100);

const imageSchema = closed(
  {
    /** As the map of Pulumi.yaml has it. */
    image: word,
    /** Where it is, as `image publish` takes it. */
    source: word,
    /** Build metadata; that of the list where left out. */
    build: word.optional(),
    branch: word.optional(),
    tag: words.optional(),
    scan: words.optional(),
    vex: words.optional(),
    sbom: words.optional(),
    signOffs: words.optional(),
  },
  "{ image: orders/api, source: 'oci-archive:api.tar' }",
);

/** A product's images with their files; paths are of the folder in which the command runs. */
const listSchema = closed(
  {
    /** Build metadata of every image that names none of its own. */
    build: word.optional(),
    images: z.array(imageSchema).min(1).max(1_000),
  },
  "{ build: build.json, images: [...] }",
);

type ImageList = z.infer<typeof listSchema>;

/** Bytes of the largest list. */
const MAX_LIST = 1024 * 1024;

/** Images on their way at a time; their blobs share one limit of their own. */
const PARALLEL = 4;

/** @throws DualRegistryError CONFIG_INVALID with a line for each problem; USAGE for what cannot be read */
function readList(file: string): ImageList {
  const text = readBounded(file, MAX_LIST, "CONFIG_INVALID").toString("utf8");
  const where = file === "-" ? "standard input" : file;
  const fail = (why: string) => new DualRegistryError("CONFIG_INVALID", `${quoted(where)}: ${why}`);
  let value: unknown;
  try {
    value = load(text, { schema: JSON_SCHEMA });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw fail(`neither YAML nor JSON: ${error.reason}`);
  }
  const read = decode(listSchema, value);
  if (read.success) return read.data;
  const lines = read.error.issues
    .slice(0, 20)
    .map(({ path, message }) => `${showPath(path)}: ${message}`.replace(/^: /, ""));
  throw fail(lines.join("\n"));
}

/** Publishes all images of a list by digest and, where each got through, tags them all. @returns 0, or 1 where one did not */
async function run(file: string, options: PublishAllOptions, io: Io): Promise<ExitCode> {
  const outputs = readStageOutputs(options.outputs, io, (read) => publishedTo(read).map((image) => image.class));
  const list = readList(file);
  const wanted = publishedTo(outputs);
  list.images.forEach(({ image }) => imageOf(outputs, image));
  const missing = wanted.filter(({ repository }) => list.images.every(({ image }) => image !== repository));
  if (missing.length > 0) {
    const names = missing.map(({ repository }) => repository).join(", ");
    throw new DualRegistryError("GATE_REFUSED", `${quoted(file)} lacks ${names}: a product is published whole`);
  }
  const tools = await releaseTools(options, io);
  return withRegistries(io, async (registries) => {
    const context = { outputs, tools, registries, io };
    const pushed = await pushAll(list, options, context);
    const failed = pushed.flatMap(({ exitCode }) => (exitCode === undefined ? [] : [exitCode]));
    if (failed.length > 0) {
      printResult(io, options.format, { stage: outputs.stage, pushed }, failureText);
      return failed.includes(2) ? 2 : 1;
    }
    const published = pushed.flatMap(({ published: one }) => one ?? []);
    const how = options.dryRun ? "dry-run" : "tag";
    const tagging = { outputs, outputsFile: options.outputs, registries, verifier: tools.verifier, io };
    const results = published.map(({ result }) => result);
    productOf(results, wanted, outputs);
    const product = await tagPublished(published, { ...tagging, lock: options.lock }, how);
    const done: PublishAllResult = { ...product, pushed: results };
    printResult(io, options.format, done, publishAllText);
    return exitOf(product, how);
  });
}

export const publishAll = defineCommand(declare, run);

/** What became of one image of the list up to its tags. */
interface Pushed {
  image: string;
  published?: Awaited<ReturnType<typeof publishImage>>;
  /** Why it did not get through. */
  problems?: readonly string[];
  exitCode?: ExitCode;
}

/** Every image is tried, so that all that stands against the product is said at once. */
function pushAll({ build, images }: ImageList, options: PublishAllOptions, context: PublishContext): Promise<Pushed[]> {
  const run = limiter(PARALLEL);
  const { io, outputs } = context;
  const pushOne = async ({ source, ...given }: ImageList["images"][number]): Promise<Pushed> => {
    const { image } = given;
    try {
      const metadata = given.build ?? build;
      if (metadata === undefined) {
        throw new DualRegistryError(
          "USAGE",
          `${image}: build is missing; name a file of build metadata there or above images`,
        );
      }
      const input = { ...defined(given), image, build: metadata, outputs: options.outputs, lock: options.lock };
      const published = await publishImage(source, { ...input, pushByDigest: true }, { ...context, lead: `${image} ` });
      return { image, published };
    } catch (error) {
      if (!(error instanceof DualRegistryError)) throw error;
      await notifyFailure({ command: "publish", stage: outputs.stage, image }, error, io);
      return { image, problems: error.message.split("\n"), exitCode: error.exitCode };
    }
  };
  return allSettled(images.map((image) => run(() => pushOne(image))));
}

/** A product that was published: its images as they were pushed, and their tags. */
export interface PublishAllResult extends ProductResult {
  pushed: readonly PublishResult[];
}

const failureText = ({ stage, pushed }: { stage: string; pushed: readonly Pushed[] }): string =>
  [
    `Nothing is tagged in ${stage}:`,
    ...pushed.flatMap(({ image, problems = [] }) =>
      problems.length === 0 ? [`  pushed  ${image}`] : [`  REFUSED ${image}`, ...problems.map((line) => `    ${line}`)],
    ),
    "",
  ].join("\n");

const publishAllText = ({ pushed, ...product }: PublishAllResult): string => {
  const sent = pushed.reduce((sum, { blobs }) => sum + blobs.sent, 0);
  return `${productText(product)}${pushed.length} images, ${sent} blobs sent\n`;
};
