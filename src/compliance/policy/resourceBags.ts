import type { PolicyResource } from "@pulumi/policy";
import { UNKNOWN_VALUE, type Properties, type ResourceBag } from "../resources/bag";

const MOST_DEEP = 12;

/** A value as JSON. The engine's own throws where it is read before it is known; here a mark stands in its place. */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MOST_DEEP) return UNKNOWN_VALUE;
  const at = (key: string) => {
    try {
      return plain(Reflect.get(value, key), depth + 1);
    } catch {
      return UNKNOWN_VALUE;
    }
  };
  if (Array.isArray(value)) return Object.keys(value).map(at);
  return Object.fromEntries(Object.keys(value).map((key) => [key, at(key)]));
}

const asProperties = (value: unknown): Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

/** Azure answers this of every resource that stands. */
const stands = (properties: Properties) =>
  typeof properties["provisioningState"] === "string" && properties["provisioningState"] !== UNKNOWN_VALUE;

/** A resource of the engine's policy request. azure-native keeps the inputs among the outputs, under a name of its own. */
export function bagOfPolicyResource(resource: PolicyResource): ResourceBag {
  const properties = asProperties(plain(resource.props));
  const inputs = { ...properties, ...asProperties(properties["__inputs"]) };
  return {
    type: resource.type,
    name: resource.name,
    urn: resource.urn,
    ...(resource.parent === undefined ? {} : { parent: resource.parent.urn }),
    inputs,
    ...(stands(properties) ? { outputs: properties } : {}),
    protect: resource.opts.protect,
    ignoreChanges: resource.opts.ignoreChanges,
  };
}
