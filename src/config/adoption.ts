import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { parseRegistryId, resourceGroupName } from "../domain/plan/names";
import type { RegistryConfig } from "../domain/plan/registries";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project";

/** Where a stage makes its own resources. */
interface OwnPlace {
  product: string | undefined;
  resourceGroup: string | undefined;
  /** The provider's subscription, where it is told and not encrypted. */
  subscriptionId: string | undefined;
}

/** An adopted registry is in the subscription its tokens are made in, and not in the group the stage makes. */
export function checkAdoption(
  stage: Stage,
  registries: Partial<Record<ImageClass, RegistryConfig>>,
  place: OwnPlace,
): Problem[] {
  const group = place.resourceGroup ?? resourceGroupName(place.product ?? "", stage);
  return IMAGE_CLASSES.flatMap((imageClass): Problem[] => {
    const registry = registries[imageClass];
    const id = registry?.mode === "adopt" ? parseRegistryId(registry.id ?? "") : undefined;
    if (!id) return [];
    const at = { file: stageFileName(stage), path: `registries.${imageClass}.id` };
    const problems: Problem[] = [];
    if (place.subscriptionId !== undefined && id.subscriptionId.toLowerCase() !== place.subscriptionId.toLowerCase()) {
      const what = `subscription ${quotedValue(id.subscriptionId)} is not the stage's`;
      problems.push({
        ...at,
        what,
        allowed: "allowed: azure-native:subscriptionId, where its tokens are made",
        from: { paths: ["azure-native:subscriptionId"] },
      });
    }
    if (id.resourceGroup.toLowerCase() === group.toLowerCase()) {
      const what = `group ${quotedValue(id.resourceGroup)} is the group that the stage makes`;
      problems.push({
        ...at,
        what,
        allowed: "give the stage another: resourceGroup",
        from: { paths: ["resourceGroup", "product.name"] },
      });
    }
    return problems;
  });
}
