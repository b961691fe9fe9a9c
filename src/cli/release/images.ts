import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { readStages } from "../../config";
import type { Step } from "../../domain/flow/step";
import type { ImageDigest } from "../../domain/flow/stepFacts";
import { readOutputs } from "../../outputs";
import { withRegistries } from "../image/context";
import { readProjectFile } from "../../project";
import { readImageLines, readNamedDigest } from "../imageLines";
import type { Io } from "../io";

/** Where the digests of a release come from. */
export interface ImageOptions {
  /** Folder of Pulumi.yaml, whose map of images is the list of those allowed. */
  project: string;
  /** Outputs of the stage before. */
  outputs?: string;
  /** `repository@digest`. */
  image?: string[];
  /** A file with such lines. */
  imagesFile?: string;
}

/** Images that are named, by words or by lines of a file; each once. @throws DualRegistryError CONTENT_INVALID, USAGE */
function readNamed({ image, imagesFile, project }: ImageOptions, step: Step): ImageDigest[] | undefined {
  if (image === undefined && imagesFile === undefined) return undefined;
  const mapped = mappedIn(project);
  const named =
    imagesFile === undefined
      ? (image ?? []).map((text) => readNamedDigest(text, mapped, "--image"))
      : readImageLines(imagesFile, (line, where) => readNamedDigest(line, mapped, where));
  const twice = named.find(({ repository }, at) => named.findIndex((one) => one.repository === repository) !== at);
  if (twice) {
    throw new DualRegistryError("CONTENT_INVALID", `${twice.repository} is named twice; a release has one image of it`);
  }
  if (named.length > 0) return named;
  // The release is built after it is signed off there, so that nobody has to leave the file out.
  if (step.entry) return undefined;
  throw new DualRegistryError("USAGE", `--images-file ${quoted(imagesFile ?? "")}: it names no image`);
}

/** Repositories of the map, as far as every stage says the same. */
function mappedIn(project: string): string[] {
  const stages = readStages(readProjectFile(project), undefined);
  return [...new Set(stages.flatMap(({ config }) => config?.images.map(({ repository }) => repository) ?? []))];
}

/**
 * The images of a release at the stage before: those named, or every image of the map under the release's version; the
 * first stage knows them by their commit.
 *
 * @returns undefined where neither outputs nor images are named
 * @throws DualRegistryError NOT_FOUND naming every image that is not there
 */
export async function imagesBefore(
  step: Step,
  commit: string,
  options: ImageOptions,
  io: Io,
): Promise<ImageDigest[] | undefined> {
  const named = readNamed(options, step);
  if (named !== undefined || options.outputs === undefined) return named;
  const outputs = readOutputs(options.outputs);
  if (step.from === undefined) {
    throw new DualRegistryError(
      "USAGE",
      `--outputs: ${step.to} is the only stage, so no images stand before it; leave it out`,
    );
  }
  if (outputs.stage !== step.from) {
    throw new DualRegistryError(
      "USAGE",
      `--outputs: they are those of ${outputs.stage}; wanted: those of ${step.from}, where ${step.tag} comes from`,
    );
  }
  const reference = step.entry ? commit : step.version;
  return withRegistries(io, async (registries) => {
    const resolved = await Promise.all(
      outputs.images.map(async ({ repository, class: imageClass }) => {
        const { target } = registries.repository(outputs.registries[imageClass], repository);
        return { repository, name: target.name, digest: (await target.resolve(reference))?.digest };
      }),
    );
    const missing = resolved.filter(({ digest }) => digest === undefined).map(({ name }) => `${name}:${reference}`);
    if (missing.length > 0) {
      throw new DualRegistryError(
        "NOT_FOUND",
        `Not in ${outputs.stage}: ${missing.join(", ")}; publish them, or name what the release holds with --images-file`,
      );
    }
    return resolved.flatMap(({ repository, digest }) => (digest === undefined ? [] : [{ repository, digest }]));
  });
}
