import type { Command } from "@commander-js/extra-typings";
import { isDigest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { destinationOf } from "../../images/registries";
import { readTree } from "../../oci";
import { readOutputs } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, outputsOption, printResult, REGISTRY_EXITS } from "../options";
import { readImageName, withRegistries } from "./context";

const declare = (command: Command) =>
  command
    .argument("<image>", "a repository of the map with a tag, such as orders/api:v1.2.3")
    .addOption(outputsOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

/** Locks or unlocks an image: its tag, its manifest and, for an index, those it names; reads back and prints. */
const run =
  (verb: "lock" | "unlock") =>
  async (name: string, options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> => {
    const outputs = readOutputs(options.outputs);
    const { image, reference } = readImageName(name, outputs);
    return withRegistries(io, async (registries) => {
      const { target, path, locks, class: imageClass } = destinationOf(outputs, image, registries);
      if (!locks.native) {
        const rule = outputs.registries[imageClass].rules["tag-immutability"];
        const how = rule.support === "emulated" ? `; here tags are kept by: ${rule.by}` : "";
        throw new DualRegistryError("REGISTRY_REFUSED", `${target.name}: a registry of this kind has no locks${how}`);
      }
      const { manifests, root } = await readTree(target, reference);
      const digests = manifests.map(({ digest }) => digest);
      const state = await locks[verb](path, { tags: isDigest(reference) ? [] : [reference], digests });
      const result = { image: target.name, reference, digest: root.digest, ...state };
      printResult(io, options.format, result, ({ image, digest, locked, changeable }) => {
        return `${image}@${digest}: ${locked ? "locked" : `changeable: ${changeable.join(", ")}`}\n`;
      });
      return state.locked === (verb === "lock") ? 0 : 1;
    });
  };

export const lock = defineCommand(declare, run("lock"));
export const unlock = defineCommand(declare, run("unlock"));
