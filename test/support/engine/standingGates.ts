import { githubAdoptions, importFile } from "../../../src/adopt";
import { GITHUB } from "../providers/githubIds";
import { StageBench } from "./stageBench";

const AT = { repository: "orders", environment: "dev" };

/** What the variable holds that somebody made before. */
export const OLD_HOST = "old.example.com";

/** Stage dev of the company, part of whose gates somebody made before. */
export async function openWithGates(): Promise<StageBench> {
  const bench = await StageBench.open("company");
  bench.unprotect("dev");
  const { cloud } = bench.providers;
  const deploymentBranchPolicy = { protectedBranches: false, customBranchPolicies: true };
  cloud.seed(GITHUB.environment, { ...AT, canAdminsBypass: true, waitTimer: 30, deploymentBranchPolicy });
  cloud.seed(GITHUB.policy, { ...AT, branchPattern: "main" });
  cloud.seed(GITHUB.variable, { ...AT, variableName: "SECURE_REGISTRY_HOST", value: OLD_HOST });
  return bench;
}

/** What `dualreg adopt --github` finds, and the file that it writes. @param held URNs of what the stack has */
export async function adoptGates(bench: StageBench, held: ReadonlySet<string>) {
  const policies = bench.providers.cloud.ofType(GITHUB.policy).filter(({ inputs }) => inputs["environment"] === "dev");
  const refs = policies.map(({ id }) => ({ id: Number(id.split(":").at(-1)), on: "branch", pattern: "main" }) as const);
  const environment = { name: "dev", waitTimer: 30, reviewers: [], preventSelfReview: false, refs };
  const adoptions = githubAdoptions(
    await bench.record("dev"),
    {
      environments: [{ ...environment, variables: new Map([["SECURE_REGISTRY_HOST", OLD_HOST]]) }],
      ...{ rulesets: [], access: { teams: [], users: [] } },
    },
    held,
  );
  return { names: adoptions.map(({ name }) => name).sort(), adoptions, file: importFile(adoptions, held) };
}
