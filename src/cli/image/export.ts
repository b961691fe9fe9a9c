import type { Command } from "@commander-js/extra-typings";
import type { ExitCode } from "../../base/errors";
import { parseReference } from "../../base/reference";
import { bytesText } from "../../base/text/units";
import { type Mirrored, mirrorImage } from "../../images/mirror";
import { copyThrottle, openLayout } from "../../oci";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";
import { withRegistries } from "./context";

const declare = (command: Command) =>
  command
    .argument("<reference...>", "host/path:tag or host/path@digest")
    .requiredOption("--to <dir>", "the layout's folder; made where it is not there")
    .option("--alone", "without what refers to it: to be published anew, with signature and records of its own")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

/** Writes images into a layout, each under its whole name, so that an import elsewhere knows where it belongs. */
async function run(texts: string[], options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const references = texts.map(parseReference);
  const { alone = false } = options;
  const layout = await openLayout(options.to, { create: true });
  return withRegistries<ExitCode>(io, async (registries) => {
    const copied: Mirrored[] = [];
    const throttle = copyThrottle();
    for (const { host, repository, tag, digest } of references) {
      const source = registries.session(host).repository(repository);
      const path = `${host}/${repository}`;
      io.stderr.write(`${path}\n`);
      const target = layout.repository(path);
      if (digest !== undefined) copied.push(await mirrorImage(source, target, digest, { throttle, path, alone }));
      if (digest === undefined || tag !== undefined) {
        copied.push(await mirrorImage(source, target, tag ?? "latest", { throttle, path, alone }));
      }
    }
    printResult(io, options.format, copied, mirrorText);
    return 0;
  });
}

export const exportImages = defineCommand(declare, run);

/** What was copied, a line for each image. */
export const mirrorText = (copied: readonly Mirrored[]): string =>
  copied
    .map(({ to, tag, digest, referrers, leftOut = [], sentBytes }) => {
      const name = `${to}${tag === undefined ? "" : `:${tag}`}@${digest}`;
      const left = leftOut.map(({ reference, why }) => `  left out ${reference}: ${why}\n`);
      return `${name}: ${referrers.length} referrers, ${bytesText(sentBytes)} sent\n${left.join("")}`;
    })
    .join("");
