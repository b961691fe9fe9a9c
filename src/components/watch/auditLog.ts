import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer";
import { BlobContainerImmutabilityPolicy } from "@pulumi/azure-native/storage/blobContainerImmutabilityPolicy";
import { ManagementPolicy } from "@pulumi/azure-native/storage/managementPolicy";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
  output,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { type DataProtectionArgs, protectOptions } from "../dataProtection";
import { dependenciesOf, PACKAGE } from "../options";

/** Where a stage's registry logs go: an existing workspace, or one that is made. */
export interface AuditLogArgs extends DataProtectionArgs {
  /**
   * ARM id of an existing workspace.
   *
   * @default none: a workspace is made
   */
  workspaceId?: Input<string>;
  /**
   * Name of the workspace that is made. A change replaces it and its data.
   *
   * @default a name that Pulumi makes up
   */
  workspaceName?: Input<string>;
  /** A change replaces the workspace and its data. */
  resourceGroupName: Input<string>;
  /** Azure region. A change replaces the workspace and its data. */
  location: Input<string>;
  /**
   * Days the workspace keeps its data, 30 to 730. A change replaces nothing.
   *
   * @default 90
   */
  retentionDays?: Input<number>;
  /** @default none */
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/**
 * The Log Analytics workspace of a stage: one of its own, or an existing one, with the same output.
 *
 * @example
 * new AuditLog("orders-audit", { workspaceName: "log-orders-qa", resourceGroupName: "rg-orders-qa", location: "westeurope" });
 */
export class AuditLog extends ComponentResource {
  /** ARM id of the workspace. */
  readonly workspaceId: Output<string>;

  constructor(name: string, args: AuditLogArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:AuditLog`, name, undefined, options);
    this.workspaceId =
      args.workspaceId === undefined ? this.makeWorkspace(name, args, options) : output(args.workspaceId);
    this.registerOutputs({ workspaceId: this.workspaceId });
  }

  private makeWorkspace(
    name: string,
    args: AuditLogArgs,
    options: ComponentResourceOptions | undefined,
  ): Output<string> {
    const workspace = new Workspace(
      `${name}-workspace`,
      {
        ...defined({ workspaceName: args.workspaceName }),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        sku: { name: "PerGB2018" },
        retentionInDays: args.retentionDays ?? 90,
        // Queries come with an Entra identity; nothing here uses the workspace's shared keys.
        features: { disableLocalAuth: true },
        ...defined({ tags: args.tags }),
      },
      {
        parent: this,
        ...protectOptions(args),
        ...dependenciesOf(options),
      },
    );
    return workspace.id;
  }
}

/** A storage account that keeps logs unchangeable for years. `protect` and `retain` are those of account and containers. */
export interface AuditArchiveArgs extends DataProtectionArgs {
  /** 3 to 24 lower-case letters and digits, unique in all of Azure. A change replaces the account and its logs. */
  accountName: Input<string>;
  /** A change replaces the account and its logs. */
  resourceGroupName: Input<string>;
  /** The region of the registries: Azure sends no log to another. A change replaces the account and its logs. */
  location: Input<string>;
  /**
   * How often Azure stores each byte, such as ZRS. A change replaces nothing.
   *
   * @default "GRS": with a copy in another region
   */
  redundancy?: Input<string>;
  /** Days, 1 to 146,000, in which a log can be neither changed nor deleted; then it is deleted. */
  days: Input<number>;
  /** Containers that logs are written into. Plain text, since they are part of resource names. */
  containers: readonly string[];
  tags?: Input<Record<string, Input<string>>>;
}

/** Nobody reaches it with a key or without TLS; from outside, only Azure's own services do, which write the logs. */
const CLOSED = {
  kind: "StorageV2",
  allowBlobPublicAccess: false,
  allowCrossTenantReplication: false,
  allowSharedKeyAccess: false,
  defaultToOAuthAuthentication: true,
  enableHttpsTrafficOnly: true,
  isLocalUserEnabled: false,
  isSftpEnabled: false,
  minimumTlsVersion: "TLS1_2",
  publicNetworkAccess: "Enabled",
  networkRuleSet: { defaultAction: "Deny", bypass: "AzureServices" },
  encryption: {
    keySource: "Microsoft.Storage",
    // Encrypted twice; it can be chosen only when the account is made.
    requireInfrastructureEncryption: true,
    services: { blob: { enabled: true, keyType: "Account" }, file: { enabled: true, keyType: "Account" } },
  },
} as const;

const skuOf = (redundancy: Input<string> = "GRS"): Input<string> =>
  typeof redundancy === "string" ? `Standard_${redundancy}` : interpolate`Standard_${redundancy}`;

/**
 * A storage account for registry logs: they are appended and read, and cannot be changed or deleted before their days are
 * over. The policies are not locked, since a lock cannot be undone; an operator locks them by hand.
 * Source: Azure Monitor, diagnostic settings: immutable storage needs protected append writes, a firewall needs the
 * bypass for trusted services.
 *
 * @example
 * new AuditArchive("orders-archive", {
 *   accountName: "ordersqaaudit",
 *   resourceGroupName: "rg-orders-qa",
 *   location: "westeurope",
 *   days: 2562,
 *   containers: ["insights-logs-containerregistryloginevents"],
 * });
 */
export class AuditArchive extends ComponentResource {
  /** ARM id of the account, known once every container of it is immutable. */
  readonly accountId: Output<string>;

  constructor(name: string, args: AuditArchiveArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:AuditArchive`, name, undefined, options);
    const { accountName, resourceGroupName } = args;
    const account = new StorageAccount(
      `${name}-account`,
      {
        accountName,
        resourceGroupName,
        location: args.location,
        sku: { name: skuOf(args.redundancy) },
        ...CLOSED,
        ...defined({ tags: args.tags }),
      },
      {
        parent: this,
        ...protectOptions(args),
        ...dependenciesOf(options),
      },
    );
    const policies = args.containers.map((container) => this.makeContainer(name, container, args, account));
    this.makeLifecycle(name, args, account);
    this.accountId = all([account.id, ...policies.map((policy) => policy.id)]).apply(([id = ""]) => id);
    this.registerOutputs({ accountId: this.accountId });
  }

