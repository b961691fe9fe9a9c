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
import { handedOn, kept, PACKAGE } from "../options";
import { AuditArchive, type AuditArchiveArgs, AuditLog } from "../watch/auditLog";
import { ClassRegistry, type ClassRegistryArgs } from "./classRegistry";

/** A registry of ours, without what the pair shares. */
interface OwnRegistryArgs extends Omit<ClassRegistryArgs, "location" | "workspaceId" | "archiveId" | "tags"> {
  mode: "create" | "adopt";
}

/** A registry somebody else owns: nothing is made for it. */
interface ReferencedRegistryArgs {
  mode: "reference";
  loginServer: Input<string>;
}

/** A stage's pair of registries. */
export interface DualRegistryArgs {
  /** Azure region of everything. A change replaces the registries. */
  location: Input<string>;
  /** Name of the resource group that is made. A change replaces all that is in it. Default: none is made. */
  resourceGroup?: Input<string>;
  /** Secure and standard, each as its own facts say. */
  registries: Readonly<Record<ImageClass, OwnRegistryArgs | ReferencedRegistryArgs>>;
  /** Default true: the engine refuses to delete or replace the group and the log, whose end would be the registries'. */
  protect?: boolean;
  /** Default false: all ends with the stack. True: group, log, archive and registries stay in Azure. */
  retain?: boolean;
  /** Where logs go. Default: nothing is logged, for pairs that are only named. */
  audit?: { workspaceId?: Input<string>; workspaceName?: Input<string>; retentionDays?: Input<number> };
  /** Where logs are kept unchangeable beside. Default: nowhere. */
  archive?: Omit<AuditArchiveArgs, "resourceGroupName" | "location" | "protect" | "retain" | "tags">;
  /** Value of the webhooks' Authorization header; secret. */
  webhookAuthorization?: Input<string>;
  tags?: Input<Record<string, Input<string>>>;
}

/** What is known of one registry of the pair once it stands. */
export interface RegistryHandle {
  /** The host clients log in at. */
  loginServer: Output<string>;
  /** ARM id; absent for a registry that is only named. */
  registryId?: Output<string>;
}

/**
 * A stage's secure registry beside its standard one, in one resource group, with one audit log.
 * Whatever differs between the two stands in the arguments.
 *
 * @example new DualRegistry("orders", { location: "westeurope", resourceGroup: "rg-orders", registries: { ... } })
 */
export class DualRegistry extends ComponentResource {
  readonly registries: Readonly<Record<ImageClass, RegistryHandle>>;
  /** The registries of ours themselves, for what is replaced with them. */
  readonly made: Partial<Record<ImageClass, Resource>> = {};
  /** The tokens of our registries, by class and name. */
  readonly tokens: Partial<Record<ImageClass, Readonly<Record<string, Resource>>>> = {};
  /** The resource group, where one is made. */
  readonly group?: ResourceGroup;
  /** ARM id of the workspace that holds the audit log, where there is one. */
  readonly workspaceId?: Output<string>;
  /** ARM id of the storage account that keeps the logs, where there is one. */
  readonly archiveId?: Output<string>;
  /** Components that put something on or into it; what must come after everything and go before it waits for them. */
  readonly later: Resource[] = [];

  constructor(name: string, args: DualRegistryArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:DualRegistry`, name, undefined, options);
    const group = this.makeGroup(name, args);
    if (group) this.group = group;
    const log = this.makeLog(name, args, group);
    if (log) this.workspaceId = log.workspaceId;
    const archive = this.makeArchive(name, args, group);
    if (archive) this.archiveId = archive.accountId;
    const make = (imageClass: ImageClass) => this.makeRegistry(`${name}-${imageClass}`, imageClass, args, group, log);
    this.registries = { secure: make("secure"), standard: make("standard") };
    const { registries, workspaceId, archiveId } = this;
    this.registerOutputs({ registries, workspaceId, ...defined({ archiveId }) });
  }

  private makeGroup(name: string, args: DualRegistryArgs): ResourceGroup | undefined {
    if (args.resourceGroup === undefined) return undefined;
    return new ResourceGroup(
      `${name}-group`,
      { resourceGroupName: args.resourceGroup, location: args.location, ...tagged(args) },
      { parent: this, ...kept(args) },
    );
  }

  private makeLog(name: string, args: DualRegistryArgs, group: ResourceGroup | undefined): AuditLog | undefined {
    if (args.audit === undefined || args.resourceGroup === undefined) return undefined;
    return new AuditLog(
      `${name}-audit`,
      {
        ...args.audit,
        resourceGroupName: args.resourceGroup,
        location: args.location,
        ...handedOn(args),
        ...tagged(args),
      },
      { parent: this, ...after(group) },
    );
  }

  private makeArchive(
    name: string,
    args: DualRegistryArgs,
    group: ResourceGroup | undefined,
  ): AuditArchive | undefined {
    const { archive, resourceGroup: resourceGroupName, location } = args;
    if (archive === undefined || resourceGroupName === undefined) return undefined;
    return new AuditArchive(
      `${name}-archive`,
      { ...archive, resourceGroupName, location, ...handedOn(args), ...tagged(args) },
      { parent: this, ...after(group) },
    );
  }

  private makeRegistry(
    name: string,
    imageClass: ImageClass,
    args: DualRegistryArgs,
    group: ResourceGroup | undefined,
    log: AuditLog | undefined,
  ): RegistryHandle {
    const facts = args.registries[imageClass];
    if (facts.mode === "reference") return { loginServer: output(facts.loginServer) };
    const registry = new ClassRegistry(
      name,
      {
        ...facts,
        retain: args.retain ?? false,
        location: args.location,
        ...(log === undefined ? {} : { workspaceId: log.workspaceId }),
        ...defined({ archiveId: this.archiveId, webhookAuthorization: args.webhookAuthorization }),
        ...tagged(args),
      },
      { parent: this, ...(facts.mode === "create" ? after(group) : {}) },
    );
    this.made[imageClass] = registry.registry;
    this.tokens[imageClass] = registry.tokens;
    return { loginServer: registry.loginServer, registryId: registry.registryId };
  }
}

const after = (group: ResourceGroup | undefined) => (group === undefined ? {} : { dependsOn: [group] });

const tagged = (args: DualRegistryArgs) => (args.tags === undefined ? {} : { tags: args.tags });
