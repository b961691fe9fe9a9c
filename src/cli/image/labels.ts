import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatReference, parseReference } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import { readLabels } from "../../oci";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";
import { withRegistries } from "./context";

const declare = (command: Command) =>
  command
    .argument("<reference>", "host/path:tag or host/path@digest")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

/** Prints an image's labels, of each platform. They say what whoever built it wanted to say, which the text repeats. */
async function run(text: string, { format }: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const reference = parseReference(text);
  return withRegistries<ExitCode>(io, async (registries) => {
    const source = registries.session(reference.host).repository(reference.repository);
    const root = await source.resolve(reference.digest ?? reference.tag ?? "latest");
    if (root === undefined) throw new DualRegistryError("NOT_FOUND", `${formatReference(reference)} is not there`);
    const images = await readLabels(source, root.digest);
    printResult(io, format, { image: source.name, digest: root.digest, selfAsserted: true, images }, labelsText);
    return 0;
  });
}

export const labels = defineCommand(declare, run);

type Result = { image: string; digest: string; images: Awaited<ReturnType<typeof readLabels>> };

function labelsText({ image, digest, images }: Result): string {
  const lines = images.flatMap(({ platform, digest: of, labels }) => [
    `${platform === undefined ? "image" : quoted(platform)} ${of}`,
    ...Object.entries(labels).map(([name, value]) => `  ${quoted(name)}: ${quoted(value)}`),
  ]);
  return [
    `${image}@${digest}`,
    "Labels are what whoever built the image wrote; nothing vouches for them.",
    ...lines,
    "",
  ].join("\n");
}
