import { type Command, Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { defined } from "../../base/defined";
import { parseDigest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { nearest } from "../../base/text/nearest";
import { quoted } from "../../base/text/quote";
import { checkStageName, readVersionScheme } from "../../config";
import { placeOf } from "../../domain/stage";
import { type Elsewhere, findImages, type ImageParts, type ImageSite, setImages } from "../../gitops/documents";
import { readProjectFile } from "../../project";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
import { patchOf, readEdited, writeEdited } from "./editedFile";

const declare = (command: Command) =>
  command
    .requiredOption("--file <file>", "the HelmRelease, manifest, kustomization or file of values")
    .requiredOption("--image <repository>", "the image that is there: company/inventory, or with its host in front")
    .option("--tag <tag>", "its tag from now on")
    .option("--digest <digest>", "its digest from now on")
    .option("--host <host>", "its registry from now on")
    .option("--repository <repository>", "its path in the registry from now on")
    .option("--object <name>", "only in the objects of this name, where the file has several")
    .addOption(
      new Option(
        "--digest-as <place>",
        "where a digest goes that has no place yet: behind the tag, or in a key",
      ).choices(["tag", "key"] as const),
    )
    .option("--stage <stage>", "the stage that the file deploys: behind the first one a new tag needs its digest")
    .option("--dry-run", "print what would change, and change nothing")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", "\nExit codes: 0 fine, 1 the change is refused, 2 wrong usage or configuration");

type Options = OptionsOf<typeof declare>;

/**
 * Changes an image in a file of a GitOps repository, and no other character.
 *
 * @returns 0
 * @throws DualRegistryError USAGE without anything to set, CHANGE_REFUSED where the image is not there or cannot be changed
 */
function run(options: Options, io: Io): Promise<ExitCode> {
  const { tag, host, repository, digestAs } = options;
  const digest = options.digest === undefined ? undefined : parseDigest(options.digest, "--digest");
  const to: Partial<ImageParts> = defined({ tag, digest, host, repository });
  if (Object.keys(to).length === 0) {
    throw new DualRegistryError("USAGE", "Nothing to set; give --tag, --digest, --host or --repository");
  }
  const file = readEdited(options.file, io);
  const { images, elsewhere } = findImages(options.file, file.text);
  const sites = chooseSites(images, elsewhere, options);
  for (const site of sites) checkDigest(site, to, options, io);
  const changed = setImages(
    options.file,
    file.text,
    sites.map((site) => ({ site, to, ...defined({ digestAs }) })),
  );
  const patch = patchOf(file, changed);
  if (options.dryRun !== true && patch !== "") writeEdited(file, changed);
  const result = { file: options.file, changed: patch !== "", written: options.dryRun !== true && patch !== "", patch };
  printResult(io, options.format, result, () => (patch === "" ? `${options.file}: nothing to change\n` : patch));
  return Promise.resolve(0);
}

/** The places of the image that is meant. @throws DualRegistryError CHANGE_REFUSED */
function chooseSites(images: readonly ImageSite[], elsewhere: readonly Elsewhere[], options: Options): ImageSite[] {
  const nameOf = ({ host, repository }: ImageSite) => (host === undefined ? repository : `${host}/${repository}`);
  const meant = images.filter(
    (site) =>
      (site.repository === options.image || nameOf(site) === options.image) &&
      (options.object === undefined || site.object.name === options.object),
  );
  if (meant.length > 0) return meant;
  const names = [...new Set(images.map(nameOf))];
  const close = nearest(options.image, [...names, ...images.map(({ repository }) => repository)]);
  const hint = close === undefined ? "" : `; did you mean ${close}?`;
  const there = names.length === 0 ? "no image" : names.slice(0, 10).join(", ");
  const more = elsewhere.slice(0, 3).map(({ line, where }) => `; line ${line}: ${where}`);
  throw new DualRegistryError(
    "CHANGE_REFUSED",
    `${quoted(options.file)} does not name image ${quoted(options.image)}; it names ${there}${hint}${more.join("")}`,
  );
}

/** Behind the first stage a tag alone does not say what runs. @throws DualRegistryError CHANGE_REFUSED */
function checkDigest(site: ImageSite, to: Partial<ImageParts>, { stage: named, project }: Options, io: Io): void {
  if (named === undefined) return;
  const { stages } = readVersionScheme(readProjectFile(resolve(io.cwd, project)));
  const stage = checkStageName(named, stages);
  const isSame = to.tag === undefined || (to.tag === site.tag && site.digest !== undefined);
  if (placeOf(stage, stages) === "first" || to.digest !== undefined || isSame) return;
  throw new DualRegistryError(
    "CHANGE_REFUSED",
    `${stage} deploys digests, and ${quoted(to.tag ?? "")} is a tag; give --digest too, such as that of the promotion's record`,
  );
}

export const set = defineCommand(declare, run);
