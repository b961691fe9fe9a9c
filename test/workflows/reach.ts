import type { EnvironmentPlan } from "../../src/domain/identity/environments";
import { defaultsOf, isNever, traced } from "./inputs";
import { judgeLines, loadedOf } from "./lines";
import { type Job, type Step, stepsRun, type Workflow } from "./read";

/** What an event starts: of which ref the run is, and whose files it runs. */
interface Run {
  event: string;
  ref: "main" | "a pull request" | "another branch or tag";
  /** Whose the workflow is, and so the tools that a checkout of the run's own commit brings. */
  code: "main's" | "its own";
  /** Who can start it. */
  by: string;
}

/** A job that a run reaches, with what it could use there. */
interface ReachedJob {
  /** `release.yml deploy`; of a called workflow that one's. */
  name: string;
  run: Run;
  environment: string | undefined;
  /** Keys, identities and rights to write. */
  holds: readonly string[];
  /** Whose files lie in its workspace, where they could be run. */
  code: string;
}

/** What was seen, and what must not be. */
export interface Reach {
  jobs: readonly ReachedJob[];
  findings: readonly string[];
}

const MAIN = { ref: "main", code: "main's" } as const;

/** The runs of a workflow. A dispatch on another branch runs that branch's file: what it reaches is a matter of environments. */
function runsOf({ on }: Workflow): Run[] {
  return Object.entries(on).flatMap(([event, filter]): Run[] => {
    if (event === "workflow_call") return [];
    if (event === "schedule") return [{ event, ...MAIN, by: "nobody" }];
    if (event === "workflow_dispatch" || event === "pull_request_target") return [{ event, ...MAIN, by: "a writer" }];
    if (event === "pull_request") return [{ event, ref: "a pull request", code: "its own", by: "anybody" }];
    const { branches, tags } = (filter ?? {}) as { branches?: string[]; tags?: string[] };
    const ofMain = event === "push" && tags === undefined && branches?.join() === "main";
    if (ofMain) return [{ event, ...MAIN, by: "a reviewed pull request" }];
    return [{ event, ref: "another branch or tag", code: "its own", by: "a writer" }];
  });
}

const CALL = /^\.\/\.github\/workflows\/([\w-]+\.yml)$/;
const OWN_COMMIT = "${{ github.sha }}";

/** Rights by which somebody could make a release, or look like one. */
const POWERS = ["id-token", "contents", "actions", "deployments", "attestations", "packages"];

/** Rights to write what people read, which a branch of the repository may have: its writers have them anyway. */
const TALK = ["issues", "pull-requests", "security-events"];

const written = ({ permissions }: Pick<Job, "permissions">): string[] =>
  typeof permissions === "object"
    ? Object.entries(permissions).flatMap(([right, level]) => (level === "write" ? [right] : []))
    : permissions === "write-all"
      ? [...POWERS, ...TALK]
      : [];

/** A caller gives at most what it has itself. */
const within = (job: Job, from: Workflow, given: readonly string[] | undefined): string[] => {
  // Where neither says anything a called workflow has what its caller has.
  if (job.permissions === undefined && from.permissions === undefined) return [...(given ?? [...POWERS, ...TALK])];
  const own = written(job.permissions === undefined ? from : job);
  return given === undefined ? own : own.filter((right) => given.includes(right));
};

const isCheckout = ({ uses = "" }: Step) => uses.startsWith("actions/checkout@");
const isDownload = ({ uses = "" }: Step) => uses.startsWith("actions/download-artifact@");

/** True for a checkout whose files are the run's own commit, where tools are run from. */
const ofOwnCommit = (step: Step) => step.with["ref"] === OWN_COMMIT && step.with["repository"] === undefined;

/** True for a checkout that names nothing: the run's own commit as well, unless somebody changes what starts it. */
const namesNothing = ({ with: given }: Step) => given["ref"] === undefined && given["repository"] === undefined;

/** True for a checkout into a folder of its own, which the job's tools read and nothing runs. */
const isData = ({ with: given }: Step) => given["path"] !== undefined;

