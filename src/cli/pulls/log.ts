import { type Command, Option } from "@commander-js/extra-typings";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readOutputs } from "../../outputs";
import { PULL_SOURCES, pullLineJson, pullLineText, pullLog, type PullLogCounts, type PullSource } from "../../pulls";
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

/** What is run to follow a source; the others are followed through standard input. */
const FOLLOWED: Partial<Record<PullSource, readonly [string, ...string[]]>> = {
  events: ["kubectl", "get", "--raw", "/api/v1/events?watch=true"],
  docker: ["docker", "events", "--filter", "type=image", "--filter", "event=pull", "--format", "{{json .}}"],
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
  const command = follow === true ? FOLLOWED[source] : undefined;
  const child = command && input === undefined ? followed(command, io) : undefined;
  let wrong = 0;
  const who = defined({ node, identity });
  const from: AsyncIterable<Buffer | string> = input ?? child?.lines ?? process.stdin;
  for await (const line of pullLog(from, { source, stage, now: io.now, who }, counts)) {
    if (line.verdict !== "ok") wrong += 1;
    io.stdout.write(format === "json" ? pullLineJson(line) : pullLineText(line));
  }
  if (counts.unreadable > 0) {
    io.stderr.write(`${counts.unreadable} of ${counts.lines} lines were unreadable and left out\n`);
  }
  await child?.ended;
  return wrong > 0 && follow !== true ? 1 : 0;
}

/** A program that is read until it ends, with its own login. */
function followed([name, ...args]: readonly [string, ...string[]], { env }: Io) {
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
  return { lines: child.stdout, ended };
}

export const log = defineCommand(declare, (options, io) => runPullsLog(options, io));
