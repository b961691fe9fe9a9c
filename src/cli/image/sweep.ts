import { type Command, Option } from "@commander-js/extra-typings";
import { type AskLog, azureAccount, type AzureAccount, cloudOf, logAsker } from "../../azure";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { bytesText } from "../../base/text/units";
import { DEFAULT_MAX_GAP_DAYS } from "../../domain/sweep/activity";
import { planSweep, type SweepPlan } from "../../domain/sweep/planSweep";
import { pathIn, type Registries } from "../../images/registries";
import { imageOf, type StageOutputs } from "../../outputs";
import { makeVerifier } from "../../signing";
import {
  type Activity,
  type Inactivity,
  readActivity,
  readCoverage,
  readPulls,
  type RegistryLog,
  withActivity,
  withPulls,
} from "../../sweeping/activity";
import { type Deployed, deployedIn, readDeployedList, readKubernetes } from "../../sweeping/deployed";
import { executeSweep, recheckAcr, recheckTags, type Swept } from "../../sweeping/executeSweep";
import { readGitOps } from "../../sweeping/gitOps";
import { acrInventory, tagInventory } from "../../sweeping/inventory";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { readStageOutputs } from "../stageOutputs";
import { daysOf, formatOption, outputsOption, printResult, REGISTRY_EXITS } from "../options";
import { withRegistries } from "./context";

const declare = (command: Command) =>
  command
    .argument("[repository...]", "repositories of the map, such as orders/api (default: all)")
    .addOption(outputsOption())
    .option("--stage <stage>", "refuse the outputs of any other stage")
    .option("--deployed <file...>", "lists of digests or references that run, one a line or as JSON")
    .option("--pods <file...>", "what `kubectl get pods -A -o json` prints (- for standard input)")
    .option("--gitops <dir...>", "checkouts of GitOps repositories")
    .option("--nothing-deployed", "say that nothing of it runs anywhere, where none of the three is given")
    .option("--pulls <file>", "last pulls: JSON of [{ repository, digest, lastPulledAt }]")
    .addOption(
      new Option("--activity <source>", "last pulls from the stage's audit log in Log Analytics")
        .choices(["log"] as const)
        .conflicts("pulls"),
    )
    .option("--ignore-identity <name...>", "identities whose pulls in the log are no use, such as a scanner's")
    .option(
      "--max-gap <days>",
      "days without an event that a whole log may have",
      daysOf("--max-gap"),
      DEFAULT_MAX_GAP_DAYS,
    )
    .option("--apply", "delete what the plan says")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

export type SweepOptions = OptionsOf<typeof declare>;

export const sweep = defineCommand(declare, (repositories, options, io) => runSweep(repositories, options, io));

/**
 * Plans a sweep of repositories and, only with `--apply`, carries it out.
 *
 * @param named repositories of the map; none for all of them
 * @param account who asks the audit log. Default: the identity of this process
 * @returns 0, or 1 where a deletion was refused, what it was planned for has changed, or the audit log has a hole
 */
export async function runSweep(
  named: readonly string[],
  options: SweepOptions,
  io: Io,
  account?: AzureAccount,
): Promise<ExitCode> {
  const outputs = readStageOutputs(
    options.outputs,
    io,
    named.length === 0 ? undefined : (read) => named.map((repository) => imageOf(read, repository).class),
  );
  checkStage(outputs, options.stage);
  const paths = named.length > 0 ? named : allOf(outputs, options);
  const deployed = readDeployed(
    options,
    outputs.images.map(({ repository }) => repository),
  );
  if (options.apply === true && deployed.length === 0 && options.nothingDeployed !== true) {
    throw new DualRegistryError(
      "USAGE",
      "--apply needs to know what runs: give --deployed, --pods or --gitops, or say --nothing-deployed",
    );
  }
  for (const note of deployed.flatMap(({ notes }) => notes)) io.stderr.write(`${note}\n`);
  const pulls = options.pulls === undefined ? undefined : readPulls(options.pulls);
  const activities =
    options.activity === "log"
      ? await activityFromLog(outputs, paths, options, io.now(), account)
      : new Map<string, Activity>();
  const holes = new Set([...activities.values()].flatMap(({ problems }) => problems));
  const halted = holes.size > 0 ? `the audit log has a hole: ${[...holes].join("; ")}` : undefined;
  if (halted !== undefined) io.stderr.write(`Nothing is deleted: ${halted}\n`);
  const open = unresolvedIn(paths, deployed);
  for (const [repository, why] of open) io.stderr.write(`Nothing of ${repository} is deleted: ${why}\n`);
  return withRegistries(io, async (registries) => {
    const results: SweepResult[] = [];
    for (const repository of paths) {
      const { target, path, manifests, recheck } = await inventoryOf(outputs, repository, registries, deployed);
      const activity = activities.get(repository);
      const known = withActivity(withPulls(manifests, pulls?.(path)), activity);
      const plan = planSweep({
        ...{ rule: outputs.retention.rule, now: io.now(), manifests: known, deployed: deployedIn(path, deployed) },
        ...untagged(outputs, repository),
        versions: { stages: outputs.stages, versionPrefix: outputs.versionPrefix },
        ...(activity && { pullsSince: activity.since }),
        ...defined({ halted: halted ?? open.get(repository) }),
      });
      const tell = ({ decision, state }: Swept) => io.stderr.write(`${state} ${target.name}@${decision.digest}\n`);
      const done = options.apply === true ? await executeSweep(target, plan, recheck, tell) : undefined;
      const log = activity && { since: activity.since, problems: activity.problems };
      results.push({ repository: target.name, plan, ...(done && { done }), ...(log && { log }) });
    }
    printResult(io, options.format, results, sweepText);
    const ended = results.some(({ done = [] }) => done.some(({ state }) => state !== "deleted"));
    return ended || halted !== undefined || open.size > 0 ? 1 : 0;
  });
}

