import { AZURE } from "./azureTypes";
import { region } from "./changes";
import type { CloudResource } from "./cloud";
import { CREATED, guid } from "./fixed";
import { at, listAt, textAt } from "./lookup";
import type { PlainFields } from "./values";

/** The tenant of the stand-in's Azure. */
export const TENANT = "00000000-0000-0000-0000-0000000000f1";

/** What Entra knows an identity by; a role assignment names it. */
export const principalOf = (identityId: string): string => guid(`principal ${identityId.toLowerCase()}`);

const etagOf = (inputs: PlainFields) => `"${guid(`etag ${JSON.stringify(inputs)}`)}"`;

type Answer = (resource: CloudResource, name: string) => PlainFields;

const MADE: PlainFields = { createdBy: "", createdOn: CREATED, updatedBy: "", updatedOn: CREATED };

/** What Azure adds to a resource beside registries: ids, addresses, and what it takes where nothing is said. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  [AZURE.identity]: ({ id }) => ({
    clientId: guid(`client ${id.toLowerCase()}`),
    principalId: principalOf(id),
    tenantId: TENANT,
  }),
  [AZURE.containerApp]: ({ inputs }, name) => ({
    ...{ customDomainVerificationId: "", eventStreamEndpoint: "", deploymentErrors: "", runningStatus: "Running" },
    ...{ latestReadyRevisionName: `${name}--1`, latestRevisionName: `${name}--1`, outboundIpAddresses: [] },
    // Source: ARM REST: Container Apps - Get, properties.configuration.ingress.fqdn.
    configuration: { ingress: { fqdn: `${name}.example.${textAt(inputs, "location")}.azurecontainerapps.io` } },
  }),
  [AZURE.roleAssignment]: () => MADE,
  [AZURE.roleDefinition]: () => ({ ...MADE, roleType: "CustomRole" }),
  [AZURE.vault]: (_, name) => ({
    properties: {
      enableRbacAuthorization: false,
      enableSoftDelete: true,
      enabledForDeployment: false,
      provisioningState: "Succeeded",
      publicNetworkAccess: "Enabled",
      softDeleteRetentionInDays: 90,
      vaultUri: `https://${name.toLowerCase()}.vault.azure.net/`,
    },
  }),
  [AZURE.storage]: ({ inputs }, name) => ({
    accessTier: "Hot",
    creationTime: CREATED,
    keyCreationTime: { key1: CREATED, key2: CREATED },
    networkRuleSet: { bypass: "AzureServices", defaultAction: "Allow" },
    primaryEndpoints: { blob: `https://${name}.blob.core.windows.net/`, dfs: `https://${name}.dfs.core.windows.net/` },
    primaryLocation: region(textAt(inputs, "location")),
    privateEndpointConnections: [],
    statusOfPrimary: "available",
  }),
  [AZURE.blobContainer]: ({ inputs }) => ({
    ...{ deleted: false, etag: etagOf(inputs), hasImmutabilityPolicy: false, hasLegalHold: false },
    ...{ lastModifiedTime: CREATED, leaseState: "Available", leaseStatus: "Unlocked", publicAccess: "None" },
    ...{ remainingRetentionDays: 0, deletedTime: "", leaseDuration: "", version: "" },
  }),
  [AZURE.immutability]: ({ inputs }) => ({ etag: etagOf(inputs), state: "Unlocked" }),
  [AZURE.lifecycle]: () => ({ lastModifiedTime: CREATED }),
  [AZURE.savedSearch]: ({ inputs }) => ({ etag: etagOf(inputs) }),
  [AZURE.queryPack]: ({ id }) => ({ queryPackId: guid(id), timeCreated: CREATED, timeModified: CREATED }),
  [AZURE.query]: () => ({ author: guid("author"), timeCreated: CREATED, timeModified: CREATED }),
  [AZURE.workbook]: () => ({ revision: guid("revision"), timeModified: CREATED, userId: "", version: "Notebook/1.0" }),
  [AZURE.component]: ({ id, inputs }, name) => ({
    ...{ appId: guid(`app ${id}`), applicationId: name, creationDate: CREATED, tenantId: TENANT },
    ...{ instrumentationKey: guid(`key ${id}`), connectionString: `InstrumentationKey=${guid(`key ${id}`)}` },
    ...{ etag: etagOf(inputs), hockeyAppToken: "", laMigrationDate: CREATED, privateLinkScopedResources: [] },
    ...{ publicNetworkAccessForIngestion: "Enabled", publicNetworkAccessForQuery: "Enabled", retentionInDays: 90 },
  }),
  [AZURE.queryAlert]: ({ inputs }) => ({
    ...{ createdWithApiVersion: "2025-01-01-preview", etag: etagOf(inputs), isLegacyLogAnalyticsRule: false },
    isWorkspaceAlertsStorageConfigured: false,
  }),
  [AZURE.metricAlert]: () => ({ isMigrated: false, lastUpdatedTime: CREATED }),
  [AZURE.systemTopic]: ({ id }) => ({ metricResourceId: guid(id) }),
  [AZURE.eventSubscription]: ({ id }) => ({ topic: id.split("/eventSubscriptions/")[0] ?? "" }),
  [AZURE.budget]: ({ inputs }) => ({
    eTag: etagOf(inputs),
    currentSpend: { amount: 0, unit: "EUR" },
    forecastSpend: { amount: 0, unit: "EUR" },
    timePeriod: { endDate: tenYearsAfter(textAt(inputs, "timePeriod.startDate")) },
  }),
  [AZURE.pricing]: () => ({
    ...{ deprecated: false, enablementTime: CREATED, freeTrialRemainingTime: "PT0S", inherited: "False" },
    ...{ inheritedFrom: "", replacedBy: [], resourcesCoverageStatus: "FullyCovered", enforce: "False" },
  }),
};

/** Azure ends a budget that nobody ends after ten years. Source: Cost Management documentation, budget expiration. */
const tenYearsAfter = (start: string) => start.replace(/^\d{4}/, (year) => String(Number(year) + 10));

const TELLING: readonly string[] = [
  AZURE.queryAlert,
  AZURE.metricAlert,
  AZURE.activityLogAlert,
  AZURE.eventSubscription,
];

/** The ids an alert rule tells. */
export function actionGroupsOf(type: string, inputs: PlainFields): string[] {
  if (!TELLING.includes(type)) return [];
  const listed = [
    ...listAt(inputs, "actions.actionGroups"),
    ...listAt(inputs, "actions"),
    ...listAt(inputs, "destination.actionGroups"),
  ];
  return listed.flatMap((one) => {
    if (typeof one === "string") return [one];
    const id = typeof one === "object" && one !== null ? at(one as PlainFields, "actionGroupId") : undefined;
    return typeof id === "string" ? [id] : [];
  });
}
