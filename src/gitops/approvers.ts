import type { MergeRules } from "./forge";
import type { GitOpsClone } from "./git/clone";
import { ownersOf } from "./owners";

/** Who must approve a request, as far as repository and forge say it. */
export interface Approvers {
  /** The file that names owners; absent where there is none. */
  ownersFile?: string;
  /** Owners by path; nobody where the list is empty. */
  owners: readonly { path: string; owners: readonly string[] }[];
  rules: MergeRules;
  /** What people should see to. */
  warnings: readonly string[];
}

/** Owners of some paths in one repository. */
interface Owned {
  file: string | undefined;
  owners: readonly { path: string; owners: readonly string[] }[];
  unread: readonly string[];
}

/** @param files where owners may be named, the first that is there counts */
export async function readOwners(
  clone: GitOpsClone,
  files: readonly string[],
  paths: readonly string[],
): Promise<Owned> {
  for (const file of files) {
    const text = await clone.read(file);
    if (text === undefined) continue;
    const read = paths.map((path) => ({ path, ...ownersOf(text, path) }));
    const owners = read.map(({ path, owners }) => ({ path, owners }));
    return { file, owners, unread: [...new Set(read.flatMap(({ unread }) => unread))] };
  }
  return { file: undefined, owners: paths.map((path) => ({ path, owners: [] })), unread: [] };
}

/**
 * Says who must approve a request, and warns where nobody must, or where nobody else must than in the stage before.
 *
 * @param before the owners of the files that were copied; undefined where none were
 */
export function judgeApprovers(rules: MergeRules, target: Owned, before: Owned | undefined, branch: string): Approvers {
  const warnings: string[] = [];
  const nobody = target.owners.filter(({ owners }) => owners.length === 0).map(({ path }) => path);
  if ("unread" in rules) warnings.push(`Whether anybody must approve is not known: ${rules.unread}`);
  else if (rules.approvals === 0) {
    warnings.push(`Nobody must approve: let the rules of ${branch} ask for an approval of the stage's own group`);
  } else if (!rules.codeOwners && rules.by.length === 0) {
    warnings.push(`Anybody who may write may approve: let the rules of ${branch} ask for an approval of code owners`);
  } else if (rules.codeOwners && rules.by.length === 0 && nobody.length > 0) {
    warnings.push(`Nobody owns ${nobody.join(", ")}: name the stage's own group in CODEOWNERS`);
  }
  const [own, earlier] = [namesOf(target), before && namesOf(before)];
  if (own !== "" && own === earlier) {
    warnings.push(`The owners are those of the stage before (${own}): name another group in CODEOWNERS`);
  }
  if (target.unread.length > 0) warnings.push(`Patterns of CODEOWNERS that are not read: ${target.unread.join(", ")}`);
  return { ...(target.file === undefined ? {} : { ownersFile: target.file }), owners: target.owners, rules, warnings };
}

const namesOf = ({ owners }: Owned): string => [...new Set(owners.flatMap((each) => each.owners))].sort().join(", ");

/** One line for people. */
export function approversText({ owners, rules, ownersFile }: Approvers): string {
  const names = [...new Set(owners.flatMap((each) => each.owners))].sort();
  const owned = names.length === 0 ? "nobody" : names.join(", ");
  const source = ownersFile === undefined ? "there is no CODEOWNERS" : ownersFile;
  if ("unread" in rules) return `owners: ${owned} (${source}); the rules of the branch could not be read`;
  const by = rules.by.length === 0 ? "" : ` by ${rules.by.join(", ")}`;
  const must = rules.approvals === 0 ? "no approval is asked for" : `${rules.approvals} approval(s)${by}`;
  return `${must}${rules.codeOwners ? ", of code owners" : ""}; owners: ${owned} (${source})`;
}
