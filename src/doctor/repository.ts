import { fieldAt, textAt } from "../base/json";
import type { DecodedStage } from "../config";
import type { StageConfig } from "../domain/plan/stageConfig";
import { type Finding, ok, problem, skipped, warning } from "./finding";
import type { GithubNeeds } from "./needs";
import { jsonOf, type Probe, whyNot } from "./probe";

/** The repository as the files name it, and what is planned for it. */
interface Repository {
  owner: string;
  config: StageConfig;
  /** Undefined where no stage's preview could be made. */
  needs: GithubNeeds | undefined;
}

/**
 * May the login make what is planned in the repository, does its plan at GitHub offer it, and do the files name it as
 * GitHub does?
 */
export async function checkRepository(
  probe: Probe,
  stages: readonly DecodedStage[],
  { owner, config, needs }: Repository,
): Promise<Finding[]> {
  const path = `${owner}/${config.product.repository}`;
  const answer = await probe("gh", ["api", `repos/${path}`]);
  const repository = jsonOf(answer);
  const actual = textAt(repository, "full_name");
  if (actual === undefined) {
    const remedy = `gh repo view ${path}  # not there? gh repo create ${path} --private`;
    return [problem("github-repository", `${path} cannot be read: ${whyNot(answer)}`, remedy)];
  }
  const visibility = textAt(repository, "visibility") ?? "private";
  return [
    checkAdministration(repository, path, visibility),
    ...checkSpelling(stages, path, actual),
    ...(visibility === "public" ? [] : await checkPlan(probe, owner, `${path} is ${visibility}`, needs)),
    ...(config.identities.enabled ? [await checkIds(probe, actual, repository, config)] : []),
  ];
}

function checkAdministration(repository: unknown, path: string, visibility: string): Finding {
  const id = "github-repository";
  if (fieldAt(repository, "archived") === true) {
    return problem(id, `${path} is archived, so nothing in it can change`, `gh repo unarchive ${path}`);
  }
  if (fieldAt(repository, "permissions", "admin") === true)
    return ok(id, `${path}, ${visibility}, with administration`);
  const remedy =
    `gh api --method PUT repos/${path}/collaborators/<login> --field permission=admin  # by an administrator;\n` +
    "gh auth refresh --scopes repo,read:org  # where the person has it and the token has not";
  return problem(id, `${path}: the login does not administer it, which environments need`, remedy);
}

/**
 * GitHub finds a repository in any letters and under its former name, but subjects of workflows carry its own spelling,
 * and are compared letter by letter: with another one nobody can log in. Says nothing where all is well.
 */
function checkSpelling(stages: readonly DecodedStage[], path: string, actual: string): Finding[] {
  const [owner = "", name = ""] = actual.split("/");
  const others = stages.filter((stage) => stage.owner !== undefined && stage.owner !== owner);
  const renamed = stages.find(({ config }) => config !== undefined && config.product.repository !== name);
  const lines = [
    ...others.map((stage) => `${stage.file}: github:owner: ${stage.owner ?? ""}, and GitHub says ${owner}`),
    ...(renamed
      ? [`Pulumi.yaml: product.repository: ${renamed.config?.product.repository ?? ""}, and GitHub says ${name}`]
      : []),
  ];
  if (lines.length === 0) return [];
  const remedy = [
    ...others.map(({ stage }) => `pulumi config set github:owner ${owner} --stack ${stage}`),
    ...(renamed ? [`git grep -n 'repository:' Pulumi.yaml  # product.repository is ${name}`] : []),
  ].join("\n");
  const found = `${path} is ${actual} at GitHub, and subjects of workflows are compared letter by letter`;
  return [problem("github-spelling", [found, ...lines].join("\n"), remedy)];
}

/** Which of GitHub's plans offers more in private and internal repositories. */
const RANKS: Readonly<Record<string, number>> = { free: 0, pro: 1, team: 1, business: 2, enterprise: 2 };

/**
 * In a private or internal repository required reviewers and the switch against administrators need GitHub Enterprise; environments and rulesets need GitHub
 * Team. Source: GitHub documentation, "Deployments and environments" and "Managing rulesets for a repository".
 */
