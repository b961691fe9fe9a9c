/** The parts of a registry's ARM resource id. */
export interface RegistryId {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
}

const REGISTRY_ID =
  /^\/subscriptions\/([0-9a-fA-F-]{36})\/resourceGroups\/([-\w._()]{1,90})\/providers\/Microsoft\.ContainerRegistry\/registries\/([a-zA-Z0-9]{5,50})$/;

/** What a registry's id looks like, for error messages. */
export const REGISTRY_ID_FORM =
  "/subscriptions/<guid>/resourceGroups/<name>/providers/Microsoft.ContainerRegistry/registries/<name>";

/** The parts of a registry's ARM id; undefined where the text is none. */
export function parseRegistryId(id: string): RegistryId | undefined {
  const [, subscriptionId, resourceGroup, name] = REGISTRY_ID.exec(id) ?? [];
  return subscriptionId && resourceGroup && name ? { subscriptionId, resourceGroup, name } : undefined;
}

/** The subscription of an ARM id; empty where it names none. */
export function subscriptionOf(id: string): string {
  return /^\/subscriptions\/([^/]+)/i.exec(id)?.[1] ?? "";
}

/** The ARM id of the resource group that a resource lives in, or of the group itself; the id itself where it has none. */
export function resourceGroupOf(id: string): string {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(id)?.[0] ?? id;
}
