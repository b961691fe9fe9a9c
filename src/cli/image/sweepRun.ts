import { planSweep, type SweepManifest, type SweepPlan } from "../../domain/sweep";
import { DualRegistryError, type ExitCode } from "../../errors";
import { imageOf } from "../../outputs/imageOf";
import { readOutputs } from "../../outputs/readOutputs";
import type { StageOutputs } from "../../outputs/stageOutputs";
import { deployedIn, type Deployed } from "../../release/deployed/deployed";
import { readGitOps } from "../../release/deployed/readGitOps";
import { readKubernetes } from "../../release/deployed/readKubernetes";
import { readDeployedList } from "../../release/deployed/readList";
import { acrInventory, tagInventory } from "../../release/inventory";
import { readPulls, type Pulls } from "../../release/pulls";
import { pathIn, type Registries } from "../../release/registries";
import { carryOut, type Swept } from "../../release/sweepRepository";
import { acrLook, tagLook } from "../../release/sweepLook";
import { makeVerifier } from "../../signing/verifier";
import { bytesText } from "../amounts";
import type { Surroundings } from "../previewRun";
import type { ResultFormat } from "./options";
import { withRegistries } from "./tools";

export interface SweepOptions {
  outputs: string;
  deployed?: string[];
  pods?: string[];
  gitops?: string[];
  nothingDeployed?: true;
  pulls?: string;
  apply?: true;
  format: ResultFormat;
}

/** One repository's plan and, where it was carried out, what became of it. */
interface SweepResult {
  repository: string;
  plan: SweepPlan;
  done?: readonly Swept[];
}

/**
 * Plans a sweep of repositories and, only with `--apply`, carries it out.
 *
 * @returns 0, or 1 where a deletion was refused or what it was planned for has changed
 */
export async function runSweep(
  paths: readonly string[],
  options: SweepOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const outputs = readOutputs(options.outputs);
  const deployed = readDeployed(options);
  if (options.apply === true && deployed.length === 0 && options.nothingDeployed !== true) {
    throw new DualRegistryError(
      "USAGE",
      "--apply needs to know what runs: give --deployed, --pods or --gitops, or say --nothing-deployed",
    );
  }
  for (const note of deployed.flatMap(({ notes }) => notes)) around.stderr.write(`${note}\n`);
  const pulls = options.pulls === undefined ? undefined : readPulls(options.pulls);
  return withRegistries(around, async (registries) => {
    const results: SweepResult[] = [];
    for (const repository of paths) {
      const { target, path, manifests, look } = await inventoryOf(outputs, repository, registries, deployed);
      const known = withPulls(manifests, pulls?.(path));
      const plan = planSweep({
        ...{ rule: outputs.retention.rule, now: new Date(), manifests: known, deployed: deployedIn(path, deployed) },
        ...untagged(outputs, repository),
      });
      const tell = ({ decision, state }: Swept) => around.stderr.write(`${state} ${target.name}@${decision.digest}\n`);
      const done = options.apply === true ? await carryOut(target, plan, look, tell) : undefined;
      results.push({ repository: target.name, plan, ...(done && { done }) });
    }
    around.stdout.write(options.format === "json" ? `${JSON.stringify(results, null, 2)}\n` : sweepText(results));
    return results.some(({ done = [] }) => done.some(({ state }) => state !== "deleted")) ? 1 : 0;
  });
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

const withPulls = (manifests: readonly SweepManifest[], pulls: Pulls | undefined): readonly SweepManifest[] =>
  manifests.map((manifest) => {
    const lastPulledAt = pulls?.get(manifest.digest);
    return lastPulledAt === undefined ? manifest : { ...manifest, lastPulledAt };
  });

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
