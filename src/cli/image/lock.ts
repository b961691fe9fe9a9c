import { isDigest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { type ImageLocks, NO_LOCKS } from "../../images/locks";
import { destinationOf } from "../../images/registries";
import type { Destination } from "../../images/types";
import { readTree } from "../../oci";
import { readOutputs } from "../../outputs/readOutputs";
import type { Surroundings } from "../previewRun";
import { readImageName, withRegistries } from "./context";
import type { LockWhen, ResultFormat } from "./options";

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
        ? formatJson(result)
        : `${target.name}@${tree.root.digest}: ${state.locked ? "locked" : `changeable: ${state.changeable.join(", ")}`}\n`,
    );
    return state.locked === (verb === "lock") ? 0 : 1;
  });
}

const LATER: ImageLocks = { ...NO_LOCKS, later: true };

/**
 * The destination for whoever may push and not lock, as a publisher with AcrPush: locking is left to another
 * identity. Until that has locked, only reading back keeps the tags, as on a registry that has no locks; so each is
 * watched as there. A registry that has none stays as it is, and so does one whose tags may move.
 */
export function lockingLater(destination: Destination, when: LockWhen["lock"]): Destination {
  const { locks, tagRules } = destination;
  if (when !== "later" || !locks.native || tagRules.regime === "mutable") return destination;
  return { ...destination, locks: LATER, settles: true };
}

/** What is still to be done after {@link lockingLater}: a command for each tag. */
export function stillToLock(
  { locks }: Destination,
  repository: string,
  { tags, locked }: { tags: readonly string[]; locked: boolean | null },
  outputs: string,
): { lockWith?: readonly string[] } {
  if (locks.later !== true || locked !== false) return {};
  return { lockWith: tags.map((tag) => `dualreg image lock ${repository}:${tag} --outputs ${outputs}`) };
}
