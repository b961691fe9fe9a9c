import { AZURE } from "./azureTypes";
import type { Cloud, CloudResource } from "./cloud";
import { textAt } from "./lookup";
import { CloudError } from "./model";

/** The plan of a whole subscription. */
const WHOLE = /^\/subscriptions\/[^/]+\/providers\/Microsoft\.Security\/pricings\/[^/]+$/i;

/** A plan of a subscription that nobody has touched: every subscription has all of them, free. */
export function freePlan(type: string, id: string): CloudResource | undefined {
  if (type !== AZURE.pricing || !WHOLE.test(id)) return undefined;
  const [, , subscription = "", , , , name = ""] = id.split("/");
  return { id, type, inputs: { scopeId: `subscriptions/${subscription}`, pricingName: name, pricingTier: "Free" } };
}

/**
 * Azure deletes no plan of a subscription. Source: ARM REST: Pricings - Delete, valid only for resource scope.
 *
 * @throws CloudError MethodNotAllowed
 */
export function refusePlanDeleted(cloud: Cloud, type: string, id: string): void {
  if (type !== AZURE.pricing || !WHOLE.test(id)) return;
  const tier = textAt(cloud.get(id)?.inputs ?? {}, "pricingTier");
  throw new CloudError(
    "MethodNotAllowed",
    `cannot delete '${id}' (${tier}): set pricingTier Free, or keep it with retainOnDelete`,
  );
}