/** Every repository of the map; of those whose pulls the log holds, where it is asked. */
function allOf({ images, registries }: StageOutputs, { activity }: SweepOptions): string[] {
  const swept = images.filter(({ class: of }) => activity === undefined || registries[of].id !== undefined);
  return swept.map(({ repository }) => repository);
}

/** A workflow names its stage: another one's outputs would sweep another one's registry. */
function checkStage(outputs: StageOutputs, stage: string | undefined): void {
  if (stage === undefined || stage === outputs.stage) return;
  const problem = `--stage ${quoted(stage)}: the outputs are those of ${outputs.stage}`;
  throw new DualRegistryError("CONFIG_INVALID", `${problem}; give those of the stage that is meant`);
}

const readDeployed = (
  { deployed = [], pods = [], gitops = [] }: SweepOptions,
  repositories: readonly string[],
): readonly Deployed[] => [
  ...deployed.map((file) => readDeployedList(file)),
  ...pods.map((file) => readKubernetes(file)),
  ...gitops.map((dir) => readGitOps(dir, repositories)),
];

/** Places that are named of one repository; the rest is counted. */
const MOST_PLACES = 10;

/** Repositories of which something runs that nobody can tell, with where that stands and what to do. */
function unresolvedIn(paths: readonly string[], deployed: readonly Deployed[]): Map<string, string> {
  const all = deployed.flatMap(({ unresolved }) => unresolved);
  return new Map(
    paths.flatMap((path) => {
      const places = all.filter(({ repository }) => repository === path).map(({ why }) => why);
      if (places.length === 0) return [];
      const more = places.length > MOST_PLACES ? `; and ${places.length - MOST_PLACES} more` : "";
      const what = `which image a checkout means cannot be told: ${places.slice(0, MOST_PLACES).join("; ")}${more}`;
      return [[path, `${what}; write tag or digest there, or give what runs by --pods or --deployed instead`]];
    }),
  );
}

/** Days that manifests without a tag are kept in the registry of the image's class. */
function untagged(outputs: StageOutputs, repository: string): { untaggedDays?: number } {
  const untaggedDays = outputs.retention.untaggedDays[imageOf(outputs, repository).class];
  return untaggedDays === undefined ? {} : { untaggedDays };
}

async function inventoryOf(
  outputs: StageOutputs,
  repository: string,
  registries: Registries,
  deployed: readonly Deployed[],
) {
  const image = imageOf(outputs, repository);
  const registry = outputs.registries[image.class];
  const { target } = registries.repository(registry, repository);
  const path = pathIn(registry, repository);
  if (registry.kind === "acr") {
    const call = registries.call(registry.loginServer);
    const manifests = await acrInventory(target, path, call);
    return { target, path, manifests, recheck: recheckAcr(path, call, manifests) };
  }
  const policy = outputs.policies[image.class];
  const trust = {
    verifier: makeVerifier(),
    trusted: policy.signers,
  };
  const manifests = await tagInventory(target, trust, deployedIn(path, deployed).digests);
  return { target, path, manifests, recheck: recheckTags(target, manifests) };
}

