import type { RegistryArgs } from "@pulumi/azure-native/containerregistry/registry";
import { type Input, output } from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import type { ClassRegistryArgs } from "./classRegistry";

/** One of two words for a switch that may be known only later. */
function word<On extends string, Off extends string>(value: Input<boolean>, on: On, off: Off): Input<On | Off> {
  return typeof value === "boolean" ? (value ? on : off) : output(value).apply((is) => (is ? on : off));
}

/**
 * The policies, each said to be off where it is off: left out, an earlier one could stay on.
 * What only Premium takes is sent only where it was given.
 */
function policies(args: ClassRegistryArgs): NonNullable<RegistryArgs["policies"]> {
  const { untaggedRetentionDays: untagged, exportAllowed, armTokensAllowed: arm } = args;
  const softDelete = args.softDeleteDays ?? (isAdopted(args) ? undefined : "off");
  const off = { status: "disabled" };
  return {
    ...(softDelete === undefined
      ? {}
      : { softDeletePolicy: softDelete === "off" ? off : { retentionDays: softDelete, status: "enabled" } }),
    ...(untagged === undefined
      ? {}
      : { retentionPolicy: untagged === "off" ? off : { days: untagged, status: "enabled" } }),
    ...(exportAllowed === undefined ? {} : { exportPolicy: { status: word(exportAllowed, "enabled", "disabled") } }),
    ...(arm === undefined ? {} : { azureADAuthenticationAsArmPolicy: { status: word(arm, "enabled", "disabled") } }),
  };
}

/** Who reaches the registry: everybody with a token, or only the ranges given; and whether Azure's services pass by. */
function network(args: ClassRegistryArgs): Pick<RegistryArgs, "networkRuleSet" | "networkRuleBypassOptions"> {
  const ranges = args.allowedIps ?? [];
  const trusted = args.trustedServices ?? (isAdopted(args) ? undefined : true);
  const bypass = trusted === undefined ? {} : { networkRuleBypassOptions: word(trusted, "AzureServices", "None") };
  if (ranges.length === 0) return bypass;
  const ipRules = ranges.map((iPAddressOrRange) => ({ action: "Allow" as const, iPAddressOrRange }));
  return { networkRuleSet: { defaultAction: "Deny", ipRules }, ...bypass };
}

const isAdopted = (args: ClassRegistryArgs) => args.importId !== undefined;

/** Access and data endpoint: as said, or the defaults of a registry that is made. */
function endpoints(args: ClassRegistryArgs): Pick<RegistryArgs, "publicNetworkAccess" | "dataEndpointEnabled"> {
  const publicAccess = args.publicAccess ?? (isAdopted(args) ? undefined : true);
  const dataEndpoint = args.dataEndpoint ?? (isAdopted(args) ? undefined : false);
  return {
    ...(publicAccess === undefined ? {} : { publicNetworkAccess: word(publicAccess, "Enabled", "Disabled") }),
    ...defined({ dataEndpointEnabled: dataEndpoint }),
  };
}

/**
 * What an adopted registry keeps: what would replace it, what azure-native would otherwise send as its own default, and
 * each setting that was not said. Left out without this, a setting would fall back to Azure's default.
 */
export function keptOfAdopted(args: ClassRegistryArgs): string[] {
  const unsaid: Record<string, unknown> = {
    publicNetworkAccess: args.publicAccess,
    dataEndpointEnabled: args.dataEndpoint,
    networkRuleSet: args.allowedIps?.length ? args.allowedIps : undefined,
    networkRuleBypassOptions: args.trustedServices,
    "policies.retentionPolicy": args.untaggedRetentionDays,
    "policies.softDeletePolicy": args.softDeleteDays,
    "policies.exportPolicy": args.exportAllowed,
    "policies.quarantinePolicy": undefined,
    "policies.trustPolicy": undefined,
    "policies.azureADAuthenticationAsArmPolicy": args.armTokensAllowed,
  };
  const kept = Object.keys(unsaid).filter((property) => unsaid[property] === undefined);
  const fixed = ["registryName", "resourceGroupName", "location", "encryption", "identity", "zoneRedundancy", "tags"];
  return [...fixed, ...kept];
}

/** What azure-native's Registry is told. Admin user and anonymous pull are off, whatever the arguments say. */
export function registryInputs(args: ClassRegistryArgs): RegistryArgs {
  return {
    registryName: args.registryName,
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    sku: { name: args.sku ?? "Premium" },
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    ...endpoints(args),
    ...network(args),
    policies: policies(args),
    ...(args.tags === undefined || isAdopted(args) ? {} : { tags: args.tags }),
  };
}
