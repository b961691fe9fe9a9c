import type { ImageClass } from "../image/imageClass";
import { type Sku, SKU_LIMITS } from "../image/registryKind";
import { fitName } from "../plan/names";
import type { Stage, StagePlace } from "../stage";
import type { AlertName, AlertPlan, AlertsPlan, AlertThresholds, LiveAlert, Span } from "./alertPlan";
import type { AuditQuestion, SavedQuery } from "./queries/query";
import { deletes, failedLogins, secureFromStandard, throttled } from "./queries/saved";

const GIB = 2 ** 30;

/** What the alerts of registries are made of. */
interface RegistryAlertInput {
  question: AuditQuestion;
  thresholds: AlertThresholds;
  /** Tiers of the stage's own registries. */
  skus: readonly (readonly [ImageClass, Sku])[];
}

const rowsOf = (query: SavedQuery<AuditQuestion>, question: AuditQuestion, rows: number, window: Span) =>
  ({ kind: "query", query: query.text(question), rows, window }) as const;

/** Refused logins. Source: Azure Monitor, table ContainerRegistryLoginEvents. */
const failedLoginsAlert = ({ question, thresholds }: RegistryAlertInput): LiveAlert => ({
  name: "failed-logins",
  title: "Many failed logins",
  state: "on",
  severity: 2,
  signal: "log ContainerRegistryLoginEvents, ResultDescription other than 200",
  threshold: `more than ${thresholds.failedLogins} in 15 minutes`,
  rules: [rowsOf(failedLogins, question, thresholds.failedLogins, "PT15M")],
});

/** More pulls than usual. Source: Azure Monitor, supported metrics of Microsoft.ContainerRegistry/registries. */
const unusualPullsAlert = ({ skus, thresholds }: RegistryAlertInput): LiveAlert => ({
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
const secureFromStandardAlert = ({ question }: RegistryAlertInput): LiveAlert => ({
  name: "secure-from-standard",
  title: "Secure image pulled from the standard registry",
  state: "on",
  severity: 1,
  signal: "log ContainerRegistryRepositoryEvents, pulls of the secure repositories from the standard registry",
  threshold: "any in 15 minutes",
  rules: [rowsOf(secureFromStandard, question, 0, "PT15M")],
});

/** Something deleted in the last stage. Source: Azure Monitor, table ContainerRegistryRepositoryEvents. */
const deleteAlert = ({ question, stage }: AlertInput): LiveAlert => ({
  name: "delete-in-prod",
  title: `Image deleted or untagged in ${stage}`,
  state: "on",
  severity: 1,
  signal: "log ContainerRegistryRepositoryEvents, deletes, untags and purges",
  threshold: "any in 5 minutes",
  limits: "purges are logged only where the registry has a retention policy",
  rules: [rowsOf(deletes, question, 0, "PT5M")],
});

/** Requests answered with 429. Source: Azure Container Registry, service tiers, throttling; Azure Monitor tables. */
const throttlingAlert = ({ question, thresholds }: RegistryAlertInput): LiveAlert => ({
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
const storageAlert = ({ skus, thresholds }: RegistryAlertInput): LiveAlert => {
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

/** What a stage's alerts are decided from. */
export interface AlertInput extends RegistryAlertInput {
  product: string;
  stage: Stage;
  place: StagePlace;
  emails: readonly string[];
  webhook: boolean;
  /** Whose vault the passwords are in; absent where the stage has none. */
  vault?: "create" | "reference";
}

/** What Azure documents no signal for, with what stands in. */
const IMPOSSIBLE: readonly AlertPlan[] = [
  impossible(
    "unlocked-image",
    "Image that should be locked and is not",
    "no event tells of locks; dualreg image verify compares them",
  ),
  impossible(
    "failed-replication",
    "Replication to a region failed",
    "no event, metric or log tells of it; Resource Health shows the registry's state",
  ),
  impossible(
    "token-near-expiry",
    "Token's password near its expiry",
    "no event tells of it; its secret in Key Vault expires with it, of which secret-near-expiry tells",
  ),
];

function impossible(name: AlertName, title: string, because: string): AlertPlan {
  return { name, title, state: "impossible", because };
}

function off(name: AlertName, title: string, because: string): AlertPlan {
  return { name, title, state: "off", because };
}

/**
 * Secrets near their expiry, which Key Vault tells 30 days before.
 * Source: Azure Event Grid, Azure Monitor alerts as a destination, which is for events of Key Vault alone.
 */
function secretAlert({ vault }: AlertInput): AlertPlan {
  const [name, title] = ["secret-near-expiry", "Secret near its expiry"] as const;
  if (vault === undefined) return off(name, title, "the stage has no vault");
  if (vault === "reference") {
    return off(name, title, "the vault is somebody else's, and with it the one system topic that it may have");
  }
  return {
    name,
    title,
    state: "on",
    severity: 2,
    signal: "events Microsoft.KeyVault.SecretNearExpiry and SecretExpired of the vault, by Event Grid",
    threshold: "any; Key Vault sends it 30 days before the expiry",
    limits: "only for secret versions that were made after the alert",
    rules: [{ kind: "event", events: ["Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"] }],
  };
}

function deletesOf(context: AlertInput): AlertPlan {
  const alert = deleteAlert(context);
  if (context.place === "last") return alert;
  return off(alert.name, alert.title, `asked of the last stage alone, and in ${context.stage} images are cleaned up`);
}

function secureOf(context: AlertInput): AlertPlan {
  const alert = secureFromStandardAlert(context);
  if (context.question.registries.standard === undefined) {
    return off(alert.name, alert.title, "the standard registry belongs to somebody else, and so does its log");
  }
  return context.question.secureRepositories.length > 0 ? alert : off(alert.name, alert.title, "no image is secure");
}

const NO_RECEIVERS = "no receivers: name somebody in alerts.emails, or set alertWebhook";

/** Every alert of a stage, each on, off with the reason, or impossible with the reason. */
export function planAlerts(context: AlertInput): AlertsPlan {
  const { emails, webhook, product, stage } = context;
  const all: AlertPlan[] = [
    failedLoginsAlert(context),
    unusualPullsAlert(context),
    secureOf(context),
    deletesOf(context),
    secretAlert(context),
    throttlingAlert(context),
    storageAlert(context),
  ];
  if (emails.length === 0 && !webhook) {
    const quiet = all.map((alert) => (alert.state === "on" ? off(alert.name, alert.title, NO_RECEIVERS) : alert));
    return { alerts: [...quiet, ...IMPOSSIBLE] };
  }
  return {
    receivers: { name: fitName(`ag-${product}-registry-${stage}`, 260), shortName: `images-${stage}`, emails, webhook },
    alerts: [...all, ...IMPOSSIBLE],
  };
}
