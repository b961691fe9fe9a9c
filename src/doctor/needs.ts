import { azureTypeOf } from "../base/azure/typeToken";
import { fieldAt } from "../base/json";
import type { RecordedResource } from "../preview/recording";

/**
 * What Azure calls the types that the program makes, by their tokens without `azure-native:`. A type that is not here is
 * told of as one that cannot be looked at. Source: Azure resource provider operations.
 */
const ARM_TYPES: Readonly<Record<string, string>> = {
  "app:ContainerApp": "Microsoft.App/containerApps",
  "applicationinsights:Component": "Microsoft.Insights/components",
  "applicationinsights:Workbook": "Microsoft.Insights/workbooks",
  "authorization:ManagementLockByScope": "Microsoft.Authorization/locks",
  "authorization:RoleAssignment": "Microsoft.Authorization/roleAssignments",
  "authorization:RoleDefinition": "Microsoft.Authorization/roleDefinitions",
  "consumption:Budget": "Microsoft.Consumption/budgets",
  "containerregistry:Registry": "Microsoft.ContainerRegistry/registries",
  "containerregistry:Replication": "Microsoft.ContainerRegistry/registries/replications",
  "containerregistry:ScopeMap": "Microsoft.ContainerRegistry/registries/scopeMaps",
  "containerregistry:Token": "Microsoft.ContainerRegistry/registries/tokens",
  "containerregistry:Webhook": "Microsoft.ContainerRegistry/registries/webhooks",
  "eventgrid:SystemTopic": "Microsoft.EventGrid/systemTopics",
  "eventgrid:SystemTopicEventSubscription": "Microsoft.EventGrid/systemTopics/eventSubscriptions",
  "keyvault:Vault": "Microsoft.KeyVault/vaults",
  "managedidentity:FederatedIdentityCredential":
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
  "managedidentity:UserAssignedIdentity": "Microsoft.ManagedIdentity/userAssignedIdentities",
  "monitor:ActionGroup": "Microsoft.Insights/actionGroups",
  "monitor:ActivityLogAlert": "Microsoft.Insights/activityLogAlerts",
  "monitor:DiagnosticSetting": "Microsoft.Insights/diagnosticSettings",
  "monitor:MetricAlert": "Microsoft.Insights/metricAlerts",
  "monitor:ScheduledQueryRule": "Microsoft.Insights/scheduledQueryRules",
  "operationalinsights:Query": "Microsoft.OperationalInsights/queryPacks/queries",
  "operationalinsights:QueryPack": "Microsoft.OperationalInsights/queryPacks",
  "operationalinsights:SavedSearch": "Microsoft.OperationalInsights/workspaces/savedSearches",
  "operationalinsights:Workspace": "Microsoft.OperationalInsights/workspaces",
  "resources:ResourceGroup": "Microsoft.Resources/subscriptions/resourceGroups",
  "security:Pricing": "Microsoft.Security/pricings",
  "storage:BlobContainer": "Microsoft.Storage/storageAccounts/blobServices/containers",
  "storage:BlobContainerImmutabilityPolicy":
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies",
  "storage:BlobServiceProperties": "Microsoft.Storage/storageAccounts/blobServices",
  "storage:ManagementPolicy": "Microsoft.Storage/storageAccounts/managementPolicies",
  "storage:StorageAccount": "Microsoft.Storage/storageAccounts",
};

/** An action on Azure's management plane that the plan takes, and for what. */
export interface NeededAction {
  /** Such as `Microsoft.Authorization/locks/write`. */
  action: string;
  /** The type of what is planned, such as `ManagementLockByScope`, and how many of it. */
  type: string;
  count: number;
}

/** What a stage's plan needs of its subscription. */
export interface AzureNeeds {
  /** Resource providers, sorted. */
  providers: readonly string[];
  /** What must be written, sorted by action. */
  actions: readonly NeededAction[];
  /** Planned types that this module does not know. */
  unknown: readonly string[];
}

/** What a preview's resources need of the stage's subscription; all empty where nothing stands in Azure. */
export function azureNeeds({ resources }: Planned): AzureNeeds {
  const tokens = resources.flatMap(({ type }) => azureTypeOf(type)?.name ?? []);
  const known = [...new Set(tokens)].flatMap((token) => {
    const armType = ARM_TYPES[token];
    return armType === undefined ? [] : [{ token, armType }];
  });
  const actions = known.map(({ token, armType }) => ({
    action: `${armType}/write`,
    type: token.split(":").at(-1) ?? token,
    count: tokens.filter((one) => one === token).length,
  }));
  return {
    providers: [...new Set(known.map(({ armType }) => armType.split("/")[0] ?? armType))].sort(),
    actions: actions.sort((a, b) => (a.action < b.action ? -1 : 1)),
    unknown: [...new Set(tokens)].filter((token) => ARM_TYPES[token] === undefined).sort(),
  };
}

/** What plans need of the repository on GitHub: names of environments, and how many rulesets. */
export interface GithubNeeds {
  environments: readonly string[];
  /** Environments whose jobs wait for reviewers. */
  reviewed: readonly string[];
  rulesets: number;
}

const ENVIRONMENT = "github:index/repositoryEnvironment:RepositoryEnvironment";
const RULESET = "github:index/repositoryRuleset:RepositoryRuleset";

/** What several previews need of the repository together. */
export function githubNeeds(plans: readonly Planned[]): GithubNeeds {
  const resources = plans.flatMap((plan) => plan.resources);
  const environments = resources.filter(({ type }) => type === ENVIRONMENT);
  const nameOf = ({ inputs, name }: PlannedResource) => {
    const given = fieldAt(inputs, "environment");
    return typeof given === "string" ? given : name;
  };
  const isReviewed = ({ inputs }: PlannedResource) => {
    const reviewers = fieldAt(inputs, "reviewers");
    return Array.isArray(reviewers) && reviewers.length > 0;
  };
  return {
    environments: environments.map(nameOf),
    reviewed: environments.filter(isReviewed).map(nameOf),
    rulesets: resources.filter(({ type }) => type === RULESET).length,
  };
}

type PlannedResource = Pick<RecordedResource, "type" | "name" | "inputs">;

/** What is read of a recording. */
export interface Planned {
  readonly resources: readonly PlannedResource[];
}
