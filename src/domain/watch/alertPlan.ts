import type { ImageClass } from "../image/imageClass";

/** How much a number of pulls must differ from what is usual to be told: more than usual is told sooner at High. */
export const SENSITIVITIES = ["Low", "Medium", "High"] as const;

/** One of these sensitivities. */
type Sensitivity = (typeof SENSITIVITIES)[number];

/** From where on an alert is sent. */
export interface AlertThresholds {
  /** Refused logins within 15 minutes; one more is told. */
  failedLogins: number;
  /** Requests answered with 429 within 15 minutes; one more is told. */
  throttled: number;
  /** Percent of the storage that the tier includes. */
  storagePercent: number;
  pulls: Sensitivity;
}

/** What holds where a stage file names no thresholds. */
export const DEFAULT_THRESHOLDS: AlertThresholds = {
  failedLogins: 20,
  throttled: 10,
  storagePercent: 80,
  pulls: "Medium",
};

/** What a stage file says of its alerts. */
export interface AlertsConfig {
  emails: readonly string[];
  /** Whether an address of a webhook was given; it stays encrypted. */
  webhook: boolean;
  thresholds: AlertThresholds;
}

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

/** Name of an alert. */
export type AlertName = (typeof ALERT_NAMES)[number];

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

/** What an alert listens to. */
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

/** The alerts that are made. */
export const liveAlerts = ({ alerts }: AlertsPlan): LiveAlert[] => alerts.filter((alert) => alert.state === "on");
