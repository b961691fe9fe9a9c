import type { ImageClass } from "../image/imageClass";
import { fitName } from "../plan/names";
import type { Stage } from "../stage";
import type { Sensitivity } from "./planWatch";
import {
  deleteAlert,
  failedLoginsAlert,
  type RegistryAlertFacts,
  secureFromStandardAlert,
  storageAlert,
  throttlingAlert,
  unusualPullsAlert,
} from "./registryAlerts";

/** What a stage can be told of. */
export const ALERT_NAMES = [
  "failed-logins",
  "unusual-pulls",
  "secure-from-standard",
  "delete-in-prod",
  "secret-near-expiry",
  "throttling",
  "storage-near-limit",
  "unlocked-image",
  "failed-replication",
  "token-near-expiry",
] as const;

type AlertName = (typeof ALERT_NAMES)[number];

/** A time as Azure writes it, ISO 8601. */
export type Span = "PT5M" | "PT15M" | "PT1H" | "PT6H";

/** Tells when a query answers with more rows than `rows` within `window`. */
export interface QueryRule {
  kind: "query";
  query: string;
  rows: number;
  window: Span;
}

/** Tells when a metric of a registry is above `above`, in the metric's own unit. */
export interface LimitRule {
  kind: "limit";
  registry: ImageClass;
  metric: "StorageUsed";
  above: number;
  window: Span;
}

/** Tells when a metric of a registry is above what Azure has learnt to be usual. */
export interface UnusualRule {
  kind: "unusual";
  registry: ImageClass;
  metric: "SuccessfulPullCount";
  sensitivity: Sensitivity;
  window: Span;
}

/** Tells of events of the stage's vault. */
export interface EventRule {
  kind: "event";
  events: readonly string[];
}

type AlertRule = QueryRule | LimitRule | UnusualRule | EventRule;

/**
 * One alert: on, with its signal and threshold; off in this stage; or impossible, because Azure documents no signal.
 * None is left out without a word.
 */
export type AlertPlan = { name: AlertName; title: string } & (
  | {
      state: "on";
      /** 0 is the worst, 4 the least. */
      severity: 0 | 1 | 2 | 3 | 4;
      /** What is listened to, as Azure's documentation calls it. */
      signal: string;
      /** From where on it is told, in words. */
      threshold: string;
      /** What the signal does not show. */
      limits?: string;
      rules: readonly AlertRule[];
    }
  | { state: "off"; because: string }
  | { state: "impossible"; because: string }
);

/** An alert that is on. */
export type LiveAlert = Extract<AlertPlan, { state: "on" }>;

/** Who is told. */
interface ReceiversPlan {
  name: string;
  /** What Azure writes in front of a message, 12 characters at most. */
  shortName: string;
  emails: readonly string[];
  /** Whether a webhook is called; its address is encrypted. */
  webhook: boolean;
}

/** A stage's alerts; without receivers none is made, and each says so. */
export interface AlertsPlan {
  receivers?: ReceiversPlan;
  alerts: readonly AlertPlan[];
}

/** What a stage's alerts are decided from. */
export interface AlertContext extends RegistryAlertFacts {
  product: string;
  stage: Stage;
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
function secretAlert({ vault }: AlertContext): AlertPlan {
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

function deletesOf(context: AlertContext): AlertPlan {
  const alert = deleteAlert(context);
  if (context.stage === "prod") return alert;
  return off(alert.name, alert.title, `asked of prod alone, and in ${context.stage} images are cleaned up`);
}

function secureOf(context: AlertContext): AlertPlan {
  const alert = secureFromStandardAlert(context);
  if (context.question.registries.standard === undefined) {
    return off(alert.name, alert.title, "the standard registry belongs to somebody else, and so does its log");
  }
  return context.question.secureRepositories.length > 0 ? alert : off(alert.name, alert.title, "no image is secure");
}

const NOBODY = "nobody is told: name somebody in alerts.emails, or give alertWebhook";

/** Every alert of a stage, each on, off with the reason, or impossible with the reason. */
export function planAlerts(context: AlertContext): AlertsPlan {
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
    const quiet = all.map((alert) => (alert.state === "on" ? off(alert.name, alert.title, NOBODY) : alert));
    return { alerts: [...quiet, ...IMPOSSIBLE] };
  }
  return {
    receivers: { name: fitName(`ag-${product}-registry-${stage}`, 260), shortName: `images-${stage}`, emails, webhook },
    alerts: [...all, ...IMPOSSIBLE],
  };
}

/** The alerts that are made. */
export const liveAlerts = ({ alerts }: AlertsPlan): LiveAlert[] => alerts.filter((alert) => alert.state === "on");
