import type { ImageClass } from "../image/imageClass";
import { type Sku, SKU_LIMITS } from "../image/registryKind";
import type { AlertThresholds, LiveAlert, Span } from "./alertPlan";
import type { AuditQuestion, SavedQuery } from "./queries/query";
import { deletes, failedLogins, secureFromStandard, throttled } from "./queries/saved";

const GIB = 2 ** 30;

/** What the alerts of registries are made of. */
export interface RegistryAlertInput {
  question: AuditQuestion;
  thresholds: AlertThresholds;
  /** Tiers of the stage's own registries. */
  skus: readonly (readonly [ImageClass, Sku])[];
}

const rowsOf = (query: SavedQuery<AuditQuestion>, question: AuditQuestion, rows: number, window: Span) =>
  ({ kind: "query", query: query.text(question), rows, window }) as const;

/** Refused logins. Source: Azure Monitor, table ContainerRegistryLoginEvents. */
export const failedLoginsAlert = ({ question, thresholds }: RegistryAlertInput): LiveAlert => ({
  name: "failed-logins",
  title: "Many failed logins",
  state: "on",
  severity: 2,
  signal: "log ContainerRegistryLoginEvents, ResultDescription other than 200",
  threshold: `more than ${thresholds.failedLogins} in 15 minutes`,
  rules: [rowsOf(failedLogins, question, thresholds.failedLogins, "PT15M")],
});

/** More pulls than usual. Source: Azure Monitor, supported metrics of Microsoft.ContainerRegistry/registries. */
export const unusualPullsAlert = ({ skus, thresholds }: RegistryAlertInput): LiveAlert => ({
  name: "unusual-pulls",
  title: "More pulls than usual",
  state: "on",
  severity: 3,
  signal: "metric SuccessfulPullCount of each registry",
  threshold: `above what is usual for an hour, sensitivity ${thresholds.pulls}`,
  limits: "Azure learns for days what is usual, and counts the pulls of scanners",
  rules: skus.map(([registry]) => ({
    kind: "unusual",
    registry,
    metric: "SuccessfulPullCount",
    sensitivity: thresholds.pulls,
    window: "PT1H",
  })),
});

/** A secure image pulled where it does not belong. Source: Azure Monitor, table ContainerRegistryRepositoryEvents. */
export const secureFromStandardAlert = ({ question }: RegistryAlertInput): LiveAlert => ({
  name: "secure-from-standard",
  title: "Secure image pulled from the standard registry",
  state: "on",
  severity: 1,
  signal: "log ContainerRegistryRepositoryEvents, pulls of the secure repositories from the standard registry",
  threshold: "any in 15 minutes",
  rules: [rowsOf(secureFromStandard, question, 0, "PT15M")],
});

/** Something deleted in prod. Source: Azure Monitor, table ContainerRegistryRepositoryEvents. */
export const deleteAlert = ({ question }: RegistryAlertInput): LiveAlert => ({
  name: "delete-in-prod",
  title: "Image deleted or untagged in prod",
  state: "on",
  severity: 1,
  signal: "log ContainerRegistryRepositoryEvents, deletes, untags and purges",
  threshold: "any in 5 minutes",
  limits: "purges are logged only where the registry has a retention policy",
  rules: [rowsOf(deletes, question, 0, "PT5M")],
});

/** Requests answered with 429. Source: Azure Container Registry, service tiers, throttling; Azure Monitor tables. */
export const throttlingAlert = ({ question, thresholds }: RegistryAlertInput): LiveAlert => ({
  name: "throttling",
  title: "Registry throttles requests",
  state: "on",
  severity: 2,
  signal: "logs ContainerRegistryRepositoryEvents and ContainerRegistryLoginEvents, ResultDescription 429",
  threshold: `more than ${thresholds.throttled} in 15 minutes`,
  limits: "no metric counts them, and what is refused before it is an event of a repository is in no log",
  rules: [rowsOf(throttled, question, thresholds.throttled, "PT15M")],
});

/** Storage near what the tier includes. Source: Azure Monitor metric StorageUsed; Azure Container Registry limits. */
export const storageAlert = ({ skus, thresholds }: RegistryAlertInput): LiveAlert => {
  const limits = skus.map(
    ([, sku]) => `${sku} ${SKU_LIMITS[sku].includedGib} GiB (at most ${SKU_LIMITS[sku].maxTib} TiB)`,
  );
  return {
    name: "storage-near-limit",
    title: "Storage near what the tier includes",
    state: "on",
    severity: 3,
    signal: "metric StorageUsed of each registry, average of six hours",
    threshold: `above ${thresholds.storagePercent} % of what the tier includes: ${[...new Set(limits)].join(", ")}`,
    rules: skus.map(([registry, sku]) => ({
      kind: "limit",
      registry,
      metric: "StorageUsed",
      above: Math.floor((SKU_LIMITS[sku].includedGib * GIB * thresholds.storagePercent) / 100),
      window: "PT6H",
    })),
  };
};
