import { IMAGE_CLASSES } from "../../domain/imageClass";
import { planTokens, type TokenFactsInput } from "../../domain/planTokens";
import { PULL_ACTIONS } from "../../domain/scopes";
import { SCOPE_MAP_ACTIONS, SKU_LIMITS } from "../../domain/sku";
import { showValue, type Problem } from "../problem";
import { SHARED_FILE, stageFileName } from "../raw";

/** The tokens that follow from the facts fit the registry's tier, and each scope map takes its actions. */
export function checkTokens(facts: TokenFactsInput): Problem[] {
  const tokens = planTokens(facts);
  const problems: Problem[] = tokens
    .filter((token) => token.actions.length > SCOPE_MAP_ACTIONS)
    .map((token) => ({
      file: SHARED_FILE,
      path: token.consumer === facts.product.name ? "product.pull" : "consumers",
      what: `${showValue(token.consumer)} names ${token.actions.length / PULL_ACTIONS.length} ${token.registry} repositories`,
      allowed: `allowed: ${SCOPE_MAP_ACTIONS / PULL_ACTIONS.length}, or a path such as ${facts.product.name}/*`,
    }));
  for (const imageClass of IMAGE_CLASSES) {
    const registry = facts.registries[imageClass];
    const count = tokens.filter((token) => token.registry === imageClass).length;
    if (registry.mode === "reference" || count <= SKU_LIMITS[registry.sku].tokens) continue;
    problems.push({
      file: stageFileName(facts.stage),
      path: `registries.${imageClass}.sku`,
      what: `${count} tokens are more than ${registry.sku} takes`,
      allowed: `allowed: ${SKU_LIMITS[registry.sku].tokens}, or a higher SKU`,
    });
  }
  return problems;
}
