import { AZURE } from "../../support/providers/azureTypes";
import { KUBERNETES } from "../../support/providers/kubernetesIds";
import { MORE_SAMPLES } from "../../support/providers/moreSamples";
import type { PlainFields } from "../../support/providers/values";
import type { Refusal } from "./refusal";

const criteria = (over: PlainFields) => {
  const [condition] = (MORE_SAMPLES[AZURE.queryAlert]?.["criteria"] as { allOf: PlainFields[] }).allOf;
  return { criteria: { allOf: [{ ...condition, ...over }] } };
};
const metric = (over: PlainFields) => {
  const [criterion] = (MORE_SAMPLES[AZURE.metricAlert]?.["criteria"] as { allOf: PlainFields[] }).allOf;
  const odataType = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria";
  return { criteria: { odataType, allOf: [{ ...criterion, ...over }] } };
};
/** Case is of no matter to Azure. */
const REGISTRIES = "microsoft.containerregistry/Registries";

const notification = (over: PlainFields) => ({
  notifications: { one: { enabled: true, operator: "GreaterThan", threshold: 90, contactEmails: ["a@b.co"], ...over } },
});

/** Identities, vaults, archives, alerts and money. */
export const BESIDE: readonly Refusal[] = [
  {
    title: "a second audience",
    type: AZURE.federatedCredential,
    over: { audiences: ["one", "two"] },
    says: /has 2 entries: at most 1/,
    late: true,
  },
  {
    title: "an issuer without https",
    type: AZURE.federatedCredential,
    over: { issuer: "http://token.example.com" },
    says: /'issuer' is .*must match/,
    late: true,
  },
  {
    title: "a role assignment's name that is no GUID",
    type: AZURE.roleAssignment,
    over: { roleAssignmentName: "push" },
    says: /'roleAssignmentName' is "push": it must match/,
    late: true,
  },
  {
    title: "a role's name instead of its id",
    type: AZURE.roleAssignment,
    over: { roleDefinitionId: "AcrPush" },
    says: /'roleDefinitionId' is "AcrPush": it must match/,
    late: true,
  },
  {
    title: "a vault's name of 25 characters",
    type: AZURE.vault,
    over: { vaultName: "k".repeat(25) },
    says: /'vaultName' is .*must match/,
  },
  {
    title: "capitals in an account's name",
    type: AZURE.storage,
    over: { accountName: "OrdersQa" },
    says: /must match/,
  },
  {
    title: "an archive that keeps nothing",
    type: AZURE.immutability,
    over: { immutabilityPeriodSinceCreationInDays: 0 },
    says: /is 0: at least 1/,
    late: true,
  },
  {
    title: "SFTP without a hierarchy",
    type: AZURE.storage,
    over: { isSftpEnabled: true },
    says: /'isSftpEnabled' needs isHnsEnabled/,
    late: true,
  },
  {
    title: "a frequency that is none",
    type: AZURE.queryAlert,
    over: { evaluationFrequency: "PT7M", windowSize: "PT15M" },
    says: /'evaluationFrequency' is "PT7M"/,
    late: true,
  },
  {
    title: "a window shorter than the frequency",
    type: AZURE.queryAlert,
    over: { evaluationFrequency: "PT1H", windowSize: "PT15M" },
    says: /'windowSize' is shorter/,
    late: true,
  },
  {
    title: "an average of no column",
    type: AZURE.queryAlert,
    over: criteria({ timeAggregation: "Average" }),
    says: /metricMeasureColumn' is missing/,
    late: true,
  },
  {
    title: "more failing periods than there are",
    type: AZURE.queryAlert,
    over: criteria({ failingPeriods: { minFailingPeriodsToAlert: 3, numberOfEvaluationPeriods: 2 } }),
    says: /needs 3 of 2 periods/,
    late: true,
  },
  {
    title: "a group with a long short name",
    type: AZURE.actionGroup,
    over: { groupShortName: "orders-qa-ops" },
    says: /13 characters long: at most 12/,
    late: true,
  },
  {
    title: "a metric without a threshold",
    type: AZURE.metricAlert,
    over: metric({ threshold: "a lot" }),
    says: /takes number and got string/,
  },
  {
    title: "a dynamic threshold of one resource",
    type: AZURE.metricAlert,
    over: metric({ criterionType: "DynamicThresholdCriterion", alertSensitivity: "Low", failingPeriods: periods() }),
    says: /is dynamic: only a MultipleResource/,
    late: true,
  },
  {
    title: "a metric that registries do not have",
    type: AZURE.metricAlert,
    over: metric({ metricNamespace: REGISTRIES, metricName: "StorageUse" }),
    says: /'criteria\.allOf\[0\]\.metricName' is "StorageUse": the metrics are .*StorageUsed/,
    late: true,
  },
  {
    title: "a dimension that the metric does not have",
    type: AZURE.metricAlert,
    over: metric({
      metricNamespace: REGISTRIES,
      dimensions: [{ name: "Repository", operator: "Include", values: ["orders/api"] }],
    }),
    says: /'criteria\.allOf\[0\]\.dimensions\[0\]\.name' is "Repository": StorageUsed has Geolocation/,
    late: true,
  },
  {
    title: "a window shorter than the time between two samples",
    type: AZURE.metricAlert,
    over: { ...metric({ metricNamespace: REGISTRIES }), windowSize: "PT30M", evaluationFrequency: "PT30M" },
    says: /'windowSize' is shorter than the 60 minutes between two samples of StorageUsed/,
    late: true,
  },
  {
    title: "a budget that begins in the middle of a month",
    type: AZURE.budget,
    over: { timePeriod: { startDate: "2026-01-15T00:00:00Z" } },
    says: /'timePeriod\.startDate' is .*must match/,
    late: true,
  },
  {
    title: "a budget that tells nobody",
    type: AZURE.budget,
    over: notification({ contactEmails: [] }),
    says: /tells nobody/,
    late: true,
  },
  {
    title: "a threshold beyond a thousand percent",
    type: AZURE.budget,
    over: notification({ threshold: 1001 }),
    says: /is 1001: at most 1000/,
    late: true,
  },
  {
    title: "a field that no ServiceAccount has",
    type: KUBERNETES.serviceAccount,
    over: { spec: {} },
    says: /'spec' is no property.*the API server refuses/,
  },
  {
    title: "a name that is no DNS name",
    type: KUBERNETES.serviceAccount,
    over: { metadata: { name: "Shop_Pull", namespace: "shop" } },
    says: /'metadata\.name' is "Shop_Pull"/,
  },
  { title: "another kind", type: KUBERNETES.secret, over: { kind: "ConfigMap" }, says: /'kind' is "ConfigMap"/ },
];

function periods(): PlainFields {
  return { minFailingPeriodsToAlert: 1, numberOfEvaluationPeriods: 1 };
}
