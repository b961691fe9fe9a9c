import { CustomResource, mergeOptions, type CustomResourceOptions, type Inputs } from "@pulumi/pulumi";
import { getVersion } from "@pulumi/azure-native/utilities";
import type { ScopeMapArgs } from "@pulumi/azure-native/containerregistry/scopeMap";
import type { TokenArgs } from "@pulumi/azure-native/containerregistry/token";

/** Asks for the same provider as the SDK's own classes do. */
const options = (given: CustomResourceOptions) => mergeOptions({ version: getVersion() }, given);

/** Outputs that Azure adds; named, so that the engine's answer is known to have them. */
const ANSWERED: Inputs = {
  azureApiVersion: undefined,
  creationDate: undefined,
  name: undefined,
  provisioningState: undefined,
  systemData: undefined,
  type: undefined,
};

/**
 * azure-native's ScopeMap, without the SDK's aliases for every API version it has had.
 * A stage has thousands of these, and twenty aliases each are most of what they cost in time and memory; no state of
 * this program holds a versioned type that they could match. See docs/adr/0003-a-fast-program.md.
 */
export class ScopeMap extends CustomResource {
  constructor(name: string, args: ScopeMapArgs, given: CustomResourceOptions) {
    super("azure-native:containerregistry:ScopeMap", name, { ...ANSWERED, ...args }, options(given));
  }
}

/** azure-native's Token, lean like {@link ScopeMap}. It has no password until one is generated for it. */
export class Token extends CustomResource {
  constructor(name: string, args: TokenArgs, given: CustomResourceOptions) {
    super("azure-native:containerregistry:Token", name, { ...ANSWERED, ...args }, options(given));
  }
}
