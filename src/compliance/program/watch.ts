import { output, type Inputs, type Output, type Resource, type ResourceTransformationArgs } from "@pulumi/pulumi";
import { registerStackTransformation } from "@pulumi/pulumi/runtime/stack";
import { UNKNOWN_VALUE, type ResourceBag } from "../resources/bag";

/** The properties that controls read, by type: inputs that identify, and outputs that the cloud answers. No secret. */
const WATCHED: Readonly<Record<string, { inputs: readonly string[]; outputs: readonly string[] }>> = {
  "azure-native:containerregistry:Registry": {
    inputs: ["registryName"],
    outputs: [
      ...["name", "location", "sku", "adminUserEnabled", "anonymousPullEnabled", "policies", "publicNetworkAccess"],
      ...["networkRuleSet", "networkRuleBypassOptions", "encryption", "dataEndpointEnabled"],
      ...["privateEndpointConnections"],
    ],
  },
  "azure-native:containerregistry:Replication": {
    inputs: ["registryName", "location"],
    outputs: ["location"],
  },
  "azure-native:containerregistry:CacheRule": { inputs: ["registryName"], outputs: [] },
  "azure-native:containerregistry:Webhook": { inputs: ["registryName", "serviceUri"], outputs: [] },
  "azure-native:containerregistry:ScopeMap": { inputs: ["registryName", "scopeMapName"], outputs: ["actions"] },
  "azure-native:containerregistry:Token": {
    inputs: ["registryName", "tokenName"],
    outputs: ["status", "scopeMapId"],
  },
  "azure-native:insights:DiagnosticSetting": { inputs: ["resourceUri", "logs"], outputs: ["logs"] },
  "azure-native:monitor:DiagnosticSetting": { inputs: ["resourceUri", "logs"], outputs: ["logs"] },
  "azure-native:network:PrivateEndpoint": {
    inputs: ["privateEndpointName", "privateLinkServiceConnections"],
    outputs: [],
  },
  "azure-native:network:PrivateDnsZoneGroup": { inputs: ["privateEndpointName"], outputs: [] },
  "github:index/repositoryEnvironment:RepositoryEnvironment": {
    inputs: [],
    outputs: ["environment", "reviewers", "preventSelfReview", "canAdminsBypass", "deploymentBranchPolicy"],
  },
};

/** Whether a value is known already. The SDK keeps it with each output and tells it in no type. */
async function isKnown(value: Output<unknown>): Promise<boolean> {
  const known: unknown = Reflect.get(value, "isKnown");
  return known instanceof Promise ? (await known) === true : false;
}

/** The value, or a mark in its place where it is not known: an output of something known in any case. */
function settled(value: unknown): Output<unknown> {
  const given: Output<unknown> = output(value);
  return output(isKnown(given).then((known) => (known ? given : UNKNOWN_VALUE)));
}

const pick = (from: object, keys: readonly string[]): Inputs =>
  Object.fromEntries(keys.map((key) => [key, settled(Reflect.get(from, key))]));

/** Read once the resource is registered: only then the SDK has put its outputs there. */
function bagOf(args: ResourceTransformationArgs, stands: boolean): Inputs {
  const { resource, type, name, props, opts } = args;
  const keys = WATCHED[type];
  return {
    ...{ type, name, inputs: pick(props, keys?.inputs ?? []) },
    ...(stands ? { outputs: pick(resource, keys?.outputs ?? []) } : {}),
    ...(opts.parent === undefined ? {} : { parent: String(parentNumber(opts.parent)) }),
    ...(opts.ignoreChanges === undefined ? {} : { ignoreChanges: opts.ignoreChanges }),
  };
}

/**
 * Nothing where nothing stands yet, which is every first preview: a stage has thousands of tokens, and the plan says it
 * all. A resource stands where its id is known.
 */
async function whatStands(seen: readonly ResourceTransformationArgs[]): Promise<Inputs[]> {
  const known = await Promise.all(seen.map(({ resource }) => isKnown(output(Reflect.get(resource, "id")))));
  return known.includes(true) ? seen.map((args, at) => bagOf(args, known[at] ?? false)) : [];
}

const numbers = new WeakMap<Resource, number>();
let last = 0;

/** Stands for the parent's URN, which the SDK knows late: it need only be equal for siblings. */
function parentNumber(parent: Resource): number {
  const number = numbers.get(parent) ?? (last += 1);
  numbers.set(parent, number);
  return number;
}

/**
 * Notes each resource that controls read from here on, whichever component makes it, so that no component has to hand
 * anything out. Called once, before the first is made; asked at the end of the program.
 *
 * @returns gives them with what the cloud answered, as one output that is always known; none before one stands
 */
export function watchResources(): () => Output<ResourceBag[]> {
  const seen: ResourceTransformationArgs[] = [];
  registerStackTransformation((args) => {
    if (Object.hasOwn(WATCHED, args.type)) seen.push(args);
    return undefined;
  });
  return () => output(whatStands(seen)) as Output<ResourceBag[]>;
}