  private makeContainer(
    name: string,
    containerName: string,
    { accountName, resourceGroupName, days, protect, retain }: AuditArchiveArgs,
    account: StorageAccount,
  ): BlobContainerImmutabilityPolicy {
    const inside = { parent: this, dependsOn: [account], replaceWith: [account] };
    const container = new BlobContainer(
      `${name}-${containerName}`,
      { accountName, resourceGroupName, containerName, publicAccess: "None" },
      { ...inside, ...protectOptions({ protect, retain }) },
    );
    return new BlobContainerImmutabilityPolicy(
      `${name}-${containerName}-policy`,
      {
        accountName,
        resourceGroupName,
        containerName,
        immutabilityPolicyName: "default",
        immutabilityPeriodSinceCreationInDays: days,
        allowProtectedAppendWrites: true,
      },
      { parent: this, dependsOn: [container], replaceWith: [container], retainOnDelete: retain ?? false },
    );
  }

  private makeLifecycle(name: string, args: AuditArchiveArgs, account: StorageAccount): void {
    const { accountName, resourceGroupName, days } = args;
    const definition = {
      actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: days } } },
      // Logs are append blobs, which take no tier: the policy can only delete them.
      filters: { blobTypes: ["appendBlob"], prefixMatch: [...args.containers] },
    };
    new ManagementPolicy(
      `${name}-lifecycle`,
      {
        accountName,
        resourceGroupName,
        managementPolicyName: "default",
        policy: { rules: [{ name: "delete-after-retention", type: "Lifecycle", enabled: true, definition }] },
      },
      { parent: this, dependsOn: [account], replaceWith: [account], retainOnDelete: args.retain ?? false },
    );
  }
}
