import { isDigest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { isRepository, parseReference } from "../../base/reference";
import { isReferrersTag } from "../../base/referrersTag";
import { quoted } from "../../base/text/quote";
import { bytesText } from "../../base/text/units";
import { type Mirrored, mirrorImage } from "../../images/mirror";
import { copyPlace, type LayoutStore, openLayout } from "../../oci";
import type { Surroundings } from "../previewRun";
import { withRegistries } from "./context";
import type { ResultFormat } from "./options";

export interface ExportOptions {
  to: string;
  format: ResultFormat;
}

export interface ImportOptions extends ExportOptions {
  moveTags?: true;
}

/** Writes images into a layout, each under its whole name, so that an import elsewhere knows where it belongs. */
export async function runExport(
  texts: readonly string[],
  options: ExportOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const references = texts.map(parseReference);
  const layout = await openLayout(options.to, { create: true });
  return withRegistries(around, async (registries) => {
    const done: Mirrored[] = [];
    const place = copyPlace();
    for (const { host, repository, tag, digest } of references) {
      const source = registries.session(host).repository(repository);
      const name = `${host}/${repository}`;
      around.stderr.write(`${name}\n`);
      const target = layout.repository(name);
      const path = name;
      if (digest !== undefined) done.push(await mirrorImage(source, target, digest, { place, path }));
      if (digest === undefined || tag !== undefined) {
        done.push(await mirrorImage(source, target, tag ?? "latest", { place, path }));
      }
    }
    return print(done, options, around);
  });
}

/** Brings what a layout holds to a registry: its paths stay, their hosts give way. */
export async function runImport(dir: string, options: ImportOptions, around: Surroundings): Promise<ExitCode> {
  const { host, namespace } = destination(options.to);
  const layout = await openLayout(dir);
  return withRegistries(around, async (registries) => {
    const done: Mirrored[] = [];
    const place = copyPlace();
    for (const name of await layout.repositories()) {
      const source = layout.repository(name);
      const path = `${namespace === "" ? "" : `${namespace}/`}${name.slice(name.indexOf("/") + 1)}`;
      if (!isRepository(path)) {
        throw new DualRegistryError("CONTENT_INVALID", `${dir}: ${quoted(name)} is no name of a repository`);
      }
      const target = registries.session(host).repository(path);
      for (const reference of await referencesIn(source)) {
        around.stderr.write(`${target.name}${isDigest(reference) ? "@" : ":"}${reference}\n`);
        const how = { place, path, moveTags: options.moveTags === true, verify: true };
        done.push(await mirrorImage(source, target, reference, how));
      }
    }
    if (done.length === 0) {
      const allowed = "a layout that dualreg image export wrote, with images under their whole names";
      throw new DualRegistryError(
        "NOT_FOUND",
        `${dir}: holds no image that says where it belongs; allowed: ${allowed}`,
      );
    }
    return print(done, options, around);
  });
}

/** The images of a repository: by their tags and, where they have none, by their digests. */
async function referencesIn(source: LayoutStore): Promise<string[]> {
  const found: string[] = [];
  for await (const tag of source.tags()) if (!isReferrersTag(tag)) found.push(tag);
  const untagged = (await source.choices()).filter(({ names }) => names.length === 0);
  return [...found, ...untagged.map(({ id }) => id)];
}

function destination(text: string): { host: string; namespace: string } {
  const { host, repository } = parseReference(text.includes("/") ? text : `${text}/x`);
  return { host, namespace: text.includes("/") ? repository : "" };
}

function print(done: readonly Mirrored[], { format }: ExportOptions, { stdout }: Surroundings): ExitCode {
  const line = ({ to, tag, digest, referrers, sentBytes }: Mirrored) =>
    `${to}${tag === undefined ? "" : `:${tag}`}@${digest}: ${referrers.length} referrers, ${bytesText(sentBytes)} sent\n`;
  stdout.write(format === "json" ? formatJson(done) : done.map(line).join(""));
  return 0;
}
