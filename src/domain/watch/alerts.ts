import { fitName } from "../plan/names";
import type { Stage } from "../stage";
import type { AlertName, AlertPlan, AlertsPlan } from "./alertPlan";
import {
  deleteAlert,
  failedLoginsAlert,
  type RegistryAlertInput,
  secureFromStandardAlert,
  storageAlert,
  throttlingAlert,
  unusualPullsAlert,
} from "./registryAlerts";

/** What a stage's alerts are decided from. */
export interface AlertInput extends RegistryAlertInput {
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
  if (context.stage === "prod") return alert;
  return off(alert.name, alert.title, `asked of prod alone, and in ${context.stage} images are cleaned up`);
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
