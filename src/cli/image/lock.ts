import type { Command } from "@commander-js/extra-typings";
import { isDigest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { destinationOf } from "../../images/registries";
import { readTree } from "../../oci";
import { defineCommand, type OptionsOf } from "../command";
import { readImageLines } from "../imageLines";
import type { Io } from "../io";
import { formatOption, outputsOption, printResult, REGISTRY_EXITS } from "../options";
import { readStageOutputs } from "../stageOutputs";
import { readImageName, withRegistries } from "./context";

const declare = (command: Command) =>
  command
    .argument("[image...]", "repositories of the map with a tag, such as orders/api:v1.2.3")
    .option("--images-file <file>", "the same as a file with a line for each (- for standard input)")
    .addOption(outputsOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

/** What became of one image. */
interface Locked {
  image: string;
  reference: string;
  digest: string;
  locked: boolean;
  changeable: readonly string[];
}

/** The images that are named, by words or by lines of a file. @throws DualRegistryError USAGE, CONTENT_INVALID */
function namesOf(words: readonly string[], file: string | undefined): readonly string[] {
  if (file !== undefined && words.length === 0) return readImageLines(file, (line) => line);
  if (file === undefined && words.length > 0) return words;
  throw new DualRegistryError("USAGE", "Name images, such as orders/api:<tag>, or give their list by --images-file");
}

/** Locks or unlocks images: tag, manifest and, for an index, those it names; reads back and prints. */
const run =
  (verb: "lock" | "unlock") =>
  async (words: string[], options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> => {
    const names = namesOf(words, options.imagesFile);
    const outputs = readStageOutputs(options.outputs, io, (read) =>
      names.map((name) => readImageName(name, read).image.class),
    );
    const named = names.map((name) => readImageName(name, outputs));
    return withRegistries(io, async (registries) => {
      const results: Locked[] = [];
      for (const { image, reference } of named) {
        const { target, path, locks, class: imageClass } = destinationOf(outputs, image, registries);
        if (!locks.native) {
          const rule = outputs.registries[imageClass].rules["tag-immutability"];
          const how = rule.support === "emulated" ? `; here tags are kept by: ${rule.by}` : "";
          throw new DualRegistryError("REGISTRY_REFUSED", `${target.name}: a registry of this kind has no locks${how}`);
        }
        const { manifests, root } = await readTree(target, reference);
        const digests = manifests.map(({ digest }) => digest);
        const state = await locks[verb](path, { tags: isDigest(reference) ? [] : [reference], digests });
        results.push({ image: target.name, reference, digest: root.digest, ...state });
      }
      const [only] = results;
      const shown = options.imagesFile === undefined && results.length === 1 && only ? only : results;
      printResult(io, options.format, shown, () =>
        results
          .map(({ image, digest, locked, changeable }) => {
            return `${image}@${digest}: ${locked ? "locked" : `changeable: ${changeable.join(", ")}`}\n`;
          })
          .join(""),
      );
      return results.every(({ locked }) => locked === (verb === "lock")) ? 0 : 1;
    });
  };

export const lock = defineCommand(declare, run("lock"));
export const unlock = defineCommand(declare, run("unlock"));
