import { DualRegistryError, type ExitCode } from "../../errors";
import { copyPlace } from "../../oci/copy/copyImage";
import { openLayout } from "../../oci/layout/openLayout";
import { isRepository, parseReference } from "../../oci/reference";
import { quoted } from "../../boundedFile";
import { isImageTag, mirrorImage, type Mirrored } from "../../release/mirror";
import { bytesText } from "../amounts";
import type { Surroundings } from "../previewRun";
import type { ResultFormat } from "./options";
import { withRegistries } from "./tools";

export interface ExportOptions {
  to: string;
  format: ResultFormat;
}

export type ImportOptions = ExportOptions;

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
      for await (const tag of source.tags()) {
        if (!isImageTag(tag)) continue;
        around.stderr.write(`${target.name}:${tag}\n`);
        done.push(await mirrorImage(source, target, tag, { place, path }));
      }
    }
    return print(done, options, around);
  });
}

function destination(text: string): { host: string; namespace: string } {
  const { host, repository } = parseReference(text.includes("/") ? text : `${text}/x`);
  return { host, namespace: text.includes("/") ? repository : "" };
}

function print(done: readonly Mirrored[], { format }: ExportOptions, { stdout }: Surroundings): ExitCode {
  const line = ({ to, tag, digest, referrers, sentBytes }: Mirrored) =>
    `${to}${tag === undefined ? "" : `:${tag}`}@${digest}: ${referrers.length} referrers, ${bytesText(sentBytes)} sent\n`;
  stdout.write(format === "json" ? `${JSON.stringify(done, null, 2)}\n` : done.map(line).join(""));
  return 0;
}
