import { join } from "node:path";
import { defined } from "../../src/base/defined";
import { DualRegistryError } from "../../src/base/errors";
import { hasCode } from "../../src/base/file";
import { quoted } from "../../src/base/text/quote";
import { entryStage } from "../../src/domain/stage";
import type { RunPhase, Transaction } from "../../src/images/phases";
import { showConsole } from "../../test/support/console/shown";
import type { Cleanup } from "../stage/cleanup";
import { runDualreg } from "../stage/commandLine";
import { loginBeside, widestReader } from "../stage/logins";
import { OWNER } from "../stage/misplace";
import { planStages, type PlannedOutputs, stagesOf } from "../stage/plan";
import { promoteSample, publishSample } from "../stage/product";
import { startPuller } from "../stage/pullers";
import { logPulls, pullImage, pullLogFile } from "../stage/pulls";
import { type LocalStages, startStages } from "../stage/stages";
import { CONSOLE, type Fault, pullWrongly, type Walked } from "./fault";

/** What a sandbox is to be. */
export interface SandboxWish {
  /** Folder of Pulumi.yaml. */
  project: string;
  /** Default: the stage in which gates begin or, with `promote`, the last. */
  stage?: string;
  /** From the first stage on, in the place of the stage alone. */
  promote?: true;
  /** Pulls a secure image from the wrong registry at the end. */
  fault?: true;
  /** Of the console. Default: one that is free. */
  port?: number;
}

/** A sandbox that runs. */
export interface Sandbox extends Walked {
  pullLog: string;
  console: { address: string; token: string };
  fault?: Fault;
}

/** The name of the console's token. */
const TOKEN = "sandbox";

/**
 * The stages that are started, in the order of promotion. A stage alone is enough where images are published to it; behind
 * the entry stage they are promoted, and so the way there is walked.
 *
 * @throws DualRegistryError USAGE for a stage that is none of the project's
 */
export function stagesToWalk(stages: readonly string[], { stage: named, promote }: SandboxWish): readonly string[] {
  const [first = "", ...others] = stages;
  const entry = entryStage([first, ...others]);
  const goal = named ?? (promote === true ? stages.at(-1) : entry) ?? first;
  const at = stages.indexOf(goal);
  if (at < 0) throw new DualRegistryError("USAGE", `--stage ${quoted(goal)}: allowed: ${stages.join(", ")}`);
  if (promote === true) return stages.slice(0, at + 1);
  return stages.slice(Math.min(at, stages.indexOf(entry)), at + 1);
}

/**
 * Starts a sandbox in phases: plans of the project's own program, registries with their logins, images through the real
 * publish path and on by promotions, pulls with their log, and the console.
 *
 * @param dir a folder of this sandbox's own
 * @param isEnding asked before each phase: a sandbox that is told to end begins no other
 */
export function sandboxWalk(
  wish: SandboxWish,
  { dir, cleanup, isEnding }: { dir: string; cleanup: Cleanup; isEnding: () => boolean },
): Transaction<Sandbox> {
  const walked = stagesToWalk(stagesOf(wish.project), wish);
  const wayOn = walked.slice(1);
  const promotions = wayOn.map((stage) => `promote to ${stage}`);
  const phases = [
    "plan",
    "registries",
    "publish",
    ...promotions,
    "pull",
    ...(wish.fault ? ["wrong pull"] : []),
    "console",
  ];
  const run = async (runPhase: RunPhase): Promise<Sandbox> => {
    const phase: RunPhase = (name, work) => {
      if (isEnding()) throw new Error(`Told to end before: ${name}`);
      return runPhase(name, work);
    };
    const planned = await phase("plan", () => planStages(wish.project, walked));
    const stages = await phase("registries", () => start(dir, planned, cleanup, wish));
    const [begin, ...on] = stages.stages;
    if (begin === undefined) throw new Error("No stage was started");
    let [stage, images] = [begin, await phase("publish", () => publishSample(stages, begin))];
    for (const next of on) {
      images = await phase(`promote to ${next.name}`, () => promoteSample(stages, images, next));
      stage = next;
    }
    const reader = widestReader(stages.logins, stage.name, stage.outputs.images);
    const facts = { stages, stage, images, reader };
    const pullLog = await phase("pull", () => pullAll(facts));
    const faulty = wish.fault ? await phase("wrong pull", () => pullWrongly(facts)) : undefined;
    const shown = await phase("console", () => openConsole(facts, cleanup, wish.port));
    const fault = faulty && (await faulty(shown.address));
    return { ...facts, pullLog, console: shown, ...defined({ fault }) };
  };
  return { phases, run };
}

const start = (
  dir: string,
  planned: ReadonlyMap<string, PlannedOutputs>,
  cleanup: Cleanup,
  { fault }: SandboxWish,
): Promise<LocalStages> => {
  const shown = [...planned.keys()].at(-1) ?? "";
  const owner = fault ? loginBeside(OWNER, shown, ["pull", "push"]) : [];
  const more = [...loginBeside(CONSOLE, shown, ["pull"]), ...owner];
  return startStages({ dir, planned, asksLogin: true, cleanup, more });
};

/** Pulls each image from its registry, and keeps the log of that. @returns its file */
async function pullAll({ stages, stage, images, reader }: Walked): Promise<string> {
  const login = join(stages.envOf(reader)["DOCKER_CONFIG"] ?? "", "config.json");
  const puller = await startPuller(stages.dir, "skopeo", login);
  let lines = "";
  for (const one of images) lines += await pullImage(puller, stage, one);
  const { file } = await logPulls(stage, puller, lines, { file: pullLogFile(stages.dir, stage), by: reader });
  return file;
}

/** Opens the console for whoever reaches this computer's loopback, with a token for its API by the real book of tokens. */
async function openConsole({ stages, stage }: Walked, cleanup: Cleanup, port = 0): Promise<Sandbox["console"]> {
  const folder = join(stages.dir, "console-tokens");
  const env = stages.envOf(CONSOLE);
  const repositories = stage.outputs.images.map(({ repository }) => repository);
  const issue = ["console", "token", "issue", TOKEN, "--repository", ...repositories];
  const token = await runDualreg([...issue, "--outputs", stage.file, "--folder", folder], env);
  const access = { anonymous: "read", machineTokens: { folder } };
  try {
    const shown = await showConsole({ outputs: stage.outputs }, access, { port, env });
    cleanup.add(shown.stop);
    return { address: shown.address, token: token.trim() };
  } catch (error) {
    if (!hasCode(error, "EADDRINUSE", "EACCES")) throw error;
    throw new DualRegistryError("USAGE", `--port ${port}: it cannot be listened at; allowed: a port that is free`);
  }
}
