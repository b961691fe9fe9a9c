// The registries and tokens of a stage with many consumers, written down one after the other: no plan, no components.
import * as pulumi from "@pulumi/pulumi";
import { Registry } from "@pulumi/azure-native/containerregistry/registry";
import { ScopeMap } from "@pulumi/azure-native/containerregistry/scopeMap";
import { Token } from "@pulumi/azure-native/containerregistry/token";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";

const consumers = new pulumi.Config().requireNumber("consumers");
const resourceGroupName = "rg-orders-registry-qa";
const group = new ResourceGroup("group", { resourceGroupName, location: "westeurope" }, { protect: true });

for (const kind of ["secure", "standard"]) {
  const registryName = `ordersqa${kind}`;
  const sku = { name: "Premium" };
  const place = { registryName, resourceGroupName };
  const registry = new Registry(kind, { ...place, sku, location: "westeurope" }, { protect: true, dependsOn: [group] });
  for (let at = 0; at < consumers; at++) {
    const name = `consumer${at}-pull`;
    const actions = ["repositories/orders/*/content/read", "repositories/orders/*/metadata/read"];
    const inside = { dependsOn: [registry], replaceWith: [registry] };
    const scope = new ScopeMap(`${kind}-scope-${name}`, { ...place, scopeMapName: name, actions }, inside);
    new Token(`${kind}-token-${name}`, { ...place, tokenName: name, scopeMapId: scope.id, status: "enabled" }, inside);
  }
}
