import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { escapeUnsafe } from "../../base/text/unsafe";
import { terminalTable } from "../../base/text/table";
import { type CatalogParts, compareStages } from "../../console/catalog";
import type { ComparisonView, ImageView } from "../../console/model";
import { settingsOf } from "../../console/settings";
import type { Registries } from "../../images/registries";
import type { StageOutputs } from "../../outputs";
import type { Verifier } from "../../signing";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, outputsOption, printResult, REGISTRY_EXITS, trustedRootOption } from "../options";
import { readStageOutputs } from "../stageOutputs";
import { readImageName, verifierOf, withRegistries } from "./context";

const MORE = `
Compares labels, annotations, environment, user, entrypoint, platforms, packages of the SBOM, signatures and records. With
--with the second image is looked up in that stage, and is the first one's name where none is given.
It ends with 1 where they differ, and where something of them could not be read.
`;

const declare = (command: Command) =>
  command
    .argument("<image>", "a repository of the map with a tag or digest, such as orders/api:v1.2.3")
    .argument("[other]", "what it is compared with; of the same stage, or of that of --with")
    .addOption(outputsOption())
    .option("--with <file>", "the outputs of the other image's stage")
    .option("--platform <platform>", "the platform to compare of indexes, such as linux/arm64 (default: the first)")
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", MORE + REGISTRY_EXITS);

/** Prints what two images differ in. @returns 0, or 1 where they differ */
async function run(
  name: string,
  otherName: string | undefined,
  options: OptionsOf<typeof declare>,
  io: Io,
): Promise<ExitCode> {
  if (otherName === undefined && options.with === undefined) {
    throw new DualRegistryError("USAGE", "Compared with what? Give a second image, or another stage by --with");
  }
  const second = otherName ?? name;
  const classOf = (image: string) => (read: StageOutputs) => [readImageName(image, read).image.class];
  const stage = readStageOutputs(options.outputs, io, classOf(name));
  const other = options.with === undefined ? stage : readStageOutputs(options.with, io, classOf(second));
  const verifier = verifierOf(options);
  return withRegistries(io, async (registries) => {
    const left = sideOf(stage, name, registries, verifier);
    const part = await compareStages(left, sideOf(other, second, registries, verifier), options.platform);
    if (part.state !== "ok") throw new DualRegistryError("REGISTRY_UNAVAILABLE", part.reason);
    printResult(io, options.format, part.value, (view) => comparisonText(view, [stage.stage, other.stage]));
    return part.value.differences.length === 0 && part.value.unread === undefined ? 0 : 1;
  });
}

export const compare = defineCommand(declare, run);

function sideOf(outputs: StageOutputs, name: string, registries: Registries, verifier: Verifier) {
  const { image, reference } = readImageName(name, outputs);
  const session = (at: "secure" | "standard") => registries.session(outputs.registries[at].loginServer);
  const stage: CatalogParts = {
    settings: settingsOf(outputs, { access: { anonymous: "read" } }),
    sessions: { secure: session("secure"), standard: session("standard") },
    verifier,
  };
  return { stage, image: { repository: image.repository, reference } };
}

const imageText = (stage: string, { registry, repository, tag, digest }: ImageView): string =>
  `${stage} ${registry.class} ${registry.host} ${repository}${tag === undefined ? "" : `:${tag}`} ${digest}`;

function comparisonText(
  { left, right, differences, equal, unread = [] }: ComparisonView,
  stages: readonly [string, string],
): string {
  const value = (text: string | undefined): string => (text === undefined ? "not there" : quoted(text));
  const rows = differences.map(({ topic, name, left: one, right: other }) => [
    topic,
    quoted(name),
    value(one),
    value(other),
  ]);
  const sum = left.digest === right.digest ? "Both names stand for one digest." : "";
  return [
    imageText(stages[0], left),
    imageText(stages[1], right),
    ...terminalTable(rows),
    ...unread.map((what) => `Not read: ${escapeUnsafe(what)}`),
    `${differences.length} differences, ${equal} values equal. ${sum}`.trim(),
    "",
  ].join("\n");
}
