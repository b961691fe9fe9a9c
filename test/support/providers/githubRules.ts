import { GITHUB } from "./githubIds";
import { at } from "./lookup";
import { LATE, type Problem } from "./validate";
import { type Fields, isList, UNKNOWN } from "./values";

/** What the provider and GitHub refuse although each property for itself is right. */
export function githubRules(type: string, inputs: Fields): Problem[] {
  if (type === GITHUB.environment) return environment(inputs);
  if (type === GITHUB.subject) return subject(inputs);
  return type === GITHUB.policy ? policy(inputs) : [];
}

/** Either GitHub's own claims, or a list. */
function subject(inputs: Fields): Problem[] {
  if (at(inputs, "useDefault") !== true || at(inputs, "includeClaimKeys") === undefined) return [];
  return [
    { property: "includeClaimKeys", reason: `'includeClaimKeys' is given although 'useDefault' is true ${LATE}` },
  ];
}

function environment(inputs: Fields): Problem[] {
  const found: Problem[] = [];
  const count = (kind: string): number => {
    const listed = at(inputs, `reviewers.0.${kind}`);
    return isList(listed) ? listed.length : 0;
  };
  const [teams, users] = [count("teams"), count("users")];
  // The provider itself counts teams and users together only when an environment is changed.
  if (teams + users > 6 && teams <= 6 && users <= 6) {
    const reason = `'reviewers' has ${teams} teams and ${users} users: at most 6 reviewers in all ${LATE}`;
    found.push({ property: "reviewers", reason });
  }
  const [guarded, custom] = ["protectedBranches", "customBranchPolicies"].map((name) =>
    at(inputs, `deploymentBranchPolicy.${name}`),
  );
  if (typeof guarded === "boolean" && guarded === custom) {
    const words = `'deploymentBranchPolicy' has both switches ${guarded ? "on" : "off"}: one of them is on`;
    found.push({ property: "deploymentBranchPolicy", reason: `${words} ${LATE}` });
  }
  return found;
}

function policy(inputs: Fields): Problem[] {
  const patterns = [at(inputs, "branchPattern"), at(inputs, "tagPattern")];
  if (patterns.includes(UNKNOWN) || patterns.filter((pattern) => pattern !== undefined).length === 1) return [];
  const reason = "'branchPattern' and 'tagPattern': exactly one of them is given";
  return [{ property: "branchPattern", reason }];
}
