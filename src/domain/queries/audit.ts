import type { AuditQuestion } from "./auditScope";
import { deletes } from "./deletes";
import { failedLogins } from "./failedLogins";
import { firstSeen } from "./firstSeen";
import { pulls } from "./pulls";
import { pullsByRegion } from "./pullsByRegion";
import type { SavedQuery } from "./query";
import { secureFromStandard } from "./secureFromStandard";
import { storageGrowth } from "./storageGrowth";
import { throttled } from "./throttled";

/** The queries that are saved in a stage's workspace and shown by its workbook, in their order there. */
export const AUDIT_QUERIES: readonly SavedQuery<AuditQuestion>[] = [
  pulls,
  secureFromStandard,
  failedLogins,
  deletes,
  firstSeen,
  pullsByRegion,
  storageGrowth,
  throttled,
];
