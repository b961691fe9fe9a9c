import { AZURE } from "./azureTypes";
import { constraints, specOf } from "./constraints";
import { textAt } from "./lookup";
import type { PlainFields } from "./values";

/** Parameters that are whole ARM paths. */
const WHOLE_PATHS: ReadonlySet<string> = new Set(["scope", "scopeId", "resourceUri"]);

/** The path parameters of a type, in order; the subscription is not among them. */
export function pathParameters(type: string): string[] {
  const names = [...(specOf(type).id ?? "").matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  return names.filter((name) => name !== "subscriptionId");
}

/** The ARM id of a resource with these inputs. */
export function armId(type: string, inputs: PlainFields, subscriptionId: string): string {
  return (specOf(type).id ?? "").replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (name === "subscriptionId") return subscriptionId;
    return textAt(inputs, name).replace(/^\//, "");
  });
}

/** The type an ARM id is of, of those that have a stand-in. */
export function typeOfArmId(id: string): string | undefined {
  return Object.keys(constraints().resources).find((type) => matchOf(type, id) !== undefined);
}

/** The inputs that stand in an ARM id. */
export function inputsOfArmId(type: string, id: string): PlainFields {
  const groups = Object.entries(matchOf(type, id) ?? {}).filter(([name]) => name !== "subscriptionId");
  const slashed = (name: string) => WHOLE_PATHS.has(name) && name !== "scopeId";
  return Object.fromEntries(groups.map(([name, value]) => [name, slashed(name) ? `/${value}` : value]));
}

function matchOf(type: string, id: string): Record<string, string> | undefined {
  const template = specOf(type).id;
  if (template === undefined) return undefined;
  const pattern = template
    .replaceAll(".", "\\.")
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${WHOLE_PATHS.has(name) ? ".+" : "[^/]+"})`);
  return new RegExp(`^${pattern}$`, "i").exec(id)?.groups;
}

/** The ARM type of an id: `Microsoft.ContainerRegistry/registries/tokens`. */
export function armTypeOf(id: string): string {
  const [namespace, ...rest] = id.split("/providers/").at(-1)?.split("/") ?? [];
  if (!id.includes("/providers/")) return "Microsoft.Resources/resourceGroups";
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join("/");
}

/** What a resource lives in: its registry, its resource group, what it is attached to; undefined for a resource group. */
export function parentOf(type: string, id: string): string | undefined {
  if (type === AZURE.group) return undefined;
  const inputs = inputsOfArmId(type, id);
  const whole = textAt(inputs, "scope") || textAt(inputs, "scopeId") || textAt(inputs, "resourceUri");
  if (whole !== "") return `/${whole.replace(/^\//, "")}`;
  const parts = id.split("/");
  // An account has one blob service, which is there with it.
  const inner = parts
    .slice(0, -2)
    .join("/")
    .replace(/\/blobServices\/default$/i, "");
  return /\/providers\/[^/]+$/i.test(inner) ? inner.replace(/\/providers\/[^/]+$/i, "") : inner;
}
