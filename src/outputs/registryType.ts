import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { chooseRegistry, type RegistryChoice, type WantedKind } from "../domain/image/registryChoice";
import { KIND_WORDS, registryKindOf } from "../domain/image/registryKind";
import type { RegistryOutput, StageOutputs } from "./schema";

/** The variable that chooses among a stage's registries by their kind. */
const REGISTRY_TYPE = "REGISTRY_TYPE";

/**
 * The kind that a word names.
 *
 * @param source what the word stands in, for messages, such as `REGISTRY_TYPE`
 * @throws DualRegistryError USAGE
 */
export function namedKind(word: string, source: string): WantedKind {
  const kind = registryKindOf(word);
  if (kind !== undefined) return { kind, why: source, binding: true };
  throw new DualRegistryError("USAGE", `${source} ${quoted(word)} is not allowed; allowed: ${KIND_WORDS.join(", ")}`);
}

/** What `REGISTRY_TYPE` asks for; undefined where it is not set, or empty. */
export function kindOfEnvironment(env: Readonly<Record<string, string | undefined>>): WantedKind | undefined {
  const word = env[REGISTRY_TYPE] ?? "";
  return word === "" ? undefined : namedKind(word, REGISTRY_TYPE);
}

/** The registries of a class in a stage: its own, and those that may be chosen in its place. */
type OfClass = Pick<StageOutputs, "registries" | "alternatives">;

/** The registry of a class that was asked for, or why there is none. */
export const choiceOf = (
  { registries, alternatives }: OfClass,
  imageClass: ImageClass,
  wanted: WantedKind | undefined,
): RegistryChoice<RegistryOutput> =>
  chooseRegistry([registries[imageClass], ...(alternatives?.[imageClass] ?? [])], wanted);

/**
 * A stage's outputs with the registries that were asked for in place of its own, so that whoever reads them goes there.
 *
 * @param classes whose registry is asked for; that of another class stays
 * @throws DualRegistryError CONFIG_INVALID where the stage has none of the kind
 */
export function withRegistryOf(
  outputs: StageOutputs,
  wanted: WantedKind | undefined,
  classes: readonly ImageClass[] = IMAGE_CLASSES,
): StageOutputs {
  if (wanted === undefined) return outputs;
  const registries = { ...outputs.registries };
  for (const imageClass of classes) {
    const choice = choiceOf(outputs, imageClass, wanted);
    if ("problem" in choice) {
      throw new DualRegistryError(
        "CONFIG_INVALID",
        `${outputs.stage}, class ${imageClass}: ${choice.problem}; or name it in alternatives of Pulumi.${outputs.stage}.yaml`,
      );
    }
    registries[imageClass] = choice.registry;
  }
  // Policies of the stage's own registries hold for none that was chosen in place of one.
  const own = ([imageClass]: [string, unknown]) =>
    IMAGE_CLASSES.some((one) => one === imageClass && registries[one] === outputs.registries[one]);
  const ofOwn = (days: object) => Object.fromEntries(Object.entries(days).filter(own));
  const { untaggedDays, softDeleteDays } = outputs.retention;
  const retention = { ...outputs.retention, untaggedDays: ofOwn(untaggedDays), softDeleteDays: ofOwn(softDeleteDays) };
  return { ...outputs, registries, retention };
}
