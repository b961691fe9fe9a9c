import type { RegistryArgs } from "@pulumi/azure-native/containerregistry/registry";
import { type Input, output } from "@pulumi/pulumi";
import { defined } from "../../base/defined";

/** The settings of one registry. An adopted registry keeps each setting that is left out. */
export interface RegistrySettings {
  /** 5 to 50 letters and digits, unique in all of Azure. A change replaces the registry and its images. */
  registryName: Input<string>;
  /** A change replaces the registry and its images. */
  resourceGroupName: Input<string>;
  /** Azure region. A change replaces the registry and its images. */
  location: Input<string>;
  /**
   * The tier. A change replaces nothing; Azure refuses a lower one while a feature of the higher is in use.
   *
   * @default "Premium"
   */
  sku?: Input<"Basic" | "Standard" | "Premium">;
  /**
   * Days an untagged manifest is kept, Premium only; "off" tells Azure so.
   *
   * @default Azure's: off
   */
  untaggedRetentionDays?: Input<number> | "off";
  /**
   * Days a deleted image can be restored. Not together with `untaggedRetentionDays`.
   *
   * @default "off"
   */
  softDeleteDays?: Input<number> | "off";
  /**
   * Whether the registry answers on its public endpoint.
   *
   * @default true
   */
  publicAccess?: Input<boolean>;
  /**
   * The only IPv4 ranges that reach the public endpoint, Premium only.
   *
   * @default every address reaches it
   */
  allowedIps?: readonly Input<string>[];
  /**
   * Whether Azure's trusted services, such as Defender for Cloud and imports by other registries, pass where the network
   * is restricted.
   *
   * @default true
   */
  trustedServices?: Input<boolean>;
  /**
   * Whether images may be exported, Premium only; false needs `publicAccess: false`.
   *
   * @default Azure's: true
   */
  exportAllowed?: Input<boolean>;
  /**
   * Whether the registry accepts Entra tokens made for Azure Resource Manager beside those made for registries. The admin
   * user and the tokens of scope maps are not affected.
   *
   * @default true
   */
  armTokensAllowed?: Input<boolean>;
  /**
   * Whether layers have a data endpoint of their own, Premium only.
   *
   * @default false
   */
  dataEndpoint?: Input<boolean>;
  /**
   * ARM id of a registry to adopt. It is imported, protected, never replaced, and outlives the stack.
   *
   * @default a registry is created
   */
  importId?: string;
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/** One of two words for a switch that may be known only later. */
function word<On extends string, Off extends string>(value: Input<boolean>, on: On, off: Off): Input<On | Off> {
  return typeof value === "boolean" ? (value ? on : off) : output(value).apply((is) => (is ? on : off));
}

/**
 * The policies, each stated where it is off: one that is left out could stay on from before.
 * What only Premium accepts is sent only where it was given.
 */
function policies(settings: RegistrySettings): NonNullable<RegistryArgs["policies"]> {
  const { untaggedRetentionDays: untagged, exportAllowed } = settings;
  const arm = settings.armTokensAllowed ?? (isAdopted(settings) ? undefined : true);
  const softDelete = settings.softDeleteDays ?? (isAdopted(settings) ? undefined : "off");
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

/** Who reaches the registry: everybody with a token, or only the given ranges; and whether Azure's services pass. */
function network(settings: RegistrySettings): Pick<RegistryArgs, "networkRuleSet" | "networkRuleBypassOptions"> {
  const ranges = settings.allowedIps ?? [];
  const trusted = settings.trustedServices ?? (isAdopted(settings) ? undefined : true);
  const bypass = trusted === undefined ? {} : { networkRuleBypassOptions: word(trusted, "AzureServices", "None") };
  const ipRules = ranges.map((iPAddressOrRange) => ({ action: "Allow" as const, iPAddressOrRange }));
  if (ranges.length > 0) return { networkRuleSet: { defaultAction: "Deny", ipRules }, ...bypass };
  if (isAdopted(settings)) return bypass;
  // Rules that are left out would stay as they were; below Premium Azure takes none.
  const open = { defaultAction: "Allow" as const, ipRules };
  const { sku = "Premium" } = settings;
  if (typeof sku === "string") return sku === "Premium" ? { networkRuleSet: open, ...bypass } : bypass;
  return { networkRuleSet: output(sku).apply((tier) => (tier === "Premium" ? open : undefined)), ...bypass };
}

const isAdopted = ({ importId }: RegistrySettings) => importId !== undefined;

/** Public access and data endpoint: as given, or the defaults of a registry that is created. */
function endpoints(settings: RegistrySettings): Pick<RegistryArgs, "publicNetworkAccess" | "dataEndpointEnabled"> {
  const publicAccess = settings.publicAccess ?? (isAdopted(settings) ? undefined : true);
  const dataEndpoint = settings.dataEndpoint ?? (isAdopted(settings) ? undefined : false);
  return {
    ...(publicAccess === undefined ? {} : { publicNetworkAccess: word(publicAccess, "Enabled", "Disabled") }),
    ...defined({ dataEndpointEnabled: dataEndpoint }),
  };
}

/**
 * The properties of an adopted registry that an update leaves alone (`ignoreChanges`): what would replace it, what
 * azure-native would otherwise send as its own default, and each setting that is left out. Without this, a setting that
 * is left out would fall back to Azure's default.
 */
export function unmanagedProperties(settings: RegistrySettings): string[] {
  const byProperty: Record<string, unknown> = {
    publicNetworkAccess: settings.publicAccess,
    dataEndpointEnabled: settings.dataEndpoint,
    networkRuleSet: settings.allowedIps?.length ? settings.allowedIps : undefined,
    networkRuleBypassOptions: settings.trustedServices,
    "policies.retentionPolicy": settings.untaggedRetentionDays,
    "policies.softDeletePolicy": settings.softDeleteDays,
    "policies.exportPolicy": settings.exportAllowed,
    "policies.quarantinePolicy": undefined,
    "policies.trustPolicy": undefined,
    "policies.azureADAuthenticationAsArmPolicy": settings.armTokensAllowed,
  };
  const leftOut = Object.keys(byProperty).filter((property) => byProperty[property] === undefined);
  const fixed = ["registryName", "resourceGroupName", "location", "encryption", "identity", "zoneRedundancy", "tags"];
  return [...fixed, ...leftOut];
}

/** The inputs of azure-native's Registry. Admin user and anonymous pull are off, whatever the settings say. */
export function registryInputs(settings: RegistrySettings): RegistryArgs {
  return {
    registryName: settings.registryName,
    resourceGroupName: settings.resourceGroupName,
    location: settings.location,
    sku: { name: settings.sku ?? "Premium" },
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    ...endpoints(settings),
    ...network(settings),
    policies: policies(settings),
    ...(settings.tags === undefined || isAdopted(settings) ? {} : { tags: settings.tags }),
  };
}
