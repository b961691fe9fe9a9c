import { createRequire } from "node:module";
import type * as Account from "../../azure/account";
import type { AzureAccount } from "../../azure/account";
import { cloudOf } from "../../azure/cloud";
import type * as LogQuery from "../../azure/logQuery";
import type { AskLog } from "../../azure/logQuery";
import { DEFAULT_MAX_GAP_DAYS } from "../../domain/activity";
import { DualRegistryError } from "../../errors";
import { imageOf } from "../../outputs/imageOf";
import type { StageOutputs } from "../../outputs/stageOutputs";
import {
  readActivity,
  readCoverage,
  type Activity,
  type Inactivity,
  type RegistryLog,
} from "../../release/activityLog";
import { pathIn } from "../../release/registries";

const load = createRequire(__filename);

/** What the audit log is asked with. */
export interface ActivityOptions {
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
export async function activityFromLog(
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
