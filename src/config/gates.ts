import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import type { GatesConfig, Reviewer } from "../domain/identity/environments";
import { STAGES } from "../domain/stage";
import { SHARED_FILE } from "../project/rawConfig";

const nameOf = (reviewer: Reviewer) => ("team" in reviewer ? `team ${reviewer.team}` : `user ${reviewer.user}`);

/** Who it is to GitHub: the id, whatever name stands beside it. */
const keyOf = (reviewer: Reviewer) => `${"team" in reviewer ? "team" : "user"} ${reviewer.id}`;

/** A name has one id and an id one name; GitHub takes no notice of a name's letter case. */
function checkIdentities(gates: GatesConfig): Problem[] {
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  return Object.entries(gates.roles).flatMap(([role, reviewers]) =>
    reviewers.flatMap((reviewer): Problem[] => {
      const [key, name] = [keyOf(reviewer), nameOf(reviewer).toLowerCase()];
      const [id, known] = [ids.get(name) ?? key, names.get(key) ?? name];
      ids.set(name, id);
      names.set(key, known);
      if (id === key && known === name) return [];
      const what = id === key ? `id ${reviewer.id} is that of ${known} as well` : `${name} has another id elsewhere`;
      return [{ file: SHARED_FILE, path: `gates.roles.${role}`, what, allowed: "allowed: one id for each name" }];
    }),
  );
}

function checkChain(gates: GatesConfig, stage: (typeof STAGES)[number]): Problem[] {
  const problems: Problem[] = [];
  const path = `gates.signOffs.${stage}`;
  const seen = new Map<string, string>();
  const roles = new Set<string>();
  for (const role of gates.signOffs[stage] ?? []) {
    const reviewers = Object.hasOwn(gates.roles, role) ? gates.roles[role] : undefined;
    if (!reviewers) {
      const known = Object.keys(gates.roles).sort().join(", ");
      problems.push({
        file: SHARED_FILE,
        path,
        what: `${quotedValue(role)} is no role`,
        allowed: `allowed: ${known || "a role of gates.roles"}`,
      });
      continue;
    }
    if (roles.has(role)) {
      problems.push({
        file: SHARED_FILE,
        path,
        what: `${quotedValue(role)} stands twice`,
        allowed: "allowed: each role once",
      });
      continue;
    }
    roles.add(role);
    for (const [key, name] of new Map(reviewers.map((reviewer) => [keyOf(reviewer), nameOf(reviewer)]))) {
      const other = seen.get(key);
      seen.set(key, other ?? role);
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

/** Every role of a chain exists and stands once, and nobody reviews in two roles of one chain, whatever the name. */
export function checkGates(gates: GatesConfig): Problem[] {
  const identities = checkIdentities(gates);
  return identities.length > 0 ? identities : STAGES.flatMap((stage) => checkChain(gates, stage));
}
