import type { AzureAccount } from "../../azure/account";
import { planSweep } from "../../domain/sweep";
import { quoted } from "../../boundedFile";
import { DualRegistryError, type ExitCode } from "../../errors";
import { imageOf } from "../../outputs/imageOf";
import { readOutputs } from "../../outputs/readOutputs";
import type { StageOutputs } from "../../outputs/stageOutputs";
import { deployedIn, type Deployed } from "../../release/deployed/deployed";
import { readGitOps } from "../../release/deployed/readGitOps";
import { readKubernetes } from "../../release/deployed/readKubernetes";
import { readDeployedList } from "../../release/deployed/readList";
import type { Activity } from "../../release/activityLog";
import { acrInventory, tagInventory } from "../../release/inventory";
import { readPulls, withActivity, withPulls } from "../../release/pulls";
import { pathIn, type Registries } from "../../release/registries";
import { carryOut, type Swept } from "../../release/sweepRepository";
import { acrLook, tagLook } from "../../release/sweepLook";
import { makeVerifier } from "../../signing/verifier";
import type { Surroundings } from "../previewRun";
import type { ResultFormat } from "./options";
import { activityFromLog, type ActivityOptions } from "./sweepActivity";
import { sweepText, type SweepResult } from "./sweepText";
import { withRegistries } from "./tools";

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
      const { target, path, manifests, look } = await inventoryOf(outputs, repository, registries, deployed);
      const activity = activities.get(repository);
      const known = withActivity(withPulls(manifests, pulls?.(path)), activity);
      const plan = planSweep({
        ...{ rule: outputs.retention.rule, now: new Date(), manifests: known, deployed: deployedIn(path, deployed) },
        ...untagged(outputs, repository),
        ...(activity && { pullsSince: activity.since }),
        ...(halted !== undefined && { halted }),
      });
      const tell = ({ decision, state }: Swept) => around.stderr.write(`${state} ${target.name}@${decision.digest}\n`);
      const done = options.apply === true ? await carryOut(target, plan, look, tell) : undefined;
      const log = activity && { since: activity.since, problems: activity.problems };
      results.push({ repository: target.name, plan, ...(done && { done }), ...(log && { log }) });
    }
    around.stdout.write(options.format === "json" ? `${JSON.stringify(results, null, 2)}\n` : sweepText(results));
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
export function checkStage(outputs: StageOutputs, stage: string | undefined): void {
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
    return { target, path, manifests, look: acrLook(path, call, manifests) };
  }
  const policy = outputs.policies[image.class];
  const trust = { verifier: makeVerifier(), trusted: policy.signers, unsigned: !policy.signature };
  const manifests = await tagInventory(target, trust, deployedIn(path, deployed).digests);
  return { target, path, manifests, look: tagLook(target, manifests) };
}
