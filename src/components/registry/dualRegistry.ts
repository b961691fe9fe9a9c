import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  output,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import type { ImageClass } from "../../domain/image/imageClass";
import { type DataProtectionArgs, protectOptions } from "../dataProtection";
import { PACKAGE } from "../options";
import { AuditArchive, type AuditArchiveArgs, AuditLog } from "../watch/auditLog";
import { ClassRegistry, type ClassRegistryArgs } from "./classRegistry";

/** A registry of our own, without what the pair shares. */
interface OwnRegistryArgs extends Omit<ClassRegistryArgs, "location" | "workspaceId" | "archiveId" | "tags"> {
  mode: "create" | "adopt";
}

/** A registry somebody else owns: nothing is made for it. */
interface ReferencedRegistryArgs {
  mode: "reference";
  loginServer: Input<string>;
}

/**
 * A stage's pair of registries. `protect` is that of group, log and archive, while each registry has its own; `retain` is
 * that of all of them.
 */
export interface DualRegistryArgs extends DataProtectionArgs {
  /** Azure region of everything. A change replaces the registries. */
  location: Input<string>;
  /**
   * Name of the resource group that is made. A change replaces everything in it.
   *
   * @default none is made: both registries are only named
   */
  resourceGroup?: Input<string>;
  /** The secure and the standard registry, each with its own settings. */
  registries: Readonly<Record<ImageClass, OwnRegistryArgs | ReferencedRegistryArgs>>;
  /**
   * The Log Analytics workspace that logs go to: an existing one by its ARM id, or a new one by its name.
   *
   * @default none: nothing is logged
   */
  audit?: { workspaceId?: Input<string>; workspaceName?: Input<string>; retentionDays?: Input<number> };
  /**
   * The storage account that also keeps the logs, unchangeable.
   *
   * @default none
   */
  archive?: Omit<AuditArchiveArgs, "resourceGroupName" | "location" | "protect" | "retain" | "tags">;
  /**
   * Value of the webhooks' Authorization header; always handled as a secret.
   *
   * @default no such header
   */
  webhookAuthorization?: Input<string>;
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/** What is known of one registry of the pair once it stands. */
export interface RegistryHandle {
  /** The host clients log in at. */
  loginServer: Output<string>;
  /** ARM id; absent for a registry that is only named. */
  registryId?: Output<string>;
}

/** The resources of one registry that others are made after, or replaced with. */
interface RegistryResources {
  registry: Resource;
  /** By the token's name. */
  tokens: Readonly<Record<string, Resource>>;
}

/**
 * A stage's secure registry beside its standard one, in one resource group, with one audit log.
 * Whatever differs between the two stands in the arguments.
 *
 * @example
 * new DualRegistry("orders", {
 *   location: "westeurope",
 *   resourceGroup: "rg-orders-qa",
 *   audit: { workspaceName: "log-orders-qa" },
 *   registries: {
 *     secure: { mode: "create", registryName: "ordersqasecure", resourceGroupName: "rg-orders-qa" },
 *     standard: { mode: "reference", loginServer: "ghcr.io" },
 *   },
 * });
 */
export class DualRegistry extends ComponentResource {
  readonly registries: Readonly<Record<ImageClass, RegistryHandle>>;
  /** By class; absent for a registry that is only named. */
  readonly resources: Readonly<Partial<Record<ImageClass, RegistryResources>>>;
  /** The resource group, where one is made. */
  readonly group?: ResourceGroup;
  /** ARM id of the workspace that holds the audit log, where there is one. */
  readonly workspaceId?: Output<string>;
  /** ARM id of the storage account that keeps the logs, where there is one. */
  readonly archiveId?: Output<string>;

  constructor(name: string, args: DualRegistryArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:DualRegistry`, name, undefined, options);
    const group = this.makeGroup(name, args);
    if (group) this.group = group;
    const log = this.makeLog(name, args, group);
    if (log) this.workspaceId = log.workspaceId;
    const archive = this.makeArchive(name, args, group);
    if (archive) this.archiveId = archive.accountId;
    const secure = this.makeRegistry(name, "secure", args, group);
    const standard = this.makeRegistry(name, "standard", args, group);
    this.registries = { secure: secure.handle, standard: standard.handle };
    this.resources = defined({ secure: secure.resources, standard: standard.resources });
    const { registries, workspaceId, archiveId } = this;
    this.registerOutputs({ registries, workspaceId, ...defined({ archiveId }) });
  }

  private makeGroup(name: string, args: DualRegistryArgs): ResourceGroup | undefined {
    if (args.resourceGroup === undefined) return undefined;
    return new ResourceGroup(
      `${name}-group`,
      { resourceGroupName: args.resourceGroup, location: args.location, ...defined({ tags: args.tags }) },
      { parent: this, ...protectOptions(args) },
    );
  }

  private makeLog(name: string, args: DualRegistryArgs, group: ResourceGroup | undefined): AuditLog | undefined {
    const { audit, resourceGroup: resourceGroupName, location, protect, retain, tags } = args;
    if (audit === undefined || resourceGroupName === undefined) return undefined;
    return new AuditLog(
      `${name}-audit`,
      { ...audit, resourceGroupName, location, protect, retain, ...defined({ tags }) },
      { parent: this, ...after(group) },
    );
  }

  private makeArchive(
    name: string,
    args: DualRegistryArgs,
    group: ResourceGroup | undefined,
  ): AuditArchive | undefined {
    const { archive, resourceGroup: resourceGroupName, location, protect, retain, tags } = args;
    if (archive === undefined || resourceGroupName === undefined) return undefined;
    return new AuditArchive(
      `${name}-archive`,
      { ...archive, resourceGroupName, location, protect, retain, ...defined({ tags }) },
      { parent: this, ...after(group) },
    );
  }

  private makeRegistry(
    name: string,
    imageClass: ImageClass,
    args: DualRegistryArgs,
    group: ResourceGroup | undefined,
  ): { handle: RegistryHandle; resources?: RegistryResources } {
    const registryArgs = args.registries[imageClass];
    if (registryArgs.mode === "reference") return { handle: { loginServer: output(registryArgs.loginServer) } };
    const { location, retain, webhookAuthorization, tags } = args;
    const { registryId, loginServer, registry, tokens } = new ClassRegistry(
      `${name}-${imageClass}`,
      {
        ...registryArgs,
        location,
        retain,
        ...defined({ workspaceId: this.workspaceId, archiveId: this.archiveId, webhookAuthorization, tags }),
      },
      { parent: this, ...(registryArgs.mode === "create" ? after(group) : {}) },
    );
    return { handle: { loginServer, registryId }, resources: { registry, tokens } };
  }
}

const after = (group: ResourceGroup | undefined) => (group === undefined ? {} : { dependsOn: [group] });
