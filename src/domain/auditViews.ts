import { stableGuid } from "./guid";
import { AUDIT_QUERIES } from "./queries/audit";
import type { AuditQuestion } from "./queries/auditScope";
import type { Stage } from "./stage";
import type { WorkbookQuery } from "./workbook";

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
