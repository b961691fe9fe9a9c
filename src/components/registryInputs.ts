import { output, type Input } from "@pulumi/pulumi";
import type { RegistryArgs } from "@pulumi/azure-native/containerregistry/registry";
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
  const { untaggedRetentionDays: untagged, softDeleteDays: softDelete = "off", exportAllowed } = args;
  const off = { status: "disabled" };
  return {
    softDeletePolicy: softDelete === "off" ? off : { retentionDays: softDelete, status: "enabled" },
    ...(untagged === undefined
      ? {}
      : { retentionPolicy: untagged === "off" ? off : { days: untagged, status: "enabled" } }),
    ...(exportAllowed === undefined ? {} : { exportPolicy: { status: word(exportAllowed, "enabled", "disabled") } }),
  };
}

/** Who reaches the public endpoint: everybody with a token, or only the ranges given. */
function network(args: ClassRegistryArgs): Pick<RegistryArgs, "networkRuleSet" | "networkRuleBypassOptions"> {
  const ranges = args.allowedIps ?? [];
  if (ranges.length === 0) return {};
  const ipRules = ranges.map((iPAddressOrRange) => ({ action: "Allow" as const, iPAddressOrRange }));
  return { networkRuleSet: { defaultAction: "Deny", ipRules }, networkRuleBypassOptions: "AzureServices" };
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
    dataEndpointEnabled: args.dataEndpoint ?? false,
    publicNetworkAccess: word(args.publicAccess ?? true, "Enabled", "Disabled"),
    ...network(args),
    policies: policies(args),
    ...(args.tags === undefined ? {} : { tags: args.tags }),
  };
}
