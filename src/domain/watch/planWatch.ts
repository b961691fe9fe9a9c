import { defined } from "../../base/defined";
import { IMAGE_CLASSES, repositoriesOf } from "../image/imageClass";
import { fitName } from "../plan/names";
import type { StageConfig } from "../plan/stageConfig";
import type { StagePlan } from "../plan/stagePlan";
import type { Stage } from "../stage";
import { type AlertsPlan, planAlerts } from "./alerts";
import { type ArchivePlan, planArchive, planViews, type ViewsPlan } from "./audit";
import type { AuditQuestion } from "./queries/query";

/** How often Azure keeps each byte of an archive: in one place, in three zones, in a second region, or both. */
export const REDUNDANCIES = ["LRS", "ZRS", "GRS", "GZRS"] as const;

export type Redundancy = (typeof REDUNDANCIES)[number];

/** How much a number of pulls must differ from what is usual to be told: more than usual is told sooner at High. */
export const SENSITIVITIES = ["Low", "Medium", "High"] as const;

export type Sensitivity = (typeof SENSITIVITIES)[number];

/** A storage account that keeps the registries' logs beyond the reach of whoever could change them. */
export interface ArchiveFacts {
  /** Years that nothing in it can be changed or deleted. */
  years: number;
  /** Name of the account, unique in all of Azure; derived where not given. */
  name?: string | undefined;
  redundancy: Redundancy;
}

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

interface AlertFacts {
  emails: readonly string[];
  /** Whether an address of a webhook was given; it stays encrypted. */
  webhook: boolean;
  thresholds: AlertThresholds;
}

/** What a stage may cost in a month. */
export interface BudgetFacts {
  /** In the currency of the subscription's bill. */
  amount: number;
  /** First day of a month, `2026-01-01`; a fact of the file, so that no plan depends on the day it is made. */
  start: string;
  /** Percent of the amount that is spent. */
  thresholds: readonly number[];
  /** Percent of the amount that will be spent, as Azure reckons. */
  forecast: readonly number[];
  /** Who is told beside those whom alerts tell. */
  emails: readonly string[];
}

/** Everything a stage's file says of its audit beyond the workspace. */
export interface WatchFacts {
  archive?: ArchiveFacts | undefined;
  /** Identities of scanners, whose pulls the queries leave out; Azure gives Defender's another one in each tenant. */
  scanners: readonly string[];
  alerts: AlertFacts;
  budget?: BudgetFacts | undefined;
  /** Application Insights for what serves the stage. */
  insights: boolean;
  /** Defender for Containers, which is the subscription's own. */
  defender: boolean;
}

export const DEFAULT_THRESHOLDS: AlertThresholds = {
  failedLogins: 20,
  throttled: 10,
  storagePercent: 80,
  pulls: "Medium",
};

/** Everything that watches a stage's registries, decided. */
export interface WatchPlan {
  archive?: ArchivePlan;
  views: ViewsPlan;
  alerts: AlertsPlan;
  /** Identities of scanners, whose pulls are no use of an image. */
  scanners: readonly string[];
  budget?: BudgetPlan;
  /** Name of the stage's Application Insights. */
  insights?: string;
  /** Whether Defender for Containers is switched on in the subscription. */
  defender: boolean;
  /** That subscription, `subscriptions/<guid>`; absent where Defender is not switched on. */
  defenderScope?: string;
}

/** What a watch is planned from beside the configuration: the registries as they are planned. */
export interface WatchContext {
  registries: StagePlan["registries"];
  /** Whose vault the passwords are in; absent where the stage has none. */
  vault?: "create" | "reference";
}

/** What watches a stage that holds a registry in Azure. */
export function planWatch(config: StageConfig, { registries, vault }: WatchContext): WatchPlan {
  const { stage, watch } = config;
  const product = config.product.name;
  const own = IMAGE_CLASSES.flatMap((imageClass) => {
    const registry = registries[imageClass];
    return registry.mode === "reference" ? [] : [[imageClass, registry] as const];
  });
  const adopts = own.some(([, registry]) => registry.mode === "adopt");
  const question: AuditQuestion = {
    registries: Object.fromEntries(own.map(([imageClass, registry]) => [imageClass, registry.registryName])),
    secureRepositories: repositoriesOf(config.images, "secure"),
    scanners: watch.scanners,
  };
  const { emails, webhook, thresholds } = watch.alerts;
  const skus = own.map(([imageClass, registry]) => [imageClass, registry.sku] as const);
  return {
    ...(watch.archive ? { archive: planArchive(product, stage, watch.archive, adopts) } : {}),
    views: planViews(product, stage, question, config.audit.workspaceId === undefined),
    alerts: planAlerts({
      ...{ product, stage, question, thresholds, skus, emails, webhook },
      ...defined({ vault }),
    }),
    scanners: [...watch.scanners].sort(),
    ...(watch.budget ? { budget: planBudget(product, stage, watch.budget, watch.alerts) } : {}),
    ...(watch.insights ? { insights: fitName(`appi-${product}-registry-${stage}`, 260) } : {}),
    defender: watch.defender,
    ...(watch.defender && config.subscriptionId ? { defenderScope: `subscriptions/${config.subscriptionId}` } : {}),
  };
}

/** One message of a budget. */
export interface BudgetNotice {
  /** Unique in the budget. */
  key: string;
  percent: number;
  /** Whether so much is spent, or will be by the month's end. */
  of: "Actual" | "Forecasted";
}

/** A month's budget for a stage's resource group; registries taken over stand in groups of their own. */
interface BudgetPlan {
  name: string;
  amount: number;
  /** First day of a month. A change replaces the budget's period. */
  start: string;
  notices: readonly BudgetNotice[];
  /** Told beside the receivers of alerts. */
  emails: readonly string[];
}

/** The budget of a stage. Those whom alerts tell are told by their action group. */
function planBudget(product: string, stage: Stage, facts: BudgetFacts, alerts: AlertFacts): BudgetPlan {
  const notices = (of: BudgetNotice["of"], percents: readonly number[]): BudgetNotice[] =>
    [...percents].sort((a, b) => a - b).map((percent) => ({ key: `${of.toLowerCase()}-${percent}`, percent, of }));
  const told = new Set(alerts.emails.map((email) => email.toLowerCase()));
  return {
    name: fitName(`budget-${product}-registry-${stage}`, 63),
    amount: facts.amount,
    start: facts.start,
    notices: [...notices("Actual", facts.thresholds), ...notices("Forecasted", facts.forecast)],
    emails: facts.emails.filter((email) => !told.has(email.toLowerCase())),
  };
}
