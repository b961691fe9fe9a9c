import type { Command } from "@commander-js/extra-typings";
import { azureAccount, type AzureAccount, cloudOf, logAsker } from "../../azure";
import { type Digest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { limiter } from "../../base/limit";
import { quoted } from "../../base/text/quote";
import { utcTime } from "../../base/time";
import type { Registries } from "../../images/registries";
import { isIndexType, readTree } from "../../oci";
import type { StageOutputs } from "../../outputs";
import {
  judgePull,
  pullEventSchema,
  reconcileReport,
  type PullLine,
  readPullLog,
  readRegistryLog,
  readWorkspace,
  registryKey,
  reconcile as joinPulls,
  type RegistryEvent,
  reconcileText,
  stageRegistries,
} from "../../pulls";
import { defineCommand, type OptionsOf } from "../command";
import { withRegistries } from "../image/context";
import type { Io } from "../io";
import { formatOption, outputsOption, printResult, REGISTRY_EXITS } from "../options";
import { readStageOutputs } from "../stageOutputs";

const MORE = `
Joins what dualreg pulls log wrote with what registries recorded: Distribution's notifications or Harbor's audit log from
files, Azure's from the stage's workspace. Registries are asked which of them hold a digest, and what stands below an index.
It ends with 1 where a pull is ambiguous, only one side saw it, one that happened was not ok, or there was none at all.
`;

const windowOf = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 86_400) return Number(text);
  throw new DualRegistryError("USAGE", `--window ${quoted(text)}: allowed: 0 to 86400, in seconds`);
};
const timeOf = (option: string, text: string): string => {
  const time = utcTime(text);
  if (time !== undefined) return time;
  throw new DualRegistryError("USAGE", `${option} ${quoted(text)}: allowed: a time such as 2026-03-01T10:00:00Z`);
};

const declare = (command: Command) =>
  command
    .addOption(outputsOption())
    .requiredOption("--log <file...>", "what dualreg pulls log wrote; - is standard input")
    .option("--registry-log <file...>", "what registries recorded: envelopes of notifications, or Harbor's audit log")
    .option("--workspace", "ask the stage's Log Analytics workspace for the pulls of its registries")
    .option("--window <seconds>", "how far the two logs may be apart", "300")
    .option("--from <time>", "only pulls since then (default: the first line)")
    .option("--to <time>", "only pulls until then (default: the last line or record; now, of a workspace)")
    .option("--offline", "ask no registry: without an identity every join is ambiguous then")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", MORE + REGISTRY_EXITS);

const MAX_LOG = 256 * 1024 * 1024;
const nameOf = (file: string): string => (file === "-" ? "standard input" : quoted(file));
const readText = (file: string): string => readBounded(file, MAX_LOG, "CONFIG_INVALID").toString("utf8");

/**
 * Joins both logs and says of each pull what it is known by.
 *
 * @param account who asks Azure. Default: the login of this machine
 * @returns 0, or 1 where something does not fit
 */
export async function runReconcile(
  options: OptionsOf<typeof declare>,
  io: Io,
  account?: AzureAccount,
): Promise<ExitCode> {
  const { registryLog = [], workspace } = options;
  const window = windowOf(options.window);
  if (registryLog.length === 0 && workspace !== true) {
    throw new DualRegistryError("USAGE", "No log of a registry; allowed: --registry-log, --workspace, or both");
  }
  if ([...options.log, ...registryLog].filter((file) => file === "-").length > 1) {
    throw new DualRegistryError(
      "USAGE",
      "Standard input can be read once: allowed: one - among --log and --registry-log",
    );
  }
  const stage = readStageOutputs(options.outputs, io);
  // Whoever writes the log says what was seen; what that means is judged here, by the outputs that were given.
  const all = options.log
    .flatMap((file) => readPullLog(readText(file), nameOf(file), stage))
    .map((line) => judgePull(pullEventSchema.parse(line), stage));
  const recorded = registryLog.flatMap((file) => readRegistryLog(readText(file), nameOf(file), stage));
  const { from, to } = rangeOf(options, all, recorded, { now: io.now(), isAsked: workspace === true });
  const within = (time: string | undefined, slack: number): boolean =>
    Date.parse(time ?? "") >= from.getTime() - slack && Date.parse(time ?? "") <= to.getTime() + slack;
  // An event may be of a line outside the time that is looked at: both go in with what may have been meant in their place.
  const around = 3 * window * 1000;
  const lines = all.filter(({ time }) => within(time, around));
  const asked = workspace === true ? await askWorkspace(stage, { from, to }, around, account) : [];
  const events = [...recorded, ...asked].filter(({ time }) => within(time, around));
  const known =
    options.offline === true ? nothingKnown : await withRegistries(io, (to) => askRegistries(stage, lines, to, io));
  const pulls = joinPulls({ stage, lines, events, window, ...known }).filter(({ line, events: [event] }) =>
    line === undefined ? within(event?.time, window * 1000) : within(line.time, 0),
  );
  printResult(io, options.format, reconcileReport(pulls, { stage, from, to, window, now: io.now() }), reconcileText);
  const fits = pulls.every(
    ({ verdict, line }) => verdict === "no-pull" || (verdict === "proven" && line?.verdict === "ok"),
  );
  const before = recorded.filter(({ time }) => Date.parse(time) < from.getTime() - window * 1000).length;
  if (before > 0 && options.from === undefined) {
    io.stderr.write(`${before} pulls were recorded before the first line, and are left out; --from takes them in\n`);
  }
  if (pulls.length === 0) io.stderr.write("Neither log has a pull: nothing is shown by that\n");
  return fits && pulls.length > 0 ? 0 : 1;
}

