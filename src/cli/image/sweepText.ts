import type { SweepPlan } from "../../domain/sweep";
import type { Swept } from "../../release/sweepRepository";
import { bytesText } from "../amounts";

/** One repository's plan and, where it was carried out, what became of it. */
export interface SweepResult {
  repository: string;
  plan: SweepPlan;
  done?: readonly Swept[];
  /** What was looked at in the audit log, and why it says nothing; absent where it was not asked. */
  log?: { since: string; problems: readonly string[] };
}

/** Results for people: a line for each manifest with the reason, then the sum. */
export function sweepText(results: readonly SweepResult[]): string {
  return results
    .map(({ repository, plan, done }) => {
      const freed = plan.deletions.reduce((sum, { size }) => sum + size, 0);
      const lines = plan.decisions.map(
        ({ action, digest, tags, why }) => `  ${action.padEnd(6)} ${digest} ${tags.join(", ") || "(no tag)"}: ${why}`,
      );
      const ended = (done ?? []).filter(({ state }) => state !== "deleted");
      const told = ended.map(
        ({ state, decision, why = "" }) => `  ${state} ${decision.digest}: ${why}; the rest was left`,
      );
      const deleted = done?.filter(({ state }) => state === "deleted").length ?? 0;
      const sum =
        done === undefined
          ? `${plan.deletions.length} of ${plan.decisions.length} manifests would be deleted, up to ${bytesText(freed)}; --apply deletes them`
          : `${deleted} of ${plan.deletions.length} manifests deleted`;
      return [repository, ...lines, ...told, `  ${sum}`, ""].join("\n");
    })
    .join("\n");
}
