import { type Command, Option } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import { readPushResults } from "../../images/pushResult";
import { imageOf } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { readStageOutputs } from "../stageOutputs";
import { formatOption, lockOption, outputsOption, printResult, REGISTRY_EXITS, trustedRootOption } from "../options";
import { verifierOf, withRegistries } from "./context";
import { exitOf, productOf, productText, tagProduct } from "./tagging";

const declare = (command: Command) =>
  command
    .argument(
      "<result...>",
      "what image publish and promote --push-by-digest --format json printed, in any number of files",
    )
    .addOption(outputsOption())
    .option("--image <repository...>", "the images that the product is of (default: all of the map)")
    .addOption(
      new Option(
        "--class <class>",
        "look at and tag those of one class alone; results of all are wanted all the same",
      ).choices(IMAGE_CLASSES),
    )
    .addOption(new Option("--dry-run", "say what would be tagged, and what stands against it").conflicts("check"))
    .option("--check", "say which images have their tags: 1 where one has not")
    .addOption(lockOption())
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

export type TagOptions = OptionsOf<typeof declare>;

/** Tags all images of a product, or none. @returns 0, or 1 where one is refused or, with `--check`, lacks a tag */
async function run(files: string[], options: TagOptions, io: Io): Promise<ExitCode> {
  const outputs = readStageOutputs(options.outputs, io, (read) =>
    options.class === undefined ? read.images.map((image) => image.class) : [options.class],
  );
  const wanted = options.image?.map((repository) => imageOf(outputs, repository)) ?? outputs.images;
  const results = productOf(files.flatMap(readPushResults), wanted, outputs);
  const how = options.check ? "check" : options.dryRun ? "dry-run" : "tag";
  const only = options.class;
  if (only !== undefined && wanted.every((image) => image.class !== only)) {
    throw new DualRegistryError("USAGE", `--class ${only}: the product has no image of it; leave it out`);
  }
  return withRegistries(io, async (registries) => {
    const context = { outputs, outputsFile: options.outputs, registries, verifier: verifierOf(options), io };
    const product = await tagProduct(results, { ...context, lock: options.lock }, { only, how });
    printResult(io, options.format, product, productText);
    return exitOf(product, how);
  });
}

export const tag = defineCommand(declare, run);
