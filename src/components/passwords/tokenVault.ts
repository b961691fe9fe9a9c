import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import type { RoleAssignmentArgs } from "@pulumi/azure-native/authorization/roleAssignment";
import type { VaultArgs } from "@pulumi/azure-native/keyvault/vault";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting";
import { getVersion } from "@pulumi/azure-native/utilities";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  CustomResource,
  type CustomResourceOptions,
  type Input,
  interpolate,
  mergeOptions,
  output,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { subscriptionOf } from "../../domain/plan/names";
import { SECRETS_OFFICER, type VaultWriter } from "../../domain/plan/passwords";
import { kept, PACKAGE } from "../options";

/** The vault that holds the passwords of a stage's tokens. */
export interface TokenVaultArgs {
  /** 3 to 24 characters, unique in all of Azure. A change replaces the vault; its secrets are made anew. */
  vaultName: Input<string>;
  /** A change replaces the vault. */
  resourceGroupName: Input<string>;
  /** Azure region. A change replaces the vault. */
  location: Input<string>;
  /** A vault that exists, by ARM id and address; with it none is made. */
  existing?: { id: Input<string>; uri: Input<string> };
  /** Tenant whose identities may use it. Default: that of whoever runs the program. */
  tenantId?: Input<string>;
  /** Whether it answers on its public endpoint. Default true. */
  publicAccess?: Input<boolean>;
  /** IPv4 ranges that alone may reach it. Default: all. */
  allowedIps?: readonly Input<string>[];
  /** Who may write its secrets. Names of assignments are guids of their own. Default: nobody. */
  writers?: readonly VaultWriter[];
  /** Default true: the engine refuses to delete or replace the vault. */
  protect?: boolean;
  /** Default false: it is deleted with the stack, and its name stays taken for 90 days. True: it stays in Azure. */
  retain?: boolean;
  /** ARM id of the Log Analytics workspace that is told who read what. Default: nothing is logged. */
  workspaceId?: Input<string>;
  tags?: Input<Record<string, Input<string>>>;
}

/**
 * A Key Vault for passwords: rights by Azure's roles alone, soft delete and purge protection on; none can be switched
 * off. Or one that exists, as the same thing with an id and an address.
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
    const made = args.existing === undefined ? this.makeVault(name, args, options) : undefined;
    this.vaultId = made?.id ?? output(args.existing?.id ?? "");
    this.vaultUri = (made === undefined ? undefined : uriOf(made)) ?? output(args.existing?.uri ?? "");
    if (made !== undefined) this.makeLog(name, args);
    this.ready = [...(made ? [made] : []), ...(args.writers ?? []).map((writer) => this.giveRole(name, writer, made))];
    this.registerOutputs({ vaultId: this.vaultId, vaultUri: this.vaultUri });
  }

  private makeVault(name: string, args: TokenVaultArgs, options: ComponentResourceOptions | undefined): Vault {
    const { vaultName, resourceGroupName, location, allowedIps = [], publicAccess = true } = args;
    const tenantId = args.tenantId ?? getClientConfigOutput({ parent: this }).tenantId;
    return new Vault(
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
        ...kept(args),
        ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }),
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

  /** Who is not named is whoever deployed first: another one who deploys later changes nothing, and is named instead. */
  private giveRole(name: string, writer: VaultWriter, vault: Vault | undefined): AnybodysRole {
    const { principalId, assignment } = writer;
    const subscription = this.vaultId.apply(subscriptionOf);
    return new AnybodysRole(
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

/** A preview knows what was said of a vault, and so no address in it: together with the id it is unknown until it is. */
const uriOf = (vault: Vault): Output<string> => all([vault.id, vault.properties]).apply(([, { vaultUri }]) => vaultUri);

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