/** One repository's plan and, where it was carried out, what became of it. */
export interface SweepResult {
  repository: string;
  plan: SweepPlan;
  done?: readonly Swept[];
  /** What was looked at in the audit log, and why it says nothing; absent where it was not asked. */
  log?: { since: string; problems: readonly string[] };
}

/** Results for people: a line for each manifest with the reason, then the sum. */
function sweepText(results: readonly SweepResult[]): string {
  return results
    .map(({ repository, plan, done }) => {
      const freed = plan.deletions.reduce((sum, { size }) => sum + size, 0);
      const lines = plan.decisions.map(
        ({ action, digest, tags, why }) => `  ${action.padEnd(6)} ${digest} ${tags.join(", ") || "(no tag)"}: ${why}`,
      );
      const ended = (done ?? []).filter(({ state }) => state !== "deleted");
      const failures = ended.map(
        ({ state, decision, why = "" }) => `  ${state} ${decision.digest}: ${why}; the rest was left`,
      );
      const deleted = done?.filter(({ state }) => state === "deleted").length ?? 0;
      const sum =
        done === undefined
          ? `${plan.deletions.length} of ${plan.decisions.length} manifests would be deleted, up to ${bytesText(freed)}; --apply deletes them`
          : `${deleted} of ${plan.deletions.length} manifests deleted`;
      return [repository, ...lines, ...failures, `  ${sum}`, ""].join("\n");
    })
    .join("\n");
}

/**
 * What the audit log says of repositories: first of each registry whether its log is whole, then of each repository.
 * A log with a hole stops the sweep of every repository, so all are asked before anything is deleted.
 *
 * @returns by repository; empty where the rule needs no pulls
 * @throws DualRegistryError where the log cannot be asked, or answers in part only
 */
async function activityFromLog(
  outputs: StageOutputs,
  repositories: readonly string[],
  options: Pick<SweepOptions, "ignoreIdentity" | "maxGap">,
  now: Date,
  account?: AzureAccount,
): Promise<Map<string, Activity>> {
  const { rule } = outputs.retention;
  if (rule.rule !== "inactive") return new Map();
  const inactivity: Inactivity = {
    ...{ days: rule.days, now, maxGapDays: options.maxGap },
    ownIdentities: [...(options.ignoreIdentity ?? []), ...(outputs.logging.scanners ?? []), ...ownIdentities(outputs)],
  };
  const askers = new Map<string, AskLog>();
  const problems = new Map<string, Promise<string[]>>();
  const all = new Map<string, Activity>();
  for (const repository of repositories) {
    const registry = outputs.registries[imageOf(outputs, repository).class];
    const log = logOf(outputs, registry.id, registry.loginServer);
    const ask = askers.get(registry.loginServer) ?? askerFor(registry.loginServer, account);
    askers.set(registry.loginServer, ask);
    const coverage = problems.get(log.registryId) ?? readCoverage(ask, log, inactivity);
    problems.set(log.registryId, coverage);
    const holes = await coverage;
    const activity = await readActivity(ask, log, pathIn(registry, repository), inactivity);
    all.set(repository, { ...activity, problems: holes });
  }
  return all;
}

function askerFor(loginServer: string, account?: AzureAccount): AskLog {
  return logAsker(account ?? azureAccount(), cloudOf(loginServer));
}

/** Where the log of a registry is, or why there is none to ask. */
function logOf({ stage, logging }: StageOutputs, registryId: string | undefined, host: string): RegistryLog {
  const { workspaceId, categories } = logging;
  if (workspaceId !== undefined && registryId !== undefined) return { workspaceId, registryId, categories };
  const lacks = workspaceId === undefined ? "names no workspace" : `names no ARM id of ${host}`;
  const remedy = "run `pulumi up` with an audit log, or give last pulls by --pulls";
  throw new DualRegistryError("CONFIG_INVALID", `--activity log: the output of ${stage} ${lacks}; ${remedy}`);
}

/** Identities of this stage that read images to look after them, by every name a log may have for them. */
function ownIdentities({ access = [], identities = [] }: StageOutputs): string[] {
  const purposes = new Set(["sweep", "lock", "review", "rotate", "preview"]);
  const names = new Set(
    access.filter(({ kind, purpose }) => kind === "identity" && purposes.has(purpose)).map(({ who }) => who),
  );
  return identities
    .filter(({ name }) => names.has(name))
    .flatMap(({ name, principalId, clientId }) => [name, principalId, clientId]);
}
