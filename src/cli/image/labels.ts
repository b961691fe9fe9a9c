import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { formatReference, parseReference } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import { readLabels } from "../../oci";
import type { Surroundings } from "../previewRun";
import { withRegistries } from "./context";
import type { ResultFormat } from "./options";

export interface LabelsOptions {
  format: ResultFormat;
}

/** Prints an image's labels, of each platform. They say what whoever built it wanted to say, which the text repeats. */
export async function runLabels(text: string, options: LabelsOptions, around: Surroundings): Promise<ExitCode> {
  const reference = parseReference(text);
  return withRegistries<ExitCode>(around, async (registries) => {
    const source = registries.session(reference.host).repository(reference.repository);
    const wanted = reference.digest ?? reference.tag ?? "latest";
    const found = await source.resolve(wanted);
    if (found === undefined) throw new DualRegistryError("NOT_FOUND", `${formatReference(reference)} is not there`);
    const images = await readLabels(source, found.digest);
    const result = { image: source.name, digest: found.digest, selfAsserted: true, images };
    around.stdout.write(options.format === "json" ? formatJson(result) : labelsText(result));
    return 0;
  });
}

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
