import type { Command } from "@commander-js/extra-typings";
import { isDigest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { isRepository } from "../../base/reference";
import { isReferrersTag } from "../../base/referrersTag";
import { quoted } from "../../base/text/quote";
import { MAX_REPORT, readScanReport } from "../../images/gates/scanReport";
import { buildSignOffsFromFiles } from "../../images/gates/signOffFile";
import { type ImportGate, importGates, type ImportRequest } from "../../images/importGates";
import { type Mirrored, mirrorImage } from "../../images/mirror";
import { destinationOf, type Registries } from "../../images/registries";
import { copyThrottle, type LayoutStore, openLayout } from "../../oci";
import { imageOf, type StageOutputs } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, outputsOption, printResult, REGISTRY_EXITS, trustedRootOption } from "../options";
import { readStageOutputs } from "../stageOutputs";
import { verifierOf, withRegistries } from "./context";
import { mirrorText } from "./export";

const declare = (command: Command) =>
  command
    .argument("<dir>", "the layout's folder")
    .addOption(outputsOption("outputs of the stage that the images go to"))
    .option(
      "--namespace <path>",
      "what stands in front of the repositories there (default: that of the stage's registries)",
    )
    .option("--move-tags", "move a tag that stands for another image, where tags of the stage may move")
    .option("--sign-offs <file...>", "the signed list of who signed the build off, where the stage asks for it")
    .option("--scan <file...>", "scans made since the export")
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

type ImportOptions = OptionsOf<typeof declare>;

/**
 * Brings what a layout holds to a stage's registries, each image to that of its class: where it may be published, by the
 * gates of a publication; elsewhere only back to where a trusted record says that it was. Everything that stands against
 * any of them is said before anything is sent.
 */
async function run(dir: string, options: ImportOptions, io: Io): Promise<ExitCode> {
  const outputs = readStageOutputs(options.outputs, io);
  const layout = await openLayout(dir);
  return withRegistries<ExitCode>(io, async (registries) => {
    const images = await imagesIn(layout, { dir, outputs, options, registries, io });
    const judged: Gated[] = [];
    for (const image of images) judged.push({ ...image, gates: await importGates(image) });
    refuse(judged);
    const imported: Imported[] = [];
    for (const image of judged) imported.push(await bring(image, options, io));
    printResult(io, options.format, imported, importText);
    return 0;
  });
}

export const importImages = defineCommand(declare, run);

/** An image with what its gates say. */
interface Gated extends ImportRequest {
  gates: readonly ImportGate[];
}

/** What was imported, by which gates; and the command that locks it, where tags of the stage do not move. */
export interface Imported extends Mirrored {
  gates: readonly ImportGate[];
  lockWith?: readonly string[];
}

const nameOf = ({ destination, reference }: ImportRequest): string =>
  `${destination.target.name}${isDigest(reference) ? "@" : ":"}${reference}`;

/** @throws DualRegistryError GATE_REFUSED with every gate that refuses an image, before any is sent */
function refuse(images: readonly Gated[]): void {
  const lines = images.flatMap((image) =>
    image.gates.flatMap(({ gate, state, why }) =>
      state === "refused" ? [`${nameOf(image)}: ${gate}: ${why.replaceAll("\n", "; ")}`] : [],
    ),
  );
  if (lines.length > 0) throw new DualRegistryError("GATE_REFUSED", `${lines.join("\n")}\nNothing was imported`);
}

async function bring(image: Gated, options: ImportOptions, io: Io): Promise<Imported> {
  const { source, reference, destination, gates, moveTags } = image;
  const { target, path, tagRules, locks, repository } = destination;
  io.stderr.write(`${nameOf(image)}\n`);
  const moves = moveTags && tagRules.regime === "mutable";
  const how = { throttle: copyThrottle(), path, moveTags: moves, verify: true };
  const mirrored = await mirrorImage(source, target, reference, how);
  const locked = locks.native && tagRules.regime === "immutable" && mirrored.tag !== undefined;
  const lock = `dualreg image lock ${repository}:${reference} --outputs ${options.outputs}`;
  return { ...mirrored, gates, ...(locked ? { lockWith: [lock] } : {}) };
}

/** Every image of the layout, with where it goes. */
async function imagesIn(
  layout: Awaited<ReturnType<typeof openLayout>>,
  {
    dir,
    outputs,
    options,
    registries,
    io,
  }: { dir: string; outputs: StageOutputs; options: ImportOptions; registries: Registries; io: Io },
): Promise<ImportRequest[]> {
  const verifier = verifierOf(options);
  const scans = (options.scan ?? []).map((file) => readScanReport(readBounded(file, MAX_REPORT), file));
  const { signOffSigners } = outputs.gates;
  const readSignOffs = options.signOffs && buildSignOffsFromFiles(options.signOffs, signOffSigners, verifier);
  const found: ImportRequest[] = [];
  for (const name of await layout.repositories()) {
    const source = layout.repository(name);
    const image = imageOf(outputs, repositoryOf(name, dir, outputs, options.namespace));
    const destination = destinationOf(outputs, image, registries);
    for (const reference of await referencesIn(source)) {
      found.push({
        ...{ source, reference, binding: image.binding, destination, scans, verifier, now: io.now() },
        moveTags: options.moveTags === true,
        ...(readSignOffs && { readSignOffs }),
      });
    }
  }
  if (found.length > 0) return found;
  const allowed = "a layout that dualreg image export wrote, with images under their whole names";
  throw new DualRegistryError("NOT_FOUND", `${dir}: holds no image that says where it belongs; allowed: ${allowed}`);
}

/** The repository of the map that an exported image is of: its name without host and namespace. */
function repositoryOf(name: string, dir: string, { registries }: StageOutputs, namespace: string | undefined): string {
  const path = name.slice(name.indexOf("/") + 1);
  if (!isRepository(path)) {
    throw new DualRegistryError("CONTENT_INVALID", `${dir}: ${quoted(name)} is not the name of a repository`);
  }
  const own = [registries.secure.namespace, registries.standard.namespace];
  const known = namespace === undefined ? own : [namespace];
  const front = known.find((each) => each !== undefined && path.startsWith(`${each}/`));
  return front === undefined ? path : path.slice(front.length + 1);
}

/** The images of a repository: by their tags and, where they have none, by their digests. */
async function referencesIn(source: LayoutStore): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of source.tags()) if (!isReferrersTag(tag)) tags.push(tag);
  const untagged = (await source.choices()).filter(({ names }) => names.length === 0);
  return [...tags, ...untagged.map(({ id }) => id)];
}

/** What was imported, and by which gates. */
const importText = (imported: readonly Imported[]): string =>
  imported
    .map((image) => {
      const width = Math.max(...image.gates.map(({ gate }) => gate.length));
      const gates = image.gates.map(
        ({ gate, state, why }) => `  ${state.padEnd(7)} ${gate.padEnd(width)}  ${why.replaceAll("\n", "; ")}\n`,
      );
      const locks = (image.lockWith ?? []).map((command) => `  not locked yet: ${command}\n`);
      return `${mirrorText([image])}${gates.join("")}${locks.join("")}`;
    })
    .join("");
