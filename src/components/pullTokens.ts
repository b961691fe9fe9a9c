import type { Input } from "@pulumi/pulumi";
import { ScopeMap } from "@pulumi/azure-native/containerregistry/scopeMap";
import { Token } from "@pulumi/azure-native/containerregistry/token";
import type { RegistryPlace } from "./registryPlace";

/** A scope map and its token. */
export interface PullTokenArgs {
  /** Name of both; part of their resource names, so two tokens of one registry differ in it. */
  name: string;
  /** Actions, such as `repositories/orders/api/content/read`. */
  actions: Input<Input<string>[]>;
}

/**
 * Makes the scope maps and tokens of one registry as children of a component.
 * A token has no password until one is generated outside Pulumi's state; azure-native's Token cannot create any.
 */
export function makePullTokens(name: string, tokens: readonly PullTokenArgs[], place: RegistryPlace): Token[] {
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
