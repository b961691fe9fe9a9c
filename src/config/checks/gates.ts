import type { GateFactsInput, Reviewer } from "../../domain/gates";
import { STAGES } from "../../domain/stage";
import { showValue, type Problem } from "../problem";
import { SHARED_FILE } from "../raw";

const nameOf = (reviewer: Reviewer) => ("team" in reviewer ? `team ${reviewer.team}` : `user ${reviewer.user}`);

function checkChain(gates: GateFactsInput, stage: (typeof STAGES)[number]): Problem[] {
  const problems: Problem[] = [];
  const path = `gates.signOffs.${stage}`;
  const seen = new Map<string, string>();
  const roles = new Set<string>();
  for (const role of gates.signOffs[stage] ?? []) {
    const reviewers = gates.roles[role];
    if (!reviewers) {
      const known = Object.keys(gates.roles).sort().join(", ");
      problems.push({
        file: SHARED_FILE,
        path,
        what: `${showValue(role)} is no role`,
        allowed: `allowed: ${known || "a role of gates.roles"}`,
      });
      continue;
    }
    if (roles.has(role)) {
      problems.push({
        file: SHARED_FILE,
        path,
        what: `${showValue(role)} stands twice`,
        allowed: "allowed: each role once",
      });
      continue;
    }
    roles.add(role);
    for (const name of new Set(reviewers.map(nameOf))) {
      const other = seen.get(name);
      seen.set(name, other ?? role);
      if (other === undefined) continue;
      problems.push({
        file: SHARED_FILE,
        path,
        what: `${name} reviews for ${other} and for ${role}, and could sign off twice`,
        allowed: "allowed: distinct reviewers in one chain",
      });
    }
  }
  return problems;
}

/** Every role of a chain exists and stands once, and nobody reviews in two roles of one chain. */
export function checkGates(gates: GateFactsInput): Problem[] {
  return STAGES.flatMap((stage) => checkChain(gates, stage));
}
