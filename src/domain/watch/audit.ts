import { stableGuid } from "../../base/guid";
import { DAY_MS } from "../../base/time";
import { archiveName } from "../plan/names";
import type { Stage } from "../stage";
import type { ArchiveFacts, Redundancy } from "./planWatch";
import type { AuditQuestion } from "./queries/query";
import { AUDIT_QUERIES } from "./queries/saved";

/**
 * The log categories of a registry that are sent to Log Analytics.
 * Source: Azure Monitor, supported log categories of Microsoft.ContainerRegistry/registries.
 */
export const LOG_CATEGORIES = ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"] as const;

/** The metric category of a registry. */
export const METRIC_CATEGORIES = ["AllMetrics"] as const;

/** Days a Log Analytics workspace of the PerGB2018 tier keeps its data. */
export const WORKSPACE_RETENTION = { min: 30, max: 730, default: 90 } as const;

/** Where a stage's audit log goes: to a workspace made for it, or to one that exists. */
export type AuditPlan =
  { mode: "create"; workspaceName: string; retentionDays: number } | { mode: "reference"; workspaceId: string };

/** Days of a year that none is longer than: so many years are kept at least. */
const DAYS_OF_YEAR = 366;

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
export function planArchive(product: string, stage: Stage, facts: ArchiveFacts, adopts: boolean): ArchivePlan {
  return {
    accountName: facts.name ?? archiveName(product, stage),
    redundancy: facts.redundancy,
    years: facts.years,
    days: facts.years * DAYS_OF_YEAR,
    containers: ARCHIVE_CONTAINERS,
    notes: adopts ? [...NOTES, ADOPTED] : NOTES,
  };
}

/** What is looked at by people: saved queries, and a workbook that shows them. */
export interface ViewsPlan {
  queries: readonly WorkbookQuery[];
  /** Saved in the workspace only where it is the stage's own. */
  saved: boolean;
  workbook: { guid: string; title: string };
}

/** The views of a stage. The workbook's name is a guid that stays the same for the product and the stage. */
export function planViews(product: string, stage: Stage, question: AuditQuestion, saved: boolean): ViewsPlan {
  const queries = AUDIT_QUERIES.map(({ name, title, purpose, text }) => ({
    name,
    title,
    purpose,
    text: text(question),
  }));
  return {
    queries,
    saved,
    workbook: { guid: stableGuid("workbook", product, stage), title: `Registries of ${product}, ${stage}` },
  };
}

/** A query as a workbook shows it. */
export interface WorkbookQuery {
  name: string;
  title: string;
  purpose: string;
  text: string;
}

/** The range that a reader chooses, a month at first. */
const TIME_RANGE = {
  type: 9,
  name: "range",
  content: {
    version: "KqlParameterItem/1.0",
    parameters: [
      {
        id: "d2c1c3c0-6a58-4b7e-9d63-0f6f2f0a51aa",
        version: "KqlParameterItem/1.0",
        name: "Range",
        label: "Time range",
        type: 4,
        isRequired: true,
        value: { durationMs: 30 * DAY_MS },
        typeSettings: { selectableValues: [1, 7, 30, 90, 180, 365].map((days) => ({ durationMs: days * DAY_MS })) },
      },
    ],
    style: "pills",
    queryType: 0,
    resourceType: "microsoft.operationalinsights/workspaces",
  },
};

const queryItem = ({ name, title, purpose, text }: WorkbookQuery) => ({
  type: 3,
  name,
  content: {
    version: "KqlItem/1.0",
    query: text,
    size: 0,
    title,
    noDataMessage: `Nothing in this time. ${purpose}`,
    timeContextFromParameter: "Range",
    queryType: 0,
    resourceType: "microsoft.operationalinsights/workspaces",
    visualization: "table",
  },
});

/**
 * What Azure shows as a workbook: a heading, a time range, and a table for each query.
 * The form is that of the workbooks Azure itself exports: `Notebook/1.0`.
 *
 * @param workspaceId ARM id of the workspace that is asked
 */
export function workbookJson(title: string, queries: readonly WorkbookQuery[], workspaceId: string): string {
  const heading = { type: 1, name: "heading", content: { json: `## ${title}` } };
  return JSON.stringify({
    version: "Notebook/1.0",
    items: [heading, TIME_RANGE, ...queries.map(queryItem)],
    fallbackResourceIds: [workspaceId],
  });
}