function rangeOf(
  { from, to }: { from?: string; to?: string },
  lines: readonly PullLine[],
  events: readonly RegistryEvent[],
  { now, isAsked }: { now: Date; isAsked: boolean },
): { from: Date; to: Date } {
  const timesOf = (all: readonly { time: string }[]) => all.map(({ time }) => Date.parse(time)).sort((a, b) => a - b);
  const first = timesOf(lines.length > 0 ? lines : events)[0];
  // What came after the last line counts: whoever writes the log may have ended.
  const last = isAsked ? now.getTime() : timesOf([...lines, ...events]).at(-1);
  const range = {
    from: new Date(from === undefined ? (first ?? now.getTime()) : timeOf("--from", from)),
    to: new Date(to === undefined ? (last ?? now.getTime()) : timeOf("--to", to)),
  };
  if (range.from <= range.to) return range;
  throw new DualRegistryError("USAGE", `--from ${range.from.toISOString()} is after --to ${range.to.toISOString()}`);
}

async function askWorkspace(
  stage: StageOutputs,
  { from, to }: { from: Date; to: Date },
  slack: number,
  account: AzureAccount = azureAccount(),
): Promise<RegistryEvent[]> {
  const { workspaceId } = stage.logging;
  const own = stageRegistries(stage).flatMap(({ id, loginServer }) => (id === undefined ? [] : [{ id, loginServer }]));
  if (workspaceId === undefined || own.length === 0) {
    const lacks = workspaceId === undefined ? "a workspace" : "a registry of its own";
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `--workspace: the output of ${stage.stage} names no ${lacks}; give --registry-log`,
    );
  }
  const span = { from: new Date(from.getTime() - slack), to: new Date(to.getTime() + slack) };
  const answers = own.map(({ id, loginServer }) => {
    const ask = logAsker(account, cloudOf(loginServer));
    return readWorkspace(ask, { workspaceId, registryId: id, loginServer }, stage, span);
  });
  return (await Promise.all(answers)).flat();
}

type Known = Pick<Parameters<typeof joinPulls>[0], "children" | "standsIn">;

const nothingKnown: Known = { children: () => new Set(), standsIn: () => undefined };

/** Digests asked for at a time. */
const PARALLEL = 8;

/** Asks every registry of the stage for every digest of the lines, and the one that was asked for what stands below it. */
async function askRegistries(
  stage: StageOutputs,
  lines: readonly PullLine[],
  registries: Registries,
  { stderr }: Io,
): Promise<Known> {
  const holders = new Map<string, string[] | undefined>();
  const below = new Map<string, Set<Digest>>();
  const run = limiter(PARALLEL);
  const wanted = new Map(
    lines.flatMap(({ repository, digest, outcome }) =>
      repository === undefined || digest === undefined || outcome !== "pulled"
        ? []
        : [[`${repository} ${digest}`, { repository, digest }] as const],
    ),
  );
  const ask = async (key: string, { repository, digest }: { repository: string; digest: Digest }): Promise<void> => {
    const hosts: string[] = [];
    for (const registry of stageRegistries(stage)) {
      const { target } = registries.repository(registry, repository);
      const resolved = await target.resolve(digest);
      if (resolved === undefined) continue;
      const host = registryKey(registry);
      hosts.push(host);
      if (!isIndexType(resolved.mediaType)) continue;
      const { manifests } = await readTree(target, digest);
      below.set(`${host} ${key}`, new Set(manifests.map((one) => one.digest)));
    }
    holders.set(key, [...new Set(hosts)]);
  };
  const told = (key: string) => (error: unknown) => {
    if (!(error instanceof DualRegistryError)) throw error;
    holders.set(key, undefined);
    stderr.write(`Unknown where ${quoted(key)} stands: ${error.message}\n`);
  };
  await Promise.all([...wanted].map(([key, one]) => run(() => ask(key, one).catch(told(key)))));
  return {
    children: (registry, repository, digest) => below.get(`${registry} ${repository} ${digest}`) ?? new Set(),
    standsIn: (repository, digest) => holders.get(`${repository} ${digest}`),
  };
}

export const reconcile = defineCommand(declare, (options, io) => runReconcile(options, io));
