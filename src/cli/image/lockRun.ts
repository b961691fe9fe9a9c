import { DualRegistryError, type ExitCode } from "../../errors";
import { readTree } from "../../oci/copy/tree";
import { isDigest } from "../../oci/digest";
import { readOutputs } from "../../outputs/readOutputs";
import { destinationOf } from "../../release/destination";
import type { Surroundings } from "../previewRun";
import { readImageName } from "./names";
import type { ResultFormat } from "./options";
import { withRegistries } from "./tools";

export interface LockOptions {
  outputs: string;
  format: ResultFormat;
}

/** Locks or unlocks an image: its tag, its manifest and, for an index, those it names; reads back and prints. */
export async function runLock(
  verb: "lock" | "unlock",
  name: string,
  options: LockOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const outputs = readOutputs(options.outputs);
  const { image, reference } = readImageName(name, outputs);
  return withRegistries(around, async (registries) => {
    const { target, path, locks, class: imageClass } = destinationOf(outputs, image, registries);
    if (!locks.native) {
      const rule = outputs.registries[imageClass].rules["tag-immutability"];
      const how = rule.support === "emulated" ? `; here tags are kept by: ${rule.by}` : "";
      throw new DualRegistryError("REGISTRY_REFUSED", `${target.name}: a registry of this kind has no locks${how}`);
    }
    const tree = await readTree(target, reference);
    const digests = tree.manifests.map(({ digest }) => digest);
    const state = await locks[verb](path, { tags: isDigest(reference) ? [] : [reference], digests });
    const result = { image: target.name, reference, digest: tree.root.digest, ...state };
    around.stdout.write(
      options.format === "json"
        ? `${JSON.stringify(result, null, 2)}\n`
        : `${target.name}@${tree.root.digest}: ${state.locked ? "locked" : `changeable: ${state.changeable.join(", ")}`}\n`,
    );
    return state.locked === (verb === "lock") ? 0 : 1;
  });
}
