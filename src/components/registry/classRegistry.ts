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
import { type DataProtectionArgs, protectOptions } from "../dataProtection";
import { PACKAGE, dependenciesOf } from "../options";
import { registryInputs, type RegistrySettings, unmanagedProperties } from "./registryInputs";

/**
 * A registry of one class. The secure and the standard registry differ in these values and in nothing else.
 * An adopted registry is always protected and always retained.
 */
export interface ClassRegistryArgs extends RegistrySettings, DataProtectionArgs {
  /**
   * Further regions the registry is replicated to, Premium only. Plain text, since they are part of resource names.
   * A change adds and deletes replicas.
   *
   * @default none
   */
  replicas?: readonly string[];
  /**
   * Tokens that pull, each with a scope map of its own.
   *
   * @default none
   */
  tokens?: readonly PullTokenArgs[];
  /**
   * ARM id of the Log Analytics workspace for logs and metrics.
   *
   * @default none: nothing is logged there
   */
  workspaceId?: Input<string>;
  /**
   * ARM id of the storage account that keeps logs and metrics, in the registry's region.
   *
   * @default none: nothing is kept
   */
  archiveId?: Input<string>;
  /**
   * An address that is told of pushes and deletes, by the named actions.
   *
   * @default none
   */
  webhook?: { url: Input<string>; actions: Input<Input<string>[]> };
  /**
   * Value of the webhook's Authorization header; always handled as a secret.
   *
   * @default no such header
   */
  webhookAuthorization?: Input<string>;
}

/** A scope map and the token that has it. */
interface PullTokenArgs {
  /** Name of both, unique in the registry. Plain text, since it is part of resource names. A change replaces both. */
  name: string;
  /** Actions, such as `repositories/orders/api/content/read`. A change replaces nothing. */
  actions: Input<Input<string>[]>;
}

/**
 * One Azure Container Registry with what belongs to it: replicas, tokens, log, webhook.
 * Admin user and anonymous pull are off and cannot be switched on.
 *
 * @example
 * new ClassRegistry("orders-secure", {
 *   registryName: "ordersqasecure",
 *   resourceGroupName: "rg-orders-qa",
 *   location: "westeurope",
 *   tokens: [{ name: "shop-pull", actions: ["repositories/orders/api/content/read"] }],
 * });
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
    this.registry = this.makeRegistry(name, args, options);
    this.loginServer = this.registry.loginServer;
    this.registryId = this.registry.id;
    const { registryName, resourceGroupName } = args;
    const place = { registryName, resourceGroupName, options: insideOptions(this.registry, this) };
    this.makeReplicas(name, args, place);
    this.tokens = makePullTokens(name, args.tokens ?? [], place);
    this.makeLog(name, args);
    this.makeWebhook(name, args, place);
    this.registerOutputs({ loginServer: this.loginServer, registryId: this.registryId });
  }

  private makeRegistry(name: string, args: ClassRegistryArgs, options?: ComponentResourceOptions): Registry {
    return new Registry(`${name}-registry`, registryInputs(args), {
      parent: this,
      ...dependenciesOf(options),
      ...registryOptions(args),
    });
  }

  private makeReplicas(name: string, args: ClassRegistryArgs, place: RegistryPlace): void {
    const { registryName, resourceGroupName, options } = place;
    const tags = defined({ tags: args.tags });
    for (const location of args.replicas ?? []) {
      const inputs = { registryName, resourceGroupName, replicationName: location, location, ...tags };
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
        ...defined({ tags: args.tags }),
      },
      { ...place.options, additionalSecretOutputs: ["customHeaders"] },
    );
  }
}

function registryOptions(args: ClassRegistryArgs): CustomResourceOptions {
  if (args.importId === undefined) return protectOptions(args);
  return { protect: true, import: args.importId, ignoreChanges: unmanagedProperties(args), retainOnDelete: true };
}

/**
 * Makes the scope maps and tokens of one registry as children of a component.
 * A token has no password until one is generated outside Pulumi's state; azure-native's Token cannot create any.
 *
 * @returns the tokens by name
 */
function makePullTokens(
  name: string,
  tokens: readonly PullTokenArgs[],
  place: RegistryPlace,
): Readonly<Record<string, Token>> {
  const { registryName, resourceGroupName, options } = place;
  const named = tokens.map((token): [string, Token] => {
    const scope = new ScopeMap(
      `${name}-scope-${token.name}`,
      {
        registryName,
        resourceGroupName,
        scopeMapName: token.name,
        actions: token.actions,
        description: `Pull scope of ${token.name}`,
      },
      options,
    );
    const inputs = { registryName, resourceGroupName, tokenName: token.name, scopeMapId: scope.id };
    return [token.name, new Token(`${name}-token-${token.name}`, { ...inputs, status: "enabled" }, options)];
  });
  return Object.fromEntries(named);
}

/** Where something that lives inside a registry is made, and what it hangs on. */
interface RegistryPlace {
  registryName: Input<string>;
  resourceGroupName: Input<string>;
  options: CustomResourceOptions;
}

/**
 * The options of what lives inside a registry: replaced with it, and so made after it (the SDK takes a resource to
 * depend on what it is replaced with).
 * The names are passed on as they were given, not read from the registry, so that a preview can show them and see a
 * change; what a property dependency would have done on a replacement is done by `replaceWith`.
 */
function insideOptions(registry: Resource, parent: Resource): CustomResourceOptions {
  return { parent, replaceWith: [registry] };
}
