import type { GateFacts, Known } from "../../domain/facts";
import type { EnvironmentPurpose } from "../../domain/gates";
import { STAGES, type Stage } from "../../domain/stage";
import { read, readList, readText, type ResourceBag } from "./bag";

const OWN = new RegExp(`^(${STAGES.join("|")})(?:-(signoff|publish|preview|operations)(?:-(.+))?)?$`);
const PURPOSES: Readonly<Record<string, EnvironmentPurpose>> = {
  signoff: "sign-off",
  publish: "publish",
  preview: "preview",
  operations: "operations",
};

/** What an environment is for: its name says it where this project made it. */
function purposeOf(name: string): { purpose: Known<EnvironmentPurpose>; role?: string } {
  const [, stage, word, rest] = OWN.exec(name) ?? [];
  if (stage === undefined) return { purpose: "unknown" };
  if (word === undefined) return { purpose: "deploy" };
  return { purpose: PURPOSES[word] ?? "unknown", ...(word === "signoff" && rest !== undefined ? { role: rest } : {}) };
}

/** Ids of teams and users; GitHub's resource keeps them in a list of one. */
function reviewersOf(settings: Readonly<Record<string, unknown>>): Known<readonly string[]> {
  const listed = read(settings, "reviewers");
  if (listed === undefined) return [];
  if (!Array.isArray(listed)) return "unknown";
  const ids = listed.flatMap((one: unknown): Known<string>[] => {
    if (typeof one !== "object" || one === null) return ["unknown"];
    return (["teams", "users"] as const).flatMap((key): Known<string>[] => {
      const found = Reflect.get(one, key) === undefined ? [] : readList({ ...one }, key);
      return found === "unknown" ? [found] : found.map((id) => `${key.slice(0, -1)} ${String(id)}`);
    });
  });
  return ids.includes("unknown") || ids.some((id) => id.endsWith("[unknown]")) ? "unknown" : ids;
}

const known = (value: unknown, absent: Known<boolean>): Known<boolean> =>
  typeof value === "boolean" ? value : value === undefined ? absent : "unknown";

/** The facts of the GitHub environments of a stack. Where a setting is left out, GitHub's own default holds. */
export function gatesOf(resources: readonly ResourceBag[], stage: Known<Stage>): GateFacts[] {
  return resources
    .filter(({ type }) => type === "github:index/repositoryEnvironment:RepositoryEnvironment")
    .map((resource) => {
      const settings = resource.outputs ?? resource.inputs;
      const policy = read(settings, "deploymentBranchPolicy");
      const named =
        policy === undefined ? false : known(read(settings, "deploymentBranchPolicy.customBranchPolicies"), false);
      const name = readText(settings, "environment");
      return {
        stage,
        environment: name === "unknown" ? resource.name : name,
        basis: resource.outputs === undefined ? "planned" : "deployed",
        ...purposeOf(name),
        reviewers: reviewersOf(settings),
        preventSelfReview: known(read(settings, "preventSelfReview"), false),
        canAdminsBypass: known(read(settings, "canAdminsBypass"), true),
        refsNamed: named,
      };
    });
}
