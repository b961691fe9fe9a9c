import type { Command } from "@commander-js/extra-typings";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { explainedDisk, readBounded } from "../../base/file";
import { parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { bundleConsole } from "../../console/bundle";
import { healthcheckText } from "../../console/healthcheck";
import { consoleLabels, settingsDigest, settingsOf } from "../../console/settings";
import { imageOf, readOutputs } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, outputsOption, portOf, printResult } from "../options";
import { toolVersion } from "../toolVersion";

const MAX_ACCESS = 1024 * 1024;
const MAX_ROOT = 4 * 1024 * 1024;

/** The names of the programs in the folder and in their image, and of the labels that the image is built with. */
const PROGRAM = "console.cjs";
const HEALTHCHECK = "healthcheck.cjs";
const LABELS = "labels";

const declare = (command: Command) =>
  command
    .addOption(outputsOption("the outputs of the stage that the console is for"))
    .requiredOption("--image <repository>", "the console's own repository in the map, whose binding is stage-bound")
    .requiredOption("--access <file>", "who may come in: JSON, as docs/console-access.md says")
    .requiredOption("--out <dir>", `the folder to write ${PROGRAM}, ${HEALTHCHECK} and ${LABELS} to`)
    .option("--rate-limits <file>", "how often anybody may ask, and how many proxies stand in front: JSON, as there")
    .option("--trusted-root <file>", "certificate authorities and logs to trust (default: Sigstore's)")
    .option("--secrets <dir>", "where the registries' logins are mounted (default: /run/secrets/dual-registry)")
    .option("--data <dir>", "where the search's index outlives a restart: a folder that is mounted (default: nowhere)")
    .option("--port <number>", "the port to listen at (default: 8080)")
    .addOption(formatOption("text", "json"));

/**
 * Bundles the console with its stage's settings. Beside it stand the program that asks whether it answers, and the labels
 * that its image is built with, a line each; they are printed too.
 */
async function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const outputs = readOutputs(options.outputs);
  const image = imageOf(outputs, options.image);
  if (image.binding !== "stage-bound") {
    const what = `${quoted(image.repository)} is portable, and the console has its stage's registries baked in`;
    throw new DualRegistryError("CONFIG_INVALID", `${what}; allowed: binding stage-bound, in images of Pulumi.yaml`);
  }
  const { access, rateLimits, trustedRoot, secrets, data, port, out } = options;
  const jsonIn = (name: string): unknown => parseJson(readBounded(name, MAX_ACCESS), quoted(name));
  const settings = settingsOf(outputs, {
    access: jsonIn(access),
    ...(rateLimits === undefined ? {} : { rateLimits: jsonIn(rateLimits) }),
    ...defined({ secrets, data, port: port === undefined ? undefined : portOf(port) }),
    ...(trustedRoot === undefined ? {} : { trustedRoot: readBounded(trustedRoot, MAX_ROOT).toString("utf8") }),
  });
  const { text, digest } = await bundleConsole(settings, toolVersion());
  const file = join(out, PROGRAM);
  const labels = consoleLabels(settings, image.class, digest);
  try {
    mkdirSync(out, { recursive: true });
    writeFileSync(file, text);
    writeFileSync(join(out, HEALTHCHECK), healthcheckText(settings.port));
    writeFileSync(join(out, LABELS), labelLines(labels).join("\n") + "\n");
  } catch (error) {
    throw explainedDisk(error, quoted(file));
  }
  const result = { file, bytes: Buffer.byteLength(text), settings: settingsDigest(settings), program: digest, labels };
  printResult(io, options.format, result, buildText);
  return 0;
}

export const build = defineCommand(declare, run);

interface Result {
  file: string;
  bytes: number;
  settings: string;
  program: string;
  labels: Readonly<Record<string, string>>;
}

const labelLines = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).map(([name, value]) => `${name}=${value}`);

function buildText({ file, bytes, settings, program, labels }: Result): string {
  const lines = labelLines(labels).map((line) => `  --label ${line}`);
  const written = `${quoted(file)}, ${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  return [written, `settings ${settings}`, `program  ${program}`, "Build its image with:", ...lines, ""].join("\n");
}
