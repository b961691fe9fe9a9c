import { parseVersion, type VersionScheme } from "./version";

/** What the images of a branch are called: `1.2.3`, `1.2.3-beta.<timestamp>` or `1.2.3-dev.<sha>`, with the product's prefix. */
export const VERSION_FORMS = ["release", "beta", "dev"] as const;

/** One of these forms. */
type VersionForm = (typeof VERSION_FORMS)[number];

/** A line of the table: the branches that a pattern matches, and the form of their versions. */
export interface BranchRule {
  /** `*` is any text without a slash, `**` any text. */
  branch: string;
  version: VersionForm;
}

/** `main` makes versions, `develop` betas, and every other branch what is for its developer alone. */
export const DEFAULT_BRANCHES: readonly BranchRule[] = [
  { branch: "main", version: "release" },
  { branch: "develop", version: "beta" },
  { branch: "**", version: "dev" },
];

/** True where a rule is for a branch. */
export function matchesBranch({ branch }: Pick<BranchRule, "branch">, name: string): boolean {
  const pattern = branch
    .split(/(\*\*|\*)/)
    .map((part) => (part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")))
    .join("");
  return new RegExp(`^${pattern}$`, "u").test(name);
}

/** True where the first rule is for every branch that the second is for. */
export function coversBranches(first: Pick<BranchRule, "branch">, { branch }: Pick<BranchRule, "branch">): boolean {
  // What no other pattern spells stands for any text: a branch without it, one with it, and one with a slash in it.
  const any = "\u0001";
  const probes = [branch.replaceAll("*", ""), branch.replaceAll("**", `${any}/${any}`).replaceAll("*", any)];
  return probes.every((name) => matchesBranch(first, name));
}

/** What a version of a branch is made of. */
export interface BranchVersionInput {
  /** With the product's prefix: `v1.2.3`. */
  core: string;
  branch: string;
  /** Whole or short, six digits at least; asked for where the branch has versions of developers. */
  commit?: string | undefined;
  /** When it was built; of a beta. */
  createdAt: Date;
  rules: readonly BranchRule[];
}

/** A version with the rule that made it, or why there is none. */
export type BranchVersion = { version: string; rule: BranchRule } | { problem: string };

/** Digits of a commit, at least: as Git's own short form. */
const SHORT = 7;

/**
 * The version of what is built of a branch: the first rule that matches decides. A beta bears its time as
 * `yyyymmddhhmmss` in UTC, so that later ones are greater; a developer's version its commit.
 */
export function branchVersion({ core, branch, commit, createdAt, rules }: BranchVersionInput): BranchVersion {
  const rule = rules.find((each) => matchesBranch(each, branch));
  if (rule === undefined) {
    const known = rules.map((each) => each.branch).join(", ");
    return { problem: `no rule is for branch ${JSON.stringify(branch)}; allowed: ${known}` };
  }
  if (rule.version === "release") return { version: core, rule };
  if (rule.version === "beta") {
    const stamp = createdAt.toISOString().replace(/\D/g, "").slice(0, 14);
    return { version: `${core}-beta.${stamp}`, rule };
  }
  if (commit === undefined) {
    return { problem: `branch ${JSON.stringify(branch)} has versions by commit, and none was given; give --commit` };
  }
  const short = shortCommit(commit);
  if (short !== undefined) return { version: `${core}-dev.${short}`, rule };
  return {
    problem: `commit ${commit} reads as a number with a zero in front, which no version may have; give more of it`,
  };
}

/**
 * The beginning of a commit as an identifier of a version, which is no number with a zero in front: longer where the
 * usual one would be. Source: Semantic Versioning 2.0.0, 9.
 */
function shortCommit(commit: string): string | undefined {
  const lengths = Array.from({ length: Math.max(commit.length - SHORT, 0) + 1 }, (_, at) => SHORT + at);
  return lengths.map((length) => commit.slice(0, length)).find((short) => !/^0\d+$/.test(short));
}

/** The form of a version that only a branch has, and its numbers; undefined for any other tag. */
export function branchFormOf(tag: string, scheme: VersionScheme): { core: string; form: "beta" | "dev" } | undefined {
  const [, core = "", beta] = /^(.*?)-(?:(beta\.[12]\d{13})|dev\.(?!0\d+$)[0-9a-f]{6,40})$/.exec(tag) ?? [];
  if (parseVersion(core, scheme)?.kind !== "release") return undefined;
  return { core, form: beta === undefined ? "dev" : "beta" };
}

/** A branch by its name, or by the ref that a platform names it with; undefined for the ref of something else. */
export function branchOf(name: string): string | undefined {
  if (!name.startsWith("refs/")) return name === "" ? undefined : name;
  return /^refs\/heads\/(.+)$/.exec(name)?.[1];
}
