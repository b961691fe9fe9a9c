import { AZURE } from "./azureTypes";
import { KUBERNETES } from "./kubernetesIds";
import { MORE_SAMPLES } from "./moreSamples";
import type { PlainFields, Value } from "./values";

const tags = ["tags", { stage: "qa" }] as const;

/** A sample's value of one property with some of it changed. */
function within(type: string, name: string, over: PlainFields): readonly [name: string, value: Value] {
  return [name, { ...(MORE_SAMPLES[type]?.[name] as PlainFields), ...over }];
}

const labels = { labels: { part: "pull" } };

/** A change of each type beside registries that is made in place. */
export const MORE_UPDATES: Readonly<Record<string, readonly [name: string, value: Value]>> = {
  [AZURE.identity]: tags,
  [AZURE.federatedCredential]: ["subject", "repo:company/orders:environment:qa-publish-standard"],
  [AZURE.roleDefinition]: ["description", "Locks what was published"],
  [AZURE.roleAssignment]: ["description", "pushes"],
  [AZURE.vault]: tags,
  [AZURE.storage]: ["minimumTlsVersion", "TLS1_2"],
  [AZURE.blobContainer]: ["metadata", { kept: "long" }],
  [AZURE.blobService]: ["isVersioningEnabled", false],
  [AZURE.immutability]: ["immutabilityPeriodSinceCreationInDays", 730],
  [AZURE.lifecycle]: ["policy", { rules: [] }],
  [AZURE.savedSearch]: ["query", "print 1"],
  [AZURE.queryPack]: tags,
  [AZURE.query]: ["body", "print 2"],
  [AZURE.workbook]: ["serializedData", "[]"],
  [AZURE.component]: tags,
  [AZURE.actionGroup]: ["enabled", false],
  [AZURE.queryAlert]: ["severity", 1],
  [AZURE.metricAlert]: ["severity", 1],
  [AZURE.activityLogAlert]: ["enabled", false],
  [AZURE.systemTopic]: tags,
  [AZURE.eventSubscription]: ["labels", ["vault"]],
  [AZURE.budget]: ["amount", 300],
  [AZURE.pricing]: ["pricingTier", "Free"],
  [KUBERNETES.namespace]: within(KUBERNETES.namespace, "metadata", labels),
  [KUBERNETES.serviceAccount]: ["automountServiceAccountToken", true],
  [KUBERNETES.secretStore]: within(KUBERNETES.secretStore, "metadata", labels),
  [KUBERNETES.externalSecret]: within(KUBERNETES.externalSecret, "spec", { refreshInterval: "1h" }),
  [KUBERNETES.secretProviderClass]: ["spec", { provider: "azure", parameters: {} }],
  [KUBERNETES.admissionPolicy]: within(KUBERNETES.admissionPolicy, "spec", { failurePolicy: "Ignore" }),
  [KUBERNETES.admissionBinding]: within(KUBERNETES.admissionBinding, "spec", { validationActions: ["Warn"] }),
  [KUBERNETES.signaturePolicy]: within(KUBERNETES.signaturePolicy, "metadata", labels),
  [KUBERNETES.imageRepository]: within(KUBERNETES.imageRepository, "spec", { interval: "1m" }),
  [KUBERNETES.imagePolicy]: within(KUBERNETES.imagePolicy, "metadata", labels),
  [KUBERNETES.imageAutomation]: within(KUBERNETES.imageAutomation, "spec", { interval: "1m" }),
  [KUBERNETES.ociRepository]: within(KUBERNETES.ociRepository, "spec", { interval: "1m" }),
  [KUBERNETES.helmRelease]: within(KUBERNETES.helmRelease, "spec", { interval: "1m" }),
};
