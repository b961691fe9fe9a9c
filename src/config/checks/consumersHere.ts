import type { Stage } from "../../domain/stage";
import type { Consumer } from "../../domain/stageConfig";

/** Who pulls in a stage: the product itself, where its name is known, and the consumers that are not of other stages only. */
export function consumersHere(
  stage: Stage,
  { product, consumers }: { product: string | undefined; consumers: readonly Consumer[] },
): string[] {
  const here = consumers.filter(({ stages }) => stages?.includes(stage) ?? true).map(({ name }) => name);
  return [...(product === undefined ? [] : [product]), ...here];
}
