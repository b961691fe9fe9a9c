import type { MappedImage } from "../domain/imageClass";
import type { StageOutputs } from "../outputs/stageOutputs";
import type { Destination } from "./publishState";
import type { Registries } from "./registries";

/** Where an image of the map goes in a stage, and what holds there. */
export function destinationOf(outputs: StageOutputs, image: MappedImage, registries: Registries): Destination {
  const registry = outputs.registries[image.class];
  const { target, path } = registries.repository(registry, image.repository);
  const { tagRules, rules, loginServer, vanityHost, kind } = registry;
  return {
    stage: outputs.stage,
    class: image.class,
    target,
    path,
    hosts: [loginServer, vanityHost],
    tagRules,
    policy: outputs.policies[image.class],
    locks: registries.locks(registry),
    settles: tagRules.regime === "immutable" && kind !== "acr" && rules["tag-immutability"].support !== "native",
  };
}
