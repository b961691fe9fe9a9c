import { type Command, Option } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { chartValues } from "../../domain/cluster/chartValues";
import type { ImageClass } from "../../domain/image/imageClass";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { projectOption } from "../options";
import { askedStage, selectRegistry } from "../registry/selection";
import { yamlText } from "./yamlText";

const declare = (command: Command) =>
  command
    .option(
      "--environment <name>",
      "a stage, or another name of it, such as prd (default: that of outputs, or the first)",
    )
    .option("--type <kind>", "the kind of registry, whatever the table says (default: REGISTRY_TYPE)")
    .option("--outputs <file>", "the stage's outputs, which alone name the hosts of registries in Azure")
    .addOption(projectOption())
    .addOption(
      new Option("--format <format>", "how to print the values")
        .choices(["yaml", "json"] as const)
        .default("yaml" as const),
    )
    .addHelpText("after", "\nExit codes: 0 fine, 1 the stage has no such registry, 2 wrong usage or configuration");

/**
 * Prints the values of a chart for a stage: where each image is pulled from, with which secret, and a place for its digest.
 *
 * @returns 0
 * @throws DualRegistryError USAGE where a host is known after `pulumi up` alone, and what {@link askedStage} throws
 */
function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { from, stage, wanted } = askedStage(options, io);
  const registryOf = (imageClass: ImageClass) => {
    const { host, namespace, pullSecret, kind, pulledBy } = selectRegistry(from, stage, imageClass, wanted);
    if (host !== null) {
      const optional = { namespace: namespace ?? undefined, pullSecret: pullSecret ?? undefined };
      return { host, kind, pulledBy, ...defined(optional) };
    }
    throw new DualRegistryError(
      "USAGE",
      `The host of ${stage}'s ${imageClass} registry is known after \`pulumi up\`: give --outputs`,
    );
  };
  const registries = { secure: registryOf("secure"), standard: registryOf("standard") };
  const values = chartValues({ stage, stages: from.stages, images: from.images, registries });
  if (options.format === "json") {
    io.stdout.write(formatJson(values));
    return Promise.resolve(0);
  }
  const kinds = new Set(Object.values(registries).map(({ kind, pulledBy }) => `${kind}, pulled by ${pulledBy}`));
  const name = options.environment === undefined || options.environment === stage ? "" : ` (${options.environment})`;
  io.stdout.write(
    [
      `# Registries of ${stage}${name}: ${[...kinds].join("; ")}. Made by dualreg gitops values.`,
      "# No content has a digest of zeros: a promotion writes the image's own.",
      yamlText(values),
    ].join("\n"),
  );
  return Promise.resolve(0);
}

export const values = defineCommand(declare, run);