/** True where files of somebody else are the workspace: whatever the job runs there may be theirs. */
const runsOthers = (steps: readonly Step[], run: Run): boolean =>
  steps.some(
    (step) => isCheckout(step) && (run.code !== "main's" || !(ofOwnCommit(step) || namesNothing(step) || isData(step))),
  );

/** Whose code runs in a job. */
const codeOf = (steps: readonly Step[], run: Run): string =>
  !runsOthers(steps, run) ? "main's" : run.code === "main's" ? "the released commit's" : "the pull request's";

/** True for a job that this event does not start, as its condition says; what is typed in is typed in by a dispatch alone. */
const isLeftOut = ({ if: condition }: Job, { event }: Run): boolean => {
  const terms = String(condition ?? "")
    .replace(/^\$\{\{|\}\}$/g, "")
    .replace(/\([^()]*\|\|[^()]*\)/g, "");
  const only = terms.split("&&").flatMap((term) => {
    const [, named] = /^\s*github\.event_name == '(\w+)'\s*$/.exec(term) ?? [];
    return /^\s*inputs\.[\w-]+\s*$/.test(term) ? ["workflow_dispatch"] : (named ?? []);
  });
  return !terms.includes("||") && only.some((one) => one !== event);
};

/** A job with the workflow it stands in, how it was come to, and what its inputs stand for. */
interface Place {
  from: Workflow;
  id: string;
  job: Job;
  run: Run;
  given: readonly string[] | undefined;
  /** What each input was given by a caller, as that wrote it; an input of a dispatch stands for itself. */
  inputs: Readonly<Record<string, string>>;
}

function placesOf(
  from: Workflow,
  run: Run,
  workflows: readonly Workflow[],
  above: Omit<Place, "from" | "id" | "job" | "run">,
): Place[] {
  return Object.entries(from.jobs).flatMap(([id, job]): Place[] => {
    if (isLeftOut(job, run) || isNever(job, above.inputs)) return [];
    const place = { from, id, job, run, ...above };
    const file = CALL.exec(job.uses ?? "")?.[1];
    const called = workflows.find((each) => each.file === file);
    if (called === undefined) return [place];
    const given = Object.entries(job.with).map(([name, value]) => [name, traced(String(value), above.inputs)] as const);
    const inputs = { ...defaultsOf(called), ...Object.fromEntries(given) };
    return [place, ...placesOf(called, run, workflows, { given: within(job, from, above.given), inputs })];
  });
}

