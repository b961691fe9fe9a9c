import type { Command } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { defined } from "../../base/defined";
import type { ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { composeConsole } from "../../console/compose";
import { consoleLog } from "../../console/log";
import { endSignal, forLoopback, startServer } from "../../console/server";
import { settingsOf } from "../../console/settings";
import { makeTelemetry } from "../../console/telemetry";
import { credentialsFor } from "../../oci";
import { readOutputs } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, outputsOption, portOf, printResult, REGISTRY_EXITS } from "../options";
import { toolVersion } from "../toolVersion";

const MAX_ACCESS = 1024 * 1024;

const declare = (command: Command) =>
  command
    .addOption(outputsOption())
    .option("--access <file>", "who may come in: JSON (default: whoever reaches this machine's loopback)")
    .option("--data <dir>", "where the search's index outlives this process (default: nowhere)")
    .option("--port <number>", "the port of 127.0.0.1 (default: one that is free)")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

/** Serves a stage's console on this machine's loopback until it is told to end: for development, with one's own logins. */
async function run(
  { outputs, access, data, port = "0", format }: OptionsOf<typeof declare>,
  io: Io,
): Promise<ExitCode> {
  const { env, stderr } = io;
  const rules =
    access === undefined ? { anonymous: "read" } : parseJson(readBounded(access, MAX_ACCESS), quoted(access));
  const settings = settingsOf(readOutputs(outputs), {
    ...{ access: rules, port: portOf(port) },
    ...defined({ data: data === undefined ? undefined : resolve(io.cwd, data) }),
  });
  const version = toolVersion();
  const log = consoleLog((line) => stderr.write(line));
  const telemetry = makeTelemetry({ env, stage: settings.stage, version });
  const logins = credentialsFor(env);
  let ending = false;
  const { app, close } = await composeConsole({
    ...{ settings, credentials: { secure: logins, standard: logins }, telemetry, log, version, isEnding: () => ending },
  });
  try {
    const server = await startServer({ app: forLoopback(app), port: settings.port, hostname: "127.0.0.1" });
    printResult(io, format, { address: `http://127.0.0.1:${server.port}/` }, ({ address }) => `${address}\n`);
    await endSignal();
    ending = true;
    await server.stop();
    return 0;
  } finally {
    // Where the port is taken, the index of the search would go on, and the process with it.
    await close();
    await telemetry.shutdown();
  }
}

export const serve = defineCommand(declare, run);
