import { createRequire } from "node:module";
import type * as Account from "../../azure/account";
import { type AzureAccount, cloudOf } from "../../azure/account";
import type * as LogQuery from "../../azure/logQuery";
import type { AskLog } from "../../azure/logQuery";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { bytesText } from "../../base/text/units";
import { DEFAULT_MAX_GAP_DAYS } from "../../domain/sweep/activity";
import { planSweep, type SweepPlan } from "../../domain/sweep/planSweep";
import { pathIn, type Registries } from "../../images/registries";
import { imageOf, readOutputs } from "../../outputs/readOutputs";
import type { StageOutputs } from "../../outputs/stageOutputs";
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
import type { Surroundings } from "../previewRun";
import { withRegistries } from "./context";
import type { ResultFormat } from "./options";

export interface SweepOptions extends ActivityOptions {
  outputs: string;
  stage?: string;
  deployed?: string[];
  pods?: string[];
  gitops?: string[];
  nothingDeployed?: true;
  pulls?: string;
  activity?: "log";
  apply?: true;
  format: ResultFormat;
}

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
  around: Surroundings,
  account?: AzureAccount,
): Promise<ExitCode> {
  const outputs = readOutputs(options.outputs);
  checkStage(outputs, options.stage);
  const paths = named.length > 0 ? named : allOf(outputs, options);
  const deployed = readDeployed(options);
  if (options.apply === true && deployed.length === 0 && options.nothingDeployed !== true) {
    throw new DualRegistryError(
      "USAGE",
      "--apply needs to know what runs: give --deployed, --pods or --gitops, or say --nothing-deployed",
    );
  }
  for (const note of deployed.flatMap(({ notes }) => notes)) around.stderr.write(`${note}\n`);
  const pulls = options.pulls === undefined ? undefined : readPulls(options.pulls);
  const activities =
    options.activity === "log" ? await activityFromLog(outputs, paths, options, account) : new Map<string, Activity>();
  const holes = new Set([...activities.values()].flatMap(({ problems }) => problems));
  const halted = holes.size > 0 ? `the audit log has a hole: ${[...holes].join("; ")}` : undefined;
  if (halted !== undefined) around.stderr.write(`Nothing is deleted: ${halted}\n`);
  return withRegistries(around, async (registries) => {
    const results: SweepResult[] = [];
    for (const repository of paths) {
      const { target, path, manifests, recheck } = await inventoryOf(outputs, repository, registries, deployed);
      const activity = activities.get(repository);
      const known = withActivity(withPulls(manifests, pulls?.(path)), activity);
      const plan = planSweep({
        ...{ rule: outputs.retention.rule, now: new Date(), manifests: known, deployed: deployedIn(path, deployed) },
        ...untagged(outputs, repository),
        ...(activity && { pullsSince: activity.since }),
        ...(halted !== undefined && { halted }),
      });
      const tell = ({ decision, state }: Swept) => around.stderr.write(`${state} ${target.name}@${decision.digest}\n`);
      const done = options.apply === true ? await executeSweep(target, plan, recheck, tell) : undefined;
      const log = activity && { since: activity.since, problems: activity.problems };
      results.push({ repository: target.name, plan, ...(done && { done }), ...(log && { log }) });
    }
    around.stdout.write(options.format === "json" ? formatJson(results) : sweepText(results));
    const ended = results.some(({ done = [] }) => done.some(({ state }) => state !== "deleted"));
    return ended || halted !== undefined ? 1 : 0;
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
  const told = `--stage ${quoted(stage)}: the outputs are those of ${outputs.stage}`;
  throw new DualRegistryError("CONFIG_INVALID", `${told}; give those of the stage that is meant`);
}

const readDeployed = ({ deployed = [], pods = [], gitops = [] }: SweepOptions): readonly Deployed[] => [
  ...deployed.map(readDeployedList),
  ...pods.map(readKubernetes),
  ...gitops.map(readGitOps),
];

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
  const trust = { verifier: makeVerifier(), trusted: policy.signers, unsigned: !policy.signature };
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
      const told = ended.map(
        ({ state, decision, why = "" }) => `  ${state} ${decision.digest}: ${why}; the rest was left`,
      );
      const deleted = done?.filter(({ state }) => state === "deleted").length ?? 0;
      const sum =
        done === undefined
          ? `${plan.deletions.length} of ${plan.decisions.length} manifests would be deleted, up to ${bytesText(freed)}; --apply deletes them`
          : `${deleted} of ${plan.deletions.length} manifests deleted`;
      return [repository, ...lines, ...told, `  ${sum}`, ""].join("\n");
    })
    .join("\n");
}

const load = createRequire(__filename);

/** What the audit log is asked with. */
interface ActivityOptions {
  ignoreIdentity?: string[];
  maxGap?: string;
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
  options: ActivityOptions,
  account?: AzureAccount,
): Promise<Map<string, Activity>> {
  const { rule } = outputs.retention;
  if (rule.rule !== "inactive") return new Map();
  const inactivity: Inactivity = {
    ...{ days: rule.days, now: new Date(), maxGapDays: maxGapOf(options) },
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
    const found = await coverage;
    const activity = await readActivity(ask, log, pathIn(registry, repository), inactivity);
    all.set(repository, { ...activity, problems: found });
  }
  return all;
}

function maxGapOf({ maxGap }: ActivityOptions): number {
  if (maxGap === undefined) return DEFAULT_MAX_GAP_DAYS;
  if (/^[1-9]\d{0,2}$/.test(maxGap)) return Number(maxGap);
  throw new DualRegistryError("USAGE", `--max-gap ${JSON.stringify(maxGap.slice(0, 40))}: allowed: 1 to 999, in days`);
}

function askerFor(loginServer: string, account?: AzureAccount): AskLog {
  const { azureAccount } = load("../../azure/account") as typeof Account;
  const { logAsker } = load("../../azure/logQuery") as typeof LogQuery;
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
  const own = new Set(["sweep", "lock", "review", "rotate", "preview"]);
  const names = new Set(
    access.filter(({ kind, purpose }) => kind === "identity" && own.has(purpose)).map(({ who }) => who),
  );
  return identities
    .filter(({ name }) => names.has(name))
    .flatMap(({ name, principalId, clientId }) => [name, principalId, clientId]);
}