/** What decides which environment or artifact it is may be made by a job of the run, never what somebody typed in. */
const isTyped = (text: string): boolean =>
  [...text.matchAll(/\$\{\{([^]*?)\}\}(?!')/g)].some(([, expression = ""]) =>
    /\b(?:inputs|github\.event|github\.head_ref|github\.ref_name)\b/.test(expression),
  );

function holdsOf({ from, job, given, run }: Place, steps: readonly Step[]): string[] {
  const text = JSON.stringify([from["env"], job.env, job["container"], steps, job.secrets]);
  if (/secrets\[|toJSON\(secrets|secrets\s*\)/i.test(text)) return ["ALL_SECRETS", ...within(job, from, given)];
  const secrets = [...text.matchAll(/secrets\.(\w+)/g)].flatMap(([, name = ""]) =>
    name === "GITHUB_TOKEN" ? [] : [name],
  );
  const handed = job.secrets === "inherit" && !CALL.test(job.uses ?? "") ? ["all secrets"] : [];
  const rights = within(job, from, given).filter((right) => POWERS.includes(right) || run.ref === "main");
  const environment = job.environment === undefined ? [] : ["an environment"];
  return [...new Set([...environment, ...secrets, ...handed, ...rights])];
}

const SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository";

/** True where a condition holds for branches of the repository alone: one of its terms says so, and none can stand for it. */
const isSameRepository = ({ if: condition }: Pick<Job, "if">): boolean => {
  const text = String(condition ?? "").replace(/^\$\{\{|\}\}$/g, "");
  return !text.includes("||") && text.split("&&").some((term) => term.trim() === SAME_REPOSITORY);
};

/** What is wrong with one job. */
function judge(place: Place, steps: readonly Step[], holds: readonly string[], others: boolean): string[] {
  const { job, run, inputs } = place;
  const powers = holds.filter((each) => !TALK.includes(each));
  const findings: string[] = [];
  const talks = within(job, place.from, place.given).some((right) => TALK.includes(right));
  const sameRepository = isSameRepository(job);
  if (talks && run.event === "pull_request" && !sameRepository)
    findings.push("a fork's pull request gets a right to write");
  const untrusted = steps.flatMap((step) => [step.run ?? "", step.shell ?? "", step["working-directory"] ?? ""]);
  if (untrusted.some((text) => /\$\{\{/.test(text))) findings.push("an expression stands in a line that runs");
  for (const { uses } of steps)
    if (uses !== undefined && !/@[0-9a-f]{40}$/.test(uses)) findings.push(`${uses} is not pinned to a commit`);
  for (const step of steps)
    if (isCheckout(step) && (step.with["persist-credentials"] !== false || step.with["submodules"] !== undefined))
      findings.push("a checkout keeps a token, or brings other repositories along");
  const loaded = loadedOf(place.from["env"], job.env, ...steps.map(({ env }) => env));
  if (loaded.length > 0) findings.push(`${loaded.join(", ")} would be run`);
  if (powers.length === 0) return findings;
  if (job["runs-on"] !== "ubuntu-latest" || job["container"] !== undefined || job["services"] !== undefined)
    findings.push("it runs on a machine or in a container that others may have prepared");
  if ([job, ...steps].some((each) => each["continue-on-error"] !== undefined))
    findings.push("it goes on where a check failed");
  for (const { run: lines = "", uses = "" } of steps) {
    findings.push(...judgeLines(lines));
    if (uses.startsWith("actions/github-script@")) findings.push("a script stands in an input");
  }
  const shells = [place.from["defaults"], job["defaults"], ...steps.map(({ shell = "bash" }) => ({ run: { shell } }))];
  if (shells.some((each) => each !== undefined && JSON.stringify(each) !== '{"run":{"shell":"bash"}}'))
    findings.push("its lines are read by something else than bash");
  if (steps.some((each) => each["working-directory"] !== undefined))
    findings.push("its lines run in another folder than that of its tools");
  if (run.ref !== "main") findings.push(`holds ${powers.join(", ")} in a run of ${run.ref}`);
  if (run.event === "pull_request_target" && !dependsOnSameRepository(place))
    findings.push("a fork's pull request reaches it");
  const environment = traced(job.environment ?? "", inputs);
  if ([...environment.matchAll(/needs\.([\w-]+)\./g)].some(([, id = ""]) => isOthers(place, id)))
    findings.push("a job that runs somebody else's code names its environment");
  if (job.environment !== undefined && isTyped(environment))
    findings.push("what somebody typed in names its environment");
  if (powers.includes("id-token") && job.environment === undefined) findings.push("asks for a token in no environment");
  if (job.environment === undefined && powers.some((each) => /[A-Z]|all secrets/.test(each)))
    findings.push("holds a secret of no environment");
  for (const step of steps) {
    if (isCheckout(step) && !ofOwnCommit(step)) {
      const data = step.with["repository"] !== undefined && isData(step) && !isTyped(JSON.stringify(step.with));
      if (!data) findings.push("a checkout beside it is not the run's own commit");
    }
    if (isDownload(step) && !isNever(step, inputs)) {
      const ids = traced(String(step.with["artifact-ids"] ?? ""), inputs);
      const foreign = step.with["run-id"] !== undefined || step.with["repository"] !== undefined;
      const maker = /^\$\{\{ needs\.([\w-]+)\.outputs\.[\w-]+ \}\}$/.exec(ids)?.[1];
      const byNumber = maker !== undefined;
      const folder = String(step.with["path"] ?? ".");
      if (!/^[a-z][\w/-]*$/.test(folder) && (maker === undefined || isOthers(place, maker) || !/^\.$/.test(folder)))
        findings.push("an artifact beside it lands where tools are run from");
      if (/^(?:bin|src|node_modules|\.github)\b/.test(folder))
        findings.push("an artifact beside it lands among the tools");
      if (foreign || (!byNumber && (others || ids !== "")))
        findings.push("an artifact beside it is not one that a job before named by number");
    }
    if (/^actions\/cache|\/cache@/.test(step.uses ?? "") || (step.with["cache"] ?? "") !== "")
      findings.push("a cache is restored beside it");
    if (step.uses?.startsWith("./") === true) findings.push("an action of the workspace runs beside it");
    if (/\bnpm (?:ci|install)\b/.test(step.run ?? "") && !/--ignore-scripts/.test(step.run ?? ""))
      findings.push("packages run scripts beside it");
  }
  return findings;
}

/** Whether a job of the same workflow runs somebody else's code. */
const isOthers = ({ from, run }: Place, id: string): boolean => runsOthers(stepsRun(from.jobs[id]?.steps ?? []), run);

/** Whether the job, or one that it needs, runs for branches of the repository alone. */
function dependsOnSameRepository({ from, job }: Place): boolean {
  if (isSameRepository(job)) return true;
  const needs = [job.needs ?? []].flat();
  const skips = !/always\(\)|cancelled\(\)|failure\(\)/.test(String(job.if ?? ""));
  return (
    skips &&
    needs.some((id) => from.jobs[id] !== undefined && dependsOnSameRepository({ from, job: from.jobs[id] } as Place))
  );
}

/** Every environment takes main alone: with that no run of another ref has one, whatever workflow it brings. */
function judgeEnvironments(environments: readonly EnvironmentPlan[]): string[] {
  return environments.flatMap(({ name, refs }) => {
    const taken = refs.map(({ on, pattern }) => `${on} ${pattern}`).join(", ");
    return taken === "branch main" ? [] : [`environment ${name} takes ${taken || "every ref"}`];
  });
}

/**
 * Which job of which run reaches what, for every event, and whose code runs beside it. Found is each way by which a key, an
 * identity, a secret or a right to release is in reach of anything but main's code in a run of main.
 */
export function reachOf(workflows: readonly Workflow[], environments: readonly EnvironmentPlan[]): Reach {
  const jobs: ReachedJob[] = [];
  const findings = judgeEnvironments(environments);
  for (const workflow of workflows)
    for (const run of runsOf(workflow)) {
      const places = placesOf(workflow, run, workflows, { given: undefined, inputs: {} });
      const others = places.some(({ job }) => runsOthers(stepsRun(job.steps), run));
      for (const place of places) {
        const { from, id, job } = place;
        const name = `${from.file} ${id}`;
        if (job.uses !== undefined && !CALL.test(job.uses))
          findings.push(`${name}, by ${run.event}: calls ${job.uses}, which is not of the run's commit`);
        const steps = stepsRun(job.steps);
        const holds = job.uses === undefined ? holdsOf(place, steps) : [];
        jobs.push({
          name,
          run,
          code: codeOf(steps, run),
          environment: job.environment === undefined ? undefined : traced(job.environment, place.inputs),
          holds,
        });
        for (const why of judge(place, steps, holds, others)) findings.push(`${name}, by ${run.event}: ${why}`);
      }
    }
  return { jobs, findings: [...new Set(findings)] };
}

/** The jobs that hold anything, or run somebody else's code, as a table in Markdown: once each, whatever starts them. */
export function reachTable({ jobs }: Reach): string {
  const rows = new Map<string, { name: string; environment: string; holds: string; code: string; by: Set<string> }>();
  for (const { name, run, environment, holds, code } of jobs) {
    if (holds.length === 0 && code === "main's") continue;
    const place = (environment ?? "none").replace(/\$\{\{ ([^}]*) \}\}/g, (_, path: string) => `<${wordFor(path)}>`);
    const shown = holds.filter((each) => each !== "an environment").join(", ") || "nothing";
    const row = rows.get(`${name} ${place}`) ?? { name, environment: place, holds: shown, code, by: new Set() };
    row.by.add(run.event);
    rows.set(`${name} ${place}`, row);
  }
  const lines = [...rows.values()].map(
    ({ name, environment, holds, code, by }) =>
      `| \`${name.replace(".yml", "")}\` | ${[...by].join(", ")} | \`${environment}\` | ${holds} | ${code} |`,
  );
  return [
    "| job | started by | environment | holds | whose code runs |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

const wordFor = (path: string): string =>
  /roles|approver/.test(path) ? "role" : /class/.test(path) ? "class" : "stage";
