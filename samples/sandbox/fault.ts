import { join } from "node:path";
import { originAnswer } from "../../src/console/api/schemas";
import type { Digest } from "../../src/base/digest";
import { runReconcile } from "../../src/cli/pulls/reconcile";
import type { ReconcileReport } from "../../src/pulls";
import { runCommand } from "../../test/support/io";
import { mayPull } from "../stage/logins";
import { misplace, OWNER } from "../stage/misplace";
import { startPuller } from "../stage/pullers";
import { logPulls, pullImage } from "../stage/pulls";
import type { LocalStage, LocalStages } from "../stage/stages";
import type { PlacedImage } from "../stage/product";

/** Stages that run, and images that came to the last of them. */
export interface Walked {
  stages: LocalStages;
  /** The stage that is shown: the last that images came to. */
  stage: LocalStage;
  images: readonly PlacedImage[];
  /** Whose login reads them: the console's, and that of the commands to try. */
  reader: string;
}

/**
 * The console's login: it reads all of both registries, since it has to see an image where it should not be. The plan has
 * none for it, as nobody but the console's owner mounts it.
 */
export const CONSOLE = "console";

/** A secure image that was pulled from the standard registry, and who noticed. */
export interface Fault {
  repository: string;
  digest: Digest;
  /** Of the standard registry, which was asked. */
  host: string;
  /** Whose login pulled it. */
  by: string;
  /** The pull's own line, and its file. */
  pullLog: { file: string; verdict: string; why: string };
  /** What `dualreg pulls reconcile` says of it, and the exit code. */
  reconcile: { verdict: string; by: readonly string[]; code: number };
  /** The console's page about the digest, and what it says to be in a registry where it does not belong. */
  origin: { page: string; misplaced: readonly { registry: string; repository: string }[] };
}

/**
 * Puts a copy of the secure image into the standard registry, past the publish path, and pulls it from there.
 *
 * @returns what asks the console, once it is open
 */
export async function pullWrongly({ stages, stage, images }: Walked): Promise<(address: string) => Promise<Fault>> {
  const secure = images.find((one) => one.class === "secure");
  if (secure === undefined) throw new Error(`No image of ${stage.name} is secure: there is none to pull wrongly`);
  await misplace(stages, stage, secure);
  const image = { ...secure, binding: "portable" } as const;
  const consumers = stages.logins.filter(({ purpose }) => purpose === "pull").map(({ who }) => who);
  // Where no token of the plan reads it there, its scopes would have stopped the pull: the owner is left.
  const by = consumers.find((who) => mayPull(stages.logins, who, stage.name, image, "standard")) ?? OWNER;
  const puller = await startPuller(stages.dir, "skopeo", join(stages.envOf(by)["DOCKER_CONFIG"] ?? "", "config.json"));
  const lines = await pullImage(puller, stage, secure, "standard");
  const logged = await logPulls(stage, puller, lines, { file: join(stages.dir, `${stage.name}-wrong-pull.jsonl`), by });
  const [line] = logged.lines;
  const reconcile = await reconciled(stage.file, logged.file, stage.audit.file, stages.envOf(CONSOLE));
  return async (address) => ({
    ...{ repository: secure.repository, digest: secure.digest, host: stage.hosts.standard, by },
    pullLog: { file: logged.file, verdict: line?.verdict ?? "", why: line?.why ?? "" },
    reconcile,
    origin: await originOf(address, secure.digest),
  });
}

async function reconciled(outputs: string, log: string, registryLog: string, env: Record<string, string | undefined>) {
  const files = { outputs, log: [log], registryLog: [registryLog] };
  const { code, stdout } = await runCommand((io) => runReconcile({ ...files, window: "300", format: "json" }, io), env);
  const { pulls } = JSON.parse(stdout) as ReconcileReport;
  const [joined] = pulls.filter((one) => one.line !== undefined);
  return { verdict: joined?.verdict ?? "", by: joined?.by ?? [], code };
}

async function originOf(address: string, digest: Digest): Promise<Fault["origin"]> {
  const query = `origin?digest=${encodeURIComponent(digest)}`;
  const answer = await fetch(`${address}/api/v1/${query}`);
  const { holders } = originAnswer.parse(await answer.json());
  const misplaced = holders.flatMap(({ registry, misplaced: there = [] }) =>
    there.map((repository) => ({ registry: registry.class, repository })),
  );
  return { page: `${address}/${query}`, misplaced };
}
