import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import type { RoleAssignmentArgs } from "@pulumi/azure-native/authorization/roleAssignment";
import type { VaultArgs } from "@pulumi/azure-native/keyvault/vault";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  CustomResource,
  type CustomResourceOptions,
  type Input,
  interpolate,
  output,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { subscriptionOf } from "../../base/azure/armId";
import { defined } from "../../base/defined";
import { SECRETS_OFFICER, type VaultWriter } from "../../domain/plan/passwords";
import { type DataProtectionArgs, protectOptions } from "../dataProtection";
import { dependenciesOf, PACKAGE } from "../options";
import { ANSWERED, azureOptions } from "../rawAzure";

/** The vault that holds the passwords of a stage's tokens. The name of a vault that is deleted stays taken for 90 days. */
export interface TokenVaultArgs extends DataProtectionArgs {
  /** 3 to 24 characters, unique in all of Azure. A change replaces the vault; its secrets are made anew. */
  vaultName: Input<string>;
  /** A change replaces the vault. */
  resourceGroupName: Input<string>;
  /** Azure region. A change replaces the vault. */
  location: Input<string>;
  /**
   * An existing vault, by ARM id and address.
   *
   * @default a vault is made
   */
  existing?: { id: Input<string>; uri: Input<string> };
  /**
   * Tenant whose identities may use the vault. A change replaces nothing.
   *
   * @default the tenant of the identity that runs the program
   */
  tenantId?: Input<string>;
  /**
   * Whether the vault answers on its public endpoint.
   *
   * @default true
   */
  publicAccess?: Input<boolean>;
  /**
   * The only IPv4 ranges that reach the vault.
   *
   * @default every address reaches it
   */
  allowedIps?: readonly Input<string>[];
  /**
   * Who may write its secrets. Each assignment's name is a guid of its own.
   *
   * @default nobody
   */
  writers?: readonly VaultWriter[];
  /**
   * ARM id of the Log Analytics workspace that records who read what.
   *
   * @default none: nothing is logged
   */
  workspaceId?: Input<string>;
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/**
 * A Key Vault for passwords, whose rights are Azure roles alone, with soft delete and purge protection; none of it can be
 * switched off. Or an existing vault, with the same outputs.
 *
 * @example
 * new TokenVault("orders-vault", { vaultName: "kv-orders-qa", resourceGroupName: "rg-orders-qa", location: "westeurope" });
 */
export class TokenVault extends ComponentResource {
  /** ARM id. */
  readonly vaultId: Output<string>;
  /** Such as `https://kv-orders-qa.vault.azure.net/`. */
  readonly vaultUri: Output<string>;
  /** What has to be there before a secret can be written. */
  readonly ready: Resource[];

  constructor(name: string, args: TokenVaultArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:TokenVault`, name, undefined, options);
    const vault = args.existing === undefined ? this.makeVault(name, args, options) : undefined;
    this.vaultId = vault?.id ?? output(args.existing?.id ?? "");
    this.vaultUri = (vault === undefined ? undefined : uriOf(vault)) ?? output(args.existing?.uri ?? "");
    if (vault !== undefined) this.makeLog(name, args);
    const roles = (args.writers ?? []).map((writer) => this.giveRole(name, writer, vault));
    this.ready = [...(vault ? [vault] : []), ...roles];
    this.registerOutputs({ vaultId: this.vaultId, vaultUri: this.vaultUri });
  }

  private makeVault(name: string, args: TokenVaultArgs, options: ComponentResourceOptions | undefined): RawVault {
    const { vaultName, resourceGroupName, location, allowedIps = [], publicAccess = true } = args;
    const tenantId = args.tenantId ?? getClientConfigOutput({ parent: this }).tenantId;
    return new RawVault(
      `${name}-store`,
      {
        vaultName,
        resourceGroupName,
        location,
        properties: {
          tenantId,
          sku: { family: "A", name: "standard" },
          enableRbacAuthorization: true,
          enableSoftDelete: true,
          softDeleteRetentionInDays: 90,
          enablePurgeProtection: true,
          publicNetworkAccess: output(publicAccess).apply((on) => (on ? "Enabled" : "Disabled")),
          networkAcls: {
            bypass: "AzureServices",
            defaultAction: allowedIps.length > 0 ? "Deny" : "Allow",
            ipRules: allowedIps.map((value) => ({ value })),
          },
        },
        ...defined({ tags: args.tags }),
      },
      {
        parent: this,
        ...protectOptions(args),
        ...dependenciesOf(options),
      },
    );
  }

  private makeLog(name: string, args: TokenVaultArgs): void {
    if (args.workspaceId === undefined) return;
    new DiagnosticSetting(
      `${name}-log`,
      {
        name: "dual-registry-audit",
        resourceUri: this.vaultId,
        workspaceId: args.workspaceId,
        logs: [{ category: "AuditEvent", enabled: true }],
        metrics: [{ category: "AllMetrics", enabled: true }],
      },
      { parent: this },
    );
  }

  /**
   * A writer that is not named is the identity that deployed first. A deployment by another one changes nothing; to give
   * that one the role, name it.
   */
  private giveRole(name: string, writer: VaultWriter, vault: RawVault | undefined): RoleAssignmentOfAnyType {
    const { principalId, assignment } = writer;
    const subscription = this.vaultId.apply(subscriptionOf);
    return new RoleAssignmentOfAnyType(
      `${name}-writer-${principalId ?? "deployer"}`,
      {
        roleAssignmentName: assignment,
        scope: this.vaultId,
        roleDefinitionId: interpolate`/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${SECRETS_OFFICER}`,
        principalId: principalId ?? getClientConfigOutput({ parent: this }).objectId,
        description: "Writes the passwords of registry tokens",
      },
      {
        parent: this,
        deleteBeforeReplace: true,
        ...(principalId === undefined ? { ignoreChanges: ["principalId"] } : {}),
        ...(vault === undefined ? {} : { replaceWith: [vault] }),
      },
    );
  }
}

/** A preview knows the inputs of a vault, and so no address among them: with the id, it is unknown until the vault stands. */
const uriOf = (vault: RawVault): Output<string> =>
  all([vault.id, vault.properties]).apply(([, { vaultUri }]) => vaultUri);

/**
 * azure-native's Vault. The SDK's own class takes the properties apart to fill in defaults: where one of them is unknown,
 * as the tenant is before a run, a preview would show none of them.
 */
class RawVault extends CustomResource {
  declare readonly properties: Output<{ vaultUri: string }>;

  /** @param args all of them, since no default is filled in */
  constructor(name: string, args: VaultArgs, given: CustomResourceOptions) {
    super("azure-native:keyvault:Vault", name, { ...ANSWERED, ...args }, azureOptions(given));
  }
}

/**
 * azure-native's RoleAssignment, to a person or a program, whichever it is. The SDK's own class says "a person" where
 * nothing is said, and Azure refuses that of a program; without a type, Azure looks it up.
 */
class RoleAssignmentOfAnyType extends CustomResource {
  constructor(
    name: string,
    args: Omit<RoleAssignmentArgs, "principalType"> & { roleAssignmentName: Input<string> },
    given: CustomResourceOptions,
  ) {
    super("azure-native:authorization:RoleAssignment", name, { ...ANSWERED, ...args }, azureOptions(given));
  }
}
