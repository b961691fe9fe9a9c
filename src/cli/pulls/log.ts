import { type Command, Option } from "@commander-js/extra-typings";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { readOutputs } from "../../outputs";
import {
  lineStream,
  PULL_SOURCES,
  pullLineJson,
  pullLineText,
  pullLog,
  type PullLogCounts,
  type PullSource,
} from "../../pulls";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, outputsOption } from "../options";

const MORE = `
Reads standard input, such as \`journalctl -u containerd -o json\`, and prints one line for every pull. containerd names the
host that answered in its debug lines alone, CRI-O where it says "Trying to access"; events of pods and of Docker name the
reference. docs/pulls.md has the fields.
Exit codes: 0 every pull is ok, 1 one is not (never with --follow), 2 wrong usage or configuration`;

const declare = (command: Command) =>
  command
    .addOption(outputsOption())
    .addOption(new Option("--source <source>", "what is read").choices(PULL_SOURCES).default("containerd" as const))
    .option("--follow", "run kubectl (events) or docker (docker) and read what it says until it ends; else read on")
    .option("--node <name>", "the node, where the source does not name it")
    .option("--identity <name>", "whom the registry knows this client as: a token, or the client id of an identity")
    .addOption(formatOption("json", "text"))
    .addHelpText("after", MORE);

/** How a source is followed; the others are followed through standard input. */
const FOLLOWED: Partial<Record<PullSource, (io: Io) => AsyncIterable<Buffer | string>>> = {
  events: watchEvents,
  docker: (io) =>
    run(["docker", "events", "--filter", "type=image", "--filter", "event=pull", "--format", "{{json .}}"], io),
};

/**
 * Prints the pull log of a source.
 *
 * @param input what is read. Default: standard input
 * @returns 0, or 1 where a pull is not ok
 */
export async function runPullsLog(
  { outputs, source, follow, node, identity, format }: OptionsOf<typeof declare>,
  io: Io,
  input?: AsyncIterable<Buffer | string>,
): Promise<ExitCode> {
  const stage = readOutputs(outputs);
  const counts: PullLogCounts = { lines: 0, unreadable: 0 };
  let wrong = 0;
  const who = defined({ node, identity });
  const followed = follow === true ? FOLLOWED[source] : undefined;
  const from: AsyncIterable<Buffer | string> = input ?? followed?.(io) ?? process.stdin;
  for await (const line of pullLog(from, { source, stage, now: io.now, who }, counts)) {
    if (line.verdict !== "ok") wrong += 1;
    io.stdout.write(format === "json" ? pullLineJson(line) : pullLineText(line));
  }
  if (counts.unreadable > 0) {
    io.stderr.write(`${counts.unreadable} of ${counts.lines} lines were unreadable and left out\n`);
  }
  return wrong > 0 && follow !== true ? 1 : 0;
}

/** What a program says until it ends, with its own login. @throws DualRegistryError where it cannot be run or fails */
async function* run([name, ...args]: readonly [string, ...string[]], { env }: Io): AsyncGenerator<Buffer> {
  const child = spawn(name, args, { env: { ...env }, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close").then(
    ([code]) => {
      if (code === 0) return;
      throw new DualRegistryError("CLUSTER_UNAVAILABLE", `${name} ended with ${String(code)}; see what it wrote above`);
    },
    () => {
      throw new DualRegistryError("CONFIG_INVALID", `${name} cannot be run; install it, or pipe its output in`);
    },
  );
  ended.catch(() => undefined);
  for await (const part of child.stdout) yield part as Buffer;
  await ended;
}

/** Source: Kubernetes API concepts, "Efficient detection of changes" and "Watch bookmarks". */
const watchedSchema = z.object({
  type: z.string(),
  object: z.object({
    code: z.number().nullish(),
    message: z.string().nullish(),
    metadata: z.object({ uid: z.string().nullish(), resourceVersion: z.string().nullish() }).nullish(),
  }),
});
/** How many events are known again where a watch has to begin anew. */
const MOST_KNOWN = 20_000;
/** The status of an API server that no longer has the changes since a version. */
const GONE = 410;
/** Milliseconds before a watch that ended is begun again, and how often in a row one may fail without an event. */
const WATCH_PAUSE = 1_000;
const MOST_FAILURES = 3;

/**
 * Events of pods, from those that are there on. An API server ends a watch after half an hour or an hour, or because it is
 * started anew: the next goes on where it stood, and no event comes twice.
 *
 * @throws DualRegistryError CLUSTER_UNAVAILABLE where the first watch fails before it has begun, or several do in a row
 */
async function* watchEvents(io: Io): AsyncGenerator<string> {
  const known = new LRUCache<string, true>({ max: MOST_KNOWN });
  const tooLong = () => io.stderr.write("An event of over 64 KiB was left out\n");
  let version: string | undefined;
  for (let [begun, failures] = [false, 0]; ;) {
    let given = 0;
    const query = `watch=true&allowWatchBookmarks=true${version === undefined ? "" : `&resourceVersion=${version}`}`;
    try {
      const said = run(["kubectl", "get", "--raw", `/api/v1/events?${query}`], io);
      for await (const line of lineStream(said, tooLong)) {
        const read = decode(watchedSchema, jsonOf(line));
        const { type, object } = read.success ? read.data : { type: "", object: {} };
        if (type === "ERROR") {
          if (object.code !== GONE) throw watchFailed(object.message ?? line);
          version = undefined;
          continue;
        }
        const { uid, resourceVersion } = object.metadata ?? {};
        if (resourceVersion != null && /^[\w.-]+$/.test(resourceVersion)) version = resourceVersion;
        const key = `${uid ?? ""} ${resourceVersion ?? ""}`;
        if (type === "BOOKMARK" || (uid != null && known.has(key))) continue;
        if (uid != null) known.set(key, true);
        if (read.success) given += 1;
        yield `${line}\n`;
      }
      [begun, failures] = [true, 0];
    } catch (error) {
      begun ||= given > 0;
      failures = given > 0 ? 1 : failures + 1;
      if (!begun || failures > MOST_FAILURES) throw error;
      // A version that is gone can also end kubectl: then it goes on from the beginning.
      if (given === 0) version = undefined;
    }
    await sleep(WATCH_PAUSE * Math.max(1, failures));
  }
}

const watchFailed = (message: string): DualRegistryError =>
  new DualRegistryError("CLUSTER_UNAVAILABLE", `The watch of events ended with ${quoted(message)}; start it again`);

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export const log = defineCommand(declare, (options, io) => runPullsLog(options, io));
