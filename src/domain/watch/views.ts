import { stableGuid } from "../../base/guid";
import { DAY_MS } from "../../base/time";
import type { Stage } from "../stage";
import type { AuditQuestion } from "./queries/query";
import { AUDIT_QUERIES } from "./queries/saved";

/** A query as a workbook shows it. */
export interface WorkbookQuery {
  name: string;
  title: string;
  purpose: string;
  text: string;
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
