import { parseDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import type { Step } from "../../domain/flow/step";
import type { ImageDigest } from "../../domain/flow/stepFacts";
import { readOutputs } from "../../outputs";
import { withRegistries } from "../image/context";
import type { Io } from "../io";

/** Where the digests of a release come from. */
export interface ImageOptions {
  /** Outputs of the stage before. */
  outputs?: string;
  /** `repository@digest`. */
  image?: string[];
}

/** Reads `orders/api@sha256:...`. @throws DualRegistryError USAGE, CONTENT_INVALID */
function readImage(text: string): ImageDigest {
  const [repository, digest] = text.split("@", 2);
  if (repository === undefined || repository === "" || digest === undefined) {
    throw new DualRegistryError("USAGE", `--image ${quoted(text)}: allowed: such as orders/api@sha256:...`);
  }
  return { repository, digest: parseDigest(digest, `--image ${quoted(text)}`) };
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
  if (options.image) return options.image.map(readImage);
  if (options.outputs === undefined) return undefined;
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
        `Not in ${outputs.stage}: ${missing.join(", ")}; publish them, or name what the release holds with --image`,
      );
    }
    return resolved.flatMap(({ repository, digest }) => (digest === undefined ? [] : [{ repository, digest }]));
  });
}
