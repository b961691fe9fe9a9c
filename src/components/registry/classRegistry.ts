import { Registry } from "@pulumi/azure-native/containerregistry/registry";
import { Replication } from "@pulumi/azure-native/containerregistry/replication";
import { ScopeMap } from "@pulumi/azure-native/containerregistry/scopeMap";
import { Token } from "@pulumi/azure-native/containerregistry/token";
import { Webhook } from "@pulumi/azure-native/containerregistry/webhook";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  type Output,
  type Resource,
  secret,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { LOG_CATEGORIES, METRIC_CATEGORIES } from "../../domain/watch/audit";
import { kept, PACKAGE } from "../options";
import { keptOfAdopted, registryInputs } from "./registryInputs";

/** A registry of one class. Its secure and its standard form differ in these values and in nothing else. */
export interface ClassRegistryArgs {
  /** 5 to 50 letters and digits, unique in all of Azure. A change replaces the registry and its images. */
  registryName: Input<string>;
  /** A change replaces the registry and its images. */
  resourceGroupName: Input<string>;
  /** Azure region. A change replaces the registry and its images. */
  location: Input<string>;
  /** Default Premium. */
  sku?: Input<"Basic" | "Standard" | "Premium">;
  /** Days an untagged manifest is kept, Premium only; "off" says so to Azure. Default: Azure's, off. */
  untaggedRetentionDays?: Input<number> | "off";
  /** Days a deleted image can be restored, not together with `untaggedRetentionDays`. Default "off". */
  softDeleteDays?: Input<number> | "off";
  /** Further regions the registry is replicated to, Premium only. Part of resource names, so plain text. */
  replicas?: readonly string[];
  /** Whether the registry answers on its public endpoint. Default true. */
  publicAccess?: Input<boolean>;
  /** IPv4 ranges that alone may reach the public endpoint, Premium only. Default: all. */
  allowedIps?: readonly Input<string>[];
  /**
   * Whether Azure's trusted services, such as Defender for Cloud and imports by other registries, come in where the
   * network is restricted. Default true.
   */
  trustedServices?: Input<boolean>;
  /** Whether images may be exported, Premium only; false needs `publicAccess` false. Default: Azure's, true. */
  exportAllowed?: Input<boolean>;
  /**
   * Whether the registry takes Entra tokens that were made for Azure Resource Manager beside those made for registries.
   * Default: as it is; a registry is made with Azure's default, true. Admin user and tokens of scope maps are not
   * concerned.
   */
  armTokensAllowed?: Input<boolean>;
  /** A data endpoint of its own for layers, Premium only. Default false. */
  dataEndpoint?: Input<boolean>;
  /** Default true: the engine refuses to delete or replace the registry. */
  protect?: boolean;
  /** Default false: it is deleted with the stack. True: it stays in Azure. An adopted registry always stays. */
  retain?: boolean;
  /**
   * ARM id of a registry to take over. It is protected, never replaced and outlives the stack; what is not said of it
   * here, it keeps.
   */
  importId?: string;
  tokens?: readonly PullTokenArgs[];
  /** ARM id of the Log Analytics workspace for logs and metrics. Default: nothing is logged. */
  workspaceId?: Input<string>;
  /** ARM id of the storage account that keeps logs and metrics, in the registry's region. Default: none does. */
  archiveId?: Input<string>;
  /** Tells an address of pushes and deletes. */
  webhook?: { url: Input<string>; actions: Input<Input<string>[]> };
  /** Value of the webhook's Authorization header; handled as secret whatever is given. */
  webhookAuthorization?: Input<string>;
  tags?: Input<Record<string, Input<string>>>;
}

function registryOptions(args: ClassRegistryArgs): CustomResourceOptions {
  if (args.importId === undefined) return kept(args);
  return { protect: true, import: args.importId, ignoreChanges: keptOfAdopted(args), retainOnDelete: true };
}

/**
 * One Azure Container Registry with what belongs to it: replicas, tokens, log, webhook.
 * Admin user and anonymous pull are off and cannot be switched on.
 */
export class ClassRegistry extends ComponentResource {
  /** The host clients log in at, as Azure gives it. */
  readonly loginServer: Output<string>;
  /** ARM id. */
  readonly registryId: Output<string>;
  /** The registry itself, for what is replaced with it. */
  readonly registry: Registry;
  /** Its tokens by name, for what is made after them. */
  readonly tokens: Readonly<Record<string, Resource>>;

