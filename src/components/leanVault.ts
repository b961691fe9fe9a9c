import { CustomResource, mergeOptions, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import type { RoleAssignmentArgs } from "@pulumi/azure-native/authorization/roleAssignment";
import type { VaultArgs } from "@pulumi/azure-native/keyvault/vault";
import { getVersion } from "@pulumi/azure-native/utilities";

/** Asks for the same provider as the SDK's own classes do. */
const options = (given: CustomResourceOptions) => mergeOptions({ version: getVersion() }, given);

const ANSWERED = { name: undefined, type: undefined, systemData: undefined, azureApiVersion: undefined };

/**
 * azure-native's Vault. The SDK's own class fills in defaults, and for that takes the properties apart: were one of them
 * unknown, as the tenant is before a run, a preview would show none of them.
 */
export class Vault extends CustomResource {
  declare readonly properties: Output<{ vaultUri: string }>;

  /** @param args whole: no default is filled in */
  constructor(name: string, args: VaultArgs, given: CustomResourceOptions) {
    super("azure-native:keyvault:Vault", name, { ...ANSWERED, ...args }, options(given));
  }
}

/**
 * azure-native's RoleAssignment, to somebody of whom it is not known whether they are a person or a program. The SDK's
 * own class says a person, and Azure refuses that of a program; of whom nothing is said, Azure looks.
 */
export class AnybodysRole extends CustomResource {
  constructor(
    name: string,
    args: Omit<RoleAssignmentArgs, "principalType"> & { roleAssignmentName: Input<string> },
    given: CustomResourceOptions,
  ) {
    super("azure-native:authorization:RoleAssignment", name, { ...ANSWERED, ...args }, options(given));
  }
}
