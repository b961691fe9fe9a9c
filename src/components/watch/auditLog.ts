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
import { kept, PACKAGE } from "../options";

/** Where a stage's registry logs are kept. */
export interface AuditLogArgs {
  /** ARM id of a workspace that exists; with it none is made. */
  workspaceId?: Input<string>;
  /** Name of the workspace that is made. A change replaces it and its data. */
  workspaceName?: Input<string>;
  resourceGroupName: Input<string>;
  location: Input<string>;
  /** Days the workspace keeps its data, 30 to 730. Default 90. */
  retentionDays?: Input<number>;
  /** Default true: the engine refuses to delete or replace the workspace. */
  protect?: boolean;
  /** Default false: it ends with the stack. True: it stays in Azure. */
  retain?: boolean;
  tags?: Input<Record<string, Input<string>>>;
}

/** A Log Analytics workspace of its own for a stage, or one that exists, as one thing with an id. */
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
        // Queries come with an Entra identity; the workspace's shared keys are good for nothing here.
        features: { disableLocalAuth: true },
        ...defined({ tags: args.tags }),
      },
      {
        parent: this,
        ...kept(args),
        ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }),
      },
    );
    return workspace.id;
  }
}

/** A storage account that keeps logs unchangeable for years. */
export interface AuditArchiveArgs {
  /** 3 to 24 lower-case letters and digits, unique in all of Azure. A change replaces the account and its logs. */
  accountName: Input<string>;
  resourceGroupName: Input<string>;
  /** That of the registries: Azure sends no log to another region. A change replaces the account. */
  location: Input<string>;
  /** Default GRS: a copy in another region. */
  redundancy?: Input<string>;
  /** Days, 1 to 146,000, during which nothing in it can be changed or deleted; it is deleted after them. */
  days: Input<number>;
  /** Containers that logs are written into; part of resource names, so plain text. */
  containers: readonly string[];
  /** Default true: the engine refuses to delete or replace the account. */
  protect?: boolean;
  /** Default false: it ends with the stack. True: it stays in Azure with its policies. */
  retain?: boolean;
  tags?: Input<Record<string, Input<string>>>;
}

/** Nobody reaches it with a key or without TLS, and from outside only Azure's own services, which write the logs. */
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
 * A storage account for registry logs: appended to and read, but not changed or deleted before its days are over.
 * The policies are not locked, which cannot be undone; whoever may, locks them by hand.
 * Source: Azure Monitor, diagnostic settings: immutable storage needs protected append writes, a firewall needs the
 * bypass for trusted services.
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
        ...kept(args),
        ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }),
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
      { ...inside, ...kept({ protect: protect ?? true, retain: retain ?? false }) },
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