async function checkPlan(
  probe: Probe,
  owner: string,
  where: string,
  needs: GithubNeeds | undefined,
): Promise<Finding[]> {
  const id = "github-plan";
  if (needs === undefined) return [skipped(id, "what is planned is not known without a preview")];
  const { environments, reviewed, rulesets } = needs;
  const few = (names: readonly string[]) => names.slice(0, 3).join(", ") + (names.length > 3 ? ", ..." : "");
  const wants = [
    ...(reviewed.length > 0
      ? [
          {
            rank: 2,
            text: `required reviewers of ${reviewed.length} environments (${few(reviewed)}) need GitHub Enterprise`,
          },
        ]
      : []),
    ...(environments.length > 0
      ? [
          {
            rank: 2,
            text:
              `that administrators cannot pass ${environments.length} environments needs GitHub Enterprise: ` +
              "GitHub leaves it out without a word where there are no reviewers (dualreg gates review tells)",
          },
        ]
      : []),
    ...(environments.length > 0 ? [{ rank: 1, text: `${environments.length} environments need GitHub Team` }] : []),
    ...(rulesets > 0 ? [{ rank: 1, text: `${rulesets} rulesets need GitHub Team` }] : []),
  ];
  if (wants.length === 0) return [];
  const plan = textAt(jsonOf(await probe("gh", ["api", `orgs/${owner}`])), "plan", "name");
  const unmet = wants.filter(({ rank }) => plan === undefined || rank > (RANKS[plan] ?? 0));
  if (unmet.length === 0) return [ok(id, `${owner} is on the plan "${plan ?? ""}", which offers what is planned`)];
  const lines = unmet.map(({ text }) => text);
  if (plan === undefined) {
    const remedy = `gh api orgs/${owner} --jq .plan.name  # by an owner of the organisation`;
    return [warning(id, [`${where}, and ${owner}'s plan is not shown to this login`, ...lines].join("\n"), remedy)];
  }
  const remedy = `gh repo view ${owner} --web  # another plan, or a public repository; or take the roles out of gates.signOffs`;
  return [problem(id, [`${where}, and ${owner} is on the plan "${plan}"`, ...lines].join("\n"), remedy)];
}

/** From this day subjects of new, renamed and moved repositories carry numbers. Source: GitHub, "Immutable subject claims". */
const IMMUTABLE_SINCE = "2026-07-15";

/** Does Pulumi.yaml name the numbers of owner and repository where subjects carry them, and the right ones? */
async function checkIds(
  probe: Probe,
  path: string,
  repository: unknown,
  { identities }: StageConfig,
): Promise<Finding> {
  const id = "github-ids";
  const actual = { owner: fieldAt(repository, "owner", "id"), repository: fieldAt(repository, "id") };
  const created = (textAt(repository, "created_at") ?? "").slice(0, 10);
  const { ids } = identities;
  const shown = `{ owner: ${String(actual.owner)}, repository: ${String(actual.repository)} }`;
  const write = `gh api repos/${path} --jq '.owner.id, .id'  # then identities.ids in Pulumi.yaml: ${shown}`;
  if (ids && (ids.owner !== actual.owner || ids.repository !== actual.repository)) {
    const said = `{ owner: ${ids.owner}, repository: ${ids.repository} }`;
    return problem(id, `${path} has the ids ${shown}, and identities.ids says ${said}`, write);
  }
  const subject = jsonOf(await probe("gh", ["api", `repos/${path}/actions/oidc/customization/sub`]));
  const asked = fieldAt(subject, "use_immutable_subject");
  const carries = typeof asked === "boolean" ? asked : created >= IMMUTABLE_SINCE ? true : undefined;
  if (carries === true && !ids) {
    return problem(
      id,
      `subjects of ${path} carry its ids, since it was made, renamed or moved after ${IMMUTABLE_SINCE}; Pulumi.yaml has no identities.ids`,
      write,
    );
  }
  if (carries === false && ids) {
    const remedy = "git grep -n 'ids:' Pulumi.yaml  # take identities.ids out";
    return problem(id, `subjects of ${path} do not carry its ids, and Pulumi.yaml has identities.ids`, remedy);
  }
  if (carries !== undefined)
    return ok(id, ids ? `subjects carry ${shown}, as Pulumi.yaml says` : "subjects carry names alone");
  const since = `${path} was made on ${created}; whether it was renamed or moved after ${IMMUTABLE_SINCE} is not shown`;
  return ok(id, `${since}, and identities.ids are ${ids ? `${shown}, the right ones` : "needed only then"}`);
}
