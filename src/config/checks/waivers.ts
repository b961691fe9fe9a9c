import type { Waiver } from "../../domain/complianceSettings";
import type { Stage } from "../../domain/stage";
import { showValue, type Problem } from "../problem";
import { stageFileName } from "../raw";

/**
 * Each waiver is approved by a role that exists, and stands once. Whether it has expired is told by the evaluation, not
 * here: a file does not become unreadable on a day.
 */
export function checkWaivers(stage: Stage, waivers: readonly Waiver[], roles: Readonly<Record<string, unknown>>) {
  const file = stageFileName(stage);
  const seen = new Set<string>();
  return waivers.flatMap((waiver, at): Problem[] => {
    const problems: Problem[] = [];
    const key = `${waiver.control} ${waiver.scope}`;
    if (seen.has(key)) {
      const what = `${showValue(waiver.control)} is waived twice for ${waiver.scope}`;
      problems.push({ file, path: `waivers[${at}]`, what, allowed: "allowed: one waiver for each control and scope" });
    }
    seen.add(key);
    if (!Object.hasOwn(roles, waiver.approver)) {
      const known = Object.keys(roles).sort().join(", ");
      problems.push({
        file,
        path: `waivers[${at}].approver`,
        what: `${showValue(waiver.approver)} is no role`,
        allowed: `allowed: ${known || "a role of gates.roles in Pulumi.yaml"}`,
      });
    }
    return problems;
  });
}
