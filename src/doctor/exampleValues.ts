import { problem, type Finding } from "./finding";
import type { StageFacts } from "./stageFacts";

const EXAMPLE_SUBSCRIPTION = /^00000000-0000-0000-0000-/;
const EXAMPLE_OWNER = "company";
const EXAMPLE_DOMAIN = "company.com";

/** True where the subscription is one that Azure never gives out. */
export function isExampleSubscription(id: string): boolean {
  return EXAMPLE_SUBSCRIPTION.test(id);
}

/** True where the GitHub organisation is the example's. */
export function isExampleOwner(owner: string): boolean {
  return owner === EXAMPLE_OWNER;
}

interface Example {
  what: string;
  remedy: string;
}

function examplesOf({ file, subscriptionId, owner, config }: StageFacts): Example[] {
  const found: Example[] = [];
  if (subscriptionId !== undefined && isExampleSubscription(subscriptionId)) {
    const remedy = `az account list --output table  # then azure-native:subscriptionId in ${file}`;
    found.push({ what: `${file}: azure-native:subscriptionId: ${subscriptionId} is still an example value`, remedy });
  }
  if (owner !== undefined && isExampleOwner(owner)) {
    const remedy = `gh org list  # then github:owner in ${file}`;
    found.push({ what: `${file}: github:owner: ${owner} is still an example value`, remedy });
  }
  if (config?.product.domain === EXAMPLE_DOMAIN) {
    const remedy = "git grep -n 'domain:' Pulumi.yaml  # and write your own there";
    found.push({ what: `Pulumi.yaml: product.domain: ${EXAMPLE_DOMAIN} is still an example value`, remedy });
  }
  return found;
}

/** Which of the values that came with this project were left in place? Says nothing where there are none. */
export function checkExampleValues(stages: readonly StageFacts[]): Finding[] {
  const told = new Set<string>();
  return stages.flatMap((stage) => {
    const fresh = examplesOf(stage).filter(({ what }) => !told.has(what));
    if (fresh.length === 0) return [];
    for (const { what } of fresh) told.add(what);
    const lines = (pick: (example: Example) => string) => [...new Set(fresh.map(pick))].join("\n");
    return [
      problem(
        `example-values.${stage.stage}`,
        lines(({ what }) => what),
        lines(({ remedy }) => remedy),
      ),
    ];
  });
}
