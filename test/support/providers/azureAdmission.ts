import { parentOf } from "./armIds";
import { admitAccess } from "./azureAccess";
import { LOG_CATEGORIES } from "./azureFacts";
import { AZURE } from "./azureTypes";
import { admitWatch } from "./azureWatch";
import { region, same } from "./changes";
import type { Cloud } from "./cloud";
import { at, listAt, textAt } from "./lookup";
import { CloudError } from "./model";
import type { PlainFields } from "./values";

/** How many of each a registry takes, by SKU (Azure Container Registry documentation: service tiers). */
const LIMITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  [AZURE.scopeMap]: { Basic: 100, Standard: 500, Premium: 50_000 },
  [AZURE.token]: { Basic: 100, Standard: 500, Premium: 50_000 },
  [AZURE.webhook]: { Basic: 2, Standard: 10, Premium: 500 },
};

/**
 * What Azure refuses because of what else is there.
 *
 * @throws CloudError with Azure's code
 */
export function admit(type: string, id: string, inputs: PlainFields, cloud: Cloud): void {
  admitAccess(type, id, inputs, cloud);
  admitWatch(type, id, inputs, cloud);
  if (type === AZURE.registry) admitRegistry(id, inputs, cloud);
  if (type === AZURE.diagnosticSetting) admitSetting(type, id, inputs, cloud);
  if (!type.startsWith("azure-native:containerregistry:") || type === AZURE.registry) return;
  const registry = cloud.get(parentOf(type, id) ?? "");
  if (registry === undefined) return;
  const siblings = cloud.inside(registry).filter((other) => other.type === type && !sameId(other.id, id));
  const sku = textAt(registry.inputs, "sku.name");
  const limit = LIMITS[type]?.[sku];
  if (limit !== undefined && siblings.length >= limit) {
    throw new CloudError("QuotaExceeded", `cannot create '${id}': a ${sku} registry takes ${limit} of them`);
  }
  if (type === AZURE.replication) admitReplication(id, inputs, registry.inputs, siblings);
  if (type === AZURE.token) admitToken(id, inputs, registry.id, cloud);
  if (type === AZURE.webhook) {
    const replicas = cloud.inside(registry).filter((other) => other.type === AZURE.replication);
    const regions = [registry, ...replicas].map((place) => region(textAt(place.inputs, "location")));
    if (!regions.includes(region(textAt(inputs, "location")))) {
      throw new CloudError("InvalidLocation", `cannot store '${id}': a webhook is in one of ${regions.join(", ")}`);
    }
  }
}

function admitRegistry(id: string, inputs: PlainFields, cloud: Cloud): void {
  const name = textAt(inputs, "registryName").toLowerCase();
  const other = cloud.ofType(AZURE.registry).find((one) => textAt(one.inputs, "registryName").toLowerCase() === name);
  if (other !== undefined && !sameId(other.id, id)) {
    throw new CloudError("AlreadyInUse", `the registry name '${name}' is taken: it must be unique in all of Azure`);
  }
  const registry = cloud.get(id);
  const replicas =
    registry === undefined ? [] : cloud.inside(registry).filter((inner) => inner.type === AZURE.replication);
  if (replicas.length === 0) return;
  if (textAt(inputs, "sku.name") !== "Premium") {
    throw new CloudError("SkuNotSupported", `'${id}' has replications: only Premium does; delete them first`);
  }
  refuseSoftDelete(id, inputs);
}

function admitReplication(
  id: string,
  inputs: PlainFields,
  registry: PlainFields,
  siblings: readonly { inputs: PlainFields }[],
): void {
  if (textAt(registry, "sku.name") !== "Premium") {
    throw new CloudError("SkuNotSupported", `cannot create '${id}': only Premium registries have replications`);
  }
  refuseSoftDelete(id, registry);
  const taken = [registry, ...siblings.map((other) => other.inputs)];
  if (taken.some((other) => region(textAt(other, "location")) === region(textAt(inputs, "location")))) {
    throw new CloudError(
      "LocationInUse",
      `cannot create '${id}': the registry is in ${textAt(inputs, "location")} already`,
    );
  }
}

function refuseSoftDelete(id: string, registry: PlainFields): void {
  if (at(registry, "policies.softDeletePolicy.status") !== "enabled") return;
  throw new CloudError("SoftDeleteNotSupported", `'${id}': soft delete and replications exclude each other`);
}

function admitToken(id: string, inputs: PlainFields, registryId: string, cloud: Cloud): void {
  const map = textAt(inputs, "scopeMapId");
  if (!map.toLowerCase().startsWith(`${registryId.toLowerCase()}/scopemaps/`)) {
    throw new CloudError("InvalidScopeMap", `cannot store '${id}': '${map}' is a scope map of another registry`);
  }
  if (!cloud.has(map) && !/\/_repositories_\w+$/.test(map)) {
    throw new CloudError("ScopeMapNotFound", `cannot store '${id}': there is no '${map}'`);
  }
}

function admitSetting(type: string, id: string, inputs: PlainFields, cloud: Cloud): void {
  const workspace = textAt(inputs, "workspaceId");
  if (workspace !== "" && !cloud.has(workspace)) {
    throw new CloudError("ResourceNotFound", `cannot store '${id}': there is no workspace '${workspace}'`);
  }
  const target = textAt(inputs, "resourceUri");
  const categories = LOG_CATEGORIES[cloud.get(target)?.type ?? ""];
  if (categories !== undefined) {
    const kind = cloud.get(target)?.type === AZURE.registry ? "registry" : "vault";
    for (const [index] of listAt(inputs, "logs").entries()) {
      const category = at(inputs, `logs.${index}.category`);
      if (typeof category === "string" && !categories.includes(category)) {
        throw new CloudError("BadRequest", `cannot store '${id}': a ${kind} has no log category '${category}'`);
      }
    }
  }
  const twin = cloud.ofType(type).find((other) => !sameId(other.id, id) && sameTarget(other.inputs, inputs));
  if (twin !== undefined && workspace !== "") {
    throw new CloudError("Conflict", `cannot store '${id}': '${twin.id}' sends the same to the same workspace`);
  }
}

function sameTarget(one: PlainFields, other: PlainFields): boolean {
  const lower = (from: PlainFields, name: string) => textAt(from, name).toLowerCase();
  return (
    lower(one, "resourceUri") === lower(other, "resourceUri") &&
    lower(one, "workspaceId") === lower(other, "workspaceId") &&
    same([...listAt(one, "logs")], [...listAt(other, "logs")])
  );
}

const sameId = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
