// What `pulumi new azure-typescript` sets people up with, holding one registry: type-checked at every cold run.
import * as resources from "@pulumi/azure-native/resources";
import * as containerregistry from "@pulumi/azure-native/containerregistry";

const group = new resources.ResourceGroup("resourceGroup", { location: "westeurope" });

const registry = new containerregistry.Registry("registry", {
  resourceGroupName: group.name,
  sku: { name: containerregistry.SkuName.Premium },
  adminUserEnabled: false,
});

export const loginServer = registry.loginServer;
