import type { CheckResult } from "../../domain/flow/facts";
import type { Github } from "./client";
import { checkRunSchema } from "./schemas";

const ROUTE = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";

/**
 * All that checks of these names said of a commit, former runs included.
 * Source: GitHub documentation, REST API, "List check runs for a Git reference".
 */
export async function readChecks(github: Github, ref: string, names: readonly string[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const name of names) {
    const runs = await github.list(ROUTE, { ref, check_name: name, filter: "all" }, checkRunSchema);
    for (const { name: of, conclusion, completed_at: at } of runs) {
      results.push({ name: of, ...(conclusion && { conclusion }), ...(at && { at }) });
    }
  }
  return results;
}
