import { archiveName } from "../plan/names";
import type { Stage } from "../stage";
import { LOG_CATEGORIES } from "./audit";

/** How often Azure keeps each byte of an archive: in one place, in three zones, in a second region, or both. */
export const REDUNDANCIES = ["LRS", "ZRS", "GRS", "GZRS"] as const;

/** One of these redundancies. */
type Redundancy = (typeof REDUNDANCIES)[number];

/** A storage account that keeps the registries' logs beyond the reach of whoever could change them. */
export interface ArchiveConfig {
  /** Years that nothing in it can be changed or deleted. */
  years: number;
  /** Name of the account, unique in all of Azure; derived where not given. */
  name?: string | undefined;
  redundancy: Redundancy;
}

/** The storage account that keeps a stage's registry logs unchangeable. */
export interface ArchivePlan {
  accountName: string;
  redundancy: Redundancy;
  years: number;
  /** Days during which nothing can be changed or deleted; the day after, it is deleted. */
  days: number;
  /** What Azure writes the logs and metrics into. */
  containers: readonly string[];
  /** What an operator must know of it. */
  notes: readonly string[];
}

/** Days of a year that none is longer than: so many years are kept at least. */
const DAYS_OF_YEAR = 366;

/**
 * Containers into which a diagnostic setting writes: one a log category, and one for metrics of a minute. They are made
 * beforehand, since a policy can only be put on what stands.
 * Source: Azure Monitor, resource logs in Azure Storage.
 */
const ARCHIVE_CONTAINERS: readonly string[] = [
  ...LOG_CATEGORIES.map((category) => `insights-logs-${category.toLowerCase()}`),
  "insights-metrics-pt1m",
];

/** What Azure leaves undone, said where the plan is read. */
const NOTES = [
  "the policy is not locked: locking cannot be undone, so it is done by hand, once the retention is right",
  "no cool or archive tier: logs are append blobs, for which lifecycle rules only delete",
  "account keys are off, of which Azure documents no effect on logs: see after the first hour that one has come",
] as const;

const ADOPTED = "a registry that is taken over must stand in the stage's region: Azure sends no log to another one";

/**
 * The archive of a stage.
 *
 * @param adopts whether a registry is taken over, whose region is not known here
 */
export function planArchive(product: string, stage: Stage, config: ArchiveConfig, adopts: boolean): ArchivePlan {
  return {
    accountName: config.name ?? archiveName(product, stage),
    redundancy: config.redundancy,
    years: config.years,
    days: config.years * DAYS_OF_YEAR,
    containers: ARCHIVE_CONTAINERS,
    notes: adopts ? [...NOTES, ADOPTED] : NOTES,
  };
}
