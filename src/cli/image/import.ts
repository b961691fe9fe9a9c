import type { Command } from "@commander-js/extra-typings";
import { isDigest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { isRepository, parseReference } from "../../base/reference";
import { isReferrersTag } from "../../base/referrersTag";
import { quoted } from "../../base/text/quote";
import { type Mirrored, mirrorImage } from "../../images/mirror";
import { copyThrottle, type LayoutStore, openLayout } from "../../oci";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";
import { withRegistries } from "./context";
import { mirrorText } from "./export";

const declare = (command: Command) =>
  command
    .argument("<dir>", "the layout's folder")
    .requiredOption("--to <registry>", "host, or host/namespace, to put in the place of the hosts exported from")
    .option("--move-tags", "move a tag that stands for another image there")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

/** Brings what a layout holds to a registry: its paths stay, their hosts give way. */
async function run(dir: string, options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { host, namespace } = destination(options.to);
  const layout = await openLayout(dir);
  return withRegistries<ExitCode>(io, async (registries) => {
    const copied: Mirrored[] = [];
    const throttle = copyThrottle();
    for (const name of await layout.repositories()) {
      const source = layout.repository(name);
      const path = `${namespace === "" ? "" : `${namespace}/`}${name.slice(name.indexOf("/") + 1)}`;
      if (!isRepository(path)) {
        throw new DualRegistryError("CONTENT_INVALID", `${dir}: ${quoted(name)} is no name of a repository`);
      }
      const target = registries.session(host).repository(path);
      for (const reference of await referencesIn(source)) {
        io.stderr.write(`${target.name}${isDigest(reference) ? "@" : ":"}${reference}\n`);
        const how = { throttle, path, moveTags: options.moveTags === true, verify: true };
        copied.push(await mirrorImage(source, target, reference, how));
      }
    }
    if (copied.length === 0) {
      const allowed = "a layout that dualreg image export wrote, with images under their whole names";
      throw new DualRegistryError(
        "NOT_FOUND",
        `${dir}: holds no image that says where it belongs; allowed: ${allowed}`,
      );
    }
    printResult(io, options.format, copied, mirrorText);
    return 0;
  });
}

export const importImages = defineCommand(declare, run);

/** The images of a repository: by their tags and, where they have none, by their digests. */
async function referencesIn(source: LayoutStore): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of source.tags()) if (!isReferrersTag(tag)) tags.push(tag);
  const untagged = (await source.choices()).filter(({ names }) => names.length === 0);
  return [...tags, ...untagged.map(({ id }) => id)];
}

function destination(text: string): { host: string; namespace: string } {
  const { host, repository } = parseReference(text.includes("/") ? text : `${text}/x`);
  return { host, namespace: text.includes("/") ? repository : "" };
}
