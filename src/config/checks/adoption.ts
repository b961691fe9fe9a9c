import { parseRegistryId } from "../../domain/armId";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/imageClass";
import { resourceGroupName } from "../../domain/names";
import type { Stage } from "../../domain/stage";
import type { RegistryFactsInput } from "../../domain/stageConfig";
import { showValue, type Problem } from "../problem";
import { stageFileName } from "../raw";

/** Where a stage makes its own resources. */
export interface OwnPlace {
  product: string | undefined;
  resourceGroup: string | undefined;
  /** The provider's subscription, where it is told and not encrypted. */
  subscriptionId: string | undefined;
}

/** An adopted registry is in the subscription its tokens are made in, and not in the group the stage makes. */
export function checkAdoption(
  stage: Stage,
  registries: Partial<Record<ImageClass, RegistryFactsInput>>,
  place: OwnPlace,
): Problem[] {
  const group = place.resourceGroup ?? resourceGroupName(place.product ?? "", stage);
  return IMAGE_CLASSES.flatMap((imageClass): Problem[] => {
    const facts = registries[imageClass];
    const id = facts?.mode === "adopt" ? parseRegistryId(facts.id ?? "") : undefined;
    if (!id) return [];
    const at = { file: stageFileName(stage), path: `registries.${imageClass}.id` };
    const problems: Problem[] = [];
    if (place.subscriptionId !== undefined && id.subscriptionId.toLowerCase() !== place.subscriptionId.toLowerCase()) {
      const what = `subscription ${showValue(id.subscriptionId)} is not the stage's`;
      problems.push({ ...at, what, allowed: "allowed: azure-native:subscriptionId, where its tokens are made" });
    }
    if (id.resourceGroup.toLowerCase() === group.toLowerCase()) {
      const what = `group ${showValue(id.resourceGroup)} is the one the stage makes`;
      problems.push({ ...at, what, allowed: "give the stage another: resourceGroup" });
    }
    return problems;
  });
}