  constructor(name: string, args: ClassRegistryArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:ClassRegistry`, name, undefined, options);
    const registry = new Registry(`${name}-registry`, registryInputs(args), {
      parent: this,
      ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }),
      ...registryOptions(args),
    });
    this.loginServer = registry.loginServer;
    this.registryId = registry.id;
    this.registry = registry;
    const { registryName, resourceGroupName } = args;
    const place = { registryName, resourceGroupName, options: insideOptions(registry, this) };
    this.makeReplicas(name, args, place);
    const { tokens = [] } = args;
    const made = makePullTokens(name, tokens, place);
    this.tokens = Object.fromEntries(tokens.flatMap((token, at) => (made[at] ? [[token.name, made[at]]] : [])));
    this.makeLog(name, args);
    this.makeWebhook(name, args, place);
    this.registerOutputs({ loginServer: this.loginServer, registryId: this.registryId });
  }

  private makeReplicas(name: string, args: ClassRegistryArgs, place: RegistryPlace): void {
    const { registryName, resourceGroupName, options } = place;
    for (const location of args.replicas ?? []) {
      const inputs = { registryName, resourceGroupName, replicationName: location, location, ...tagged(args) };
      new Replication(`${name}-replica-${location}`, inputs, options);
    }
  }

  private makeLog(name: string, args: ClassRegistryArgs): void {
    const { workspaceId, archiveId } = args;
    if (workspaceId === undefined && archiveId === undefined) return;
    new DiagnosticSetting(
      `${name}-log`,
      {
        name: "dual-registry-audit",
        resourceUri: this.registryId,
        ...defined({ workspaceId, storageAccountId: archiveId }),
        logs: LOG_CATEGORIES.map((category) => ({ category, enabled: true })),
        metrics: METRIC_CATEGORIES.map((category) => ({ category, enabled: true })),
      },
      { parent: this },
    );
  }

  private makeWebhook(name: string, args: ClassRegistryArgs, place: RegistryPlace): void {
    if (args.webhook === undefined) return;
    const { url, actions } = args.webhook;
    const headers = args.webhookAuthorization;
    new Webhook(
      `${name}-webhook`,
      {
        registryName: place.registryName,
        resourceGroupName: place.resourceGroupName,
        location: args.location,
        webhookName: "notify",
        serviceUri: url,
        actions,
        status: "enabled",
        ...(headers === undefined ? {} : { customHeaders: { Authorization: secret(headers) } }),
        ...tagged(args),
      },
      { ...place.options, additionalSecretOutputs: ["customHeaders"] },
    );
  }
}

function tagged(args: ClassRegistryArgs): Pick<ClassRegistryArgs, "tags"> {
  return args.tags === undefined ? {} : { tags: args.tags };
}

/** A scope map and its token. */
interface PullTokenArgs {
  /** Name of both; part of their resource names, so two tokens of one registry differ in it. */
  name: string;
  /** Actions, such as `repositories/orders/api/content/read`. */
  actions: Input<Input<string>[]>;
}

/**
 * Makes the scope maps and tokens of one registry as children of a component.
 * A token has no password until one is generated outside Pulumi's state; azure-native's Token cannot create any.
 */
function makePullTokens(name: string, tokens: readonly PullTokenArgs[], place: RegistryPlace): Token[] {
  const { registryName, resourceGroupName, options } = place;
  return tokens.map((args) => {
    const scope = new ScopeMap(
      `${name}-scope-${args.name}`,
      {
        registryName,
        resourceGroupName,
        scopeMapName: args.name,
        actions: args.actions,
        description: `Pull scope of ${args.name}`,
      },
      options,
    );
    return new Token(
      `${name}-token-${args.name}`,
      { registryName, resourceGroupName, tokenName: args.name, scopeMapId: scope.id, status: "enabled" },
      options,
    );
  });
}

/** Where something that lives inside a registry is made, and what it hangs on. */
export interface RegistryPlace {
  registryName: Input<string>;
  resourceGroupName: Input<string>;
  options: CustomResourceOptions;
}

/**
 * The options of what lives inside a registry: replaced with it, and so made after it (the SDK takes a resource to
 * depend on what it is replaced with).
 * The names are handed on as they were given, not read from the registry, so that a preview can show them and tell a
 * change; what a property dependency would have done on a replacement is done by `replaceWith`.
 */
function insideOptions(registry: Resource, parent: Resource): CustomResourceOptions {
  return { parent, replaceWith: [registry] };
}
