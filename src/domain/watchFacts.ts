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

export interface AlertFacts {
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

/** Nothing beyond the workspace: no archive, nobody told, no budget. */
export const NO_WATCH: WatchFacts = {
  scanners: [],
  alerts: { emails: [], webhook: false, thresholds: DEFAULT_THRESHOLDS },
  insights: false,
  defender: false,
};
