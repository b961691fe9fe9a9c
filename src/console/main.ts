import { readFileSync } from "node:fs";
import { url as debuggerUrl } from "node:inspector";
import { homedir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { defined } from "../base/defined";
import { digestOf } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { fieldsOf } from "../base/json";
import { composeConsole } from "./compose";
import { type ChangeAttempt, changeAttempts, LOADER_FILES } from "./fixedRegistries";
import { batched, consoleLog, type Logger } from "./log";
import { mountedLogin, mountedSecret } from "./mountedSecrets";
import { endSignal, startServer } from "./server";
import { type BuiltSettings, readSettings, settingsDigest } from "./settings";
import { makeTelemetry } from "./telemetry";

/** Constants that the build puts into the bundle: JSON of the settings, the program's own digest, its version. */
declare const CONSOLE_SETTINGS: string;
declare const CONSOLE_PROGRAM: string;
declare const CONSOLE_VERSION: string;

/**
 * Half the memory for some speed: SQLite's WebAssembly is compiled once and simply (50 MB less), and garbage is collected
 * when the heap has grown by 60 in a hundred instead of by several times, which many readers at once would fill. Both are
 * read by V8 whenever it compiles or collects. An option on the command line would be refused, as every one is.
 */
const MEMORY_FLAGS = ["--liftoff-only", "--heap-growing-percent=60"] as const;

/** Starts the console that was built. @returns the code to end with */
async function main(log: Logger): Promise<number> {
  for (const flag of MEMORY_FLAGS) setFlagsFromString(flag);
  const settings = readSettings(JSON.parse(CONSOLE_SETTINGS));
  const [, digest = ""] = CONSOLE_PROGRAM.split("=");
  const hosts = [settings.registries.secure.loginServer, settings.registries.standard.loginServer];
  const { attempts, program } = look(digest, hosts);
  for (const { what, outcome, why } of attempts) {
    if (outcome === "refused") log.error({ what, why }, "refused: it could change the registries");
    else log.warn({ what, why }, "without effect");
  }
  if (attempts.some(({ outcome }) => outcome === "refused")) return 2;
  return run(settings, program, log);
}

/** What tries to change the registries, and the digest of the program's file, whose text is held no longer than that. */
function look(digest: string, hosts: readonly string[]): { attempts: ChangeAttempt[]; program: string } {
  const text = readFileSync(__filename, "utf8");
  const attempts = changeAttempts({
    ...{ env: process.env, args: process.argv.slice(2), execArgv: process.execArgv, debuggerUrl: debuggerUrl() },
    ...{ program: { text, digest }, loaderFiles: loaderFiles(), logins: otherLogins(), hosts },
  });
  return { attempts, program: digestOf(Buffer.from(text)) };
}

async function run(settings: BuiltSettings, program: string, log: Logger): Promise<number> {
  const version = CONSOLE_VERSION;
  const { stage, secrets, registries, usernames = {} } = settings;
  const connectionString = await mountedSecret(secrets, "applicationinsights-connection-string");
  const telemetry = makeTelemetry({ env: process.env, stage, version, ...defined({ connectionString }) });
  const credentials = {
    secure: mountedLogin(secrets, "secure", usernames.secure),
    standard: mountedLogin(secrets, "standard", usernames.standard),
  };
  let ending = false;
  const console = await composeConsole({ settings, credentials, telemetry, log, version, isEnding: () => ending });
  const server = await startServer({ app: console.app, port: settings.port });
  log.info(
    {
      ...{ stage, port: server.port, version, settings: settingsDigest(settings), program },
      ...{ secure: registries.secure.loginServer, standard: registries.standard.loginServer },
    },
    "listening",
  );
  const signal = await endSignal();
  ending = true;
  log.info({ signal }, "ending");
  await server.stop();
  await console.close();
  await telemetry.shutdown();
  return 0;
}

function loaderFiles() {
  return LOADER_FILES.flatMap((file) => {
    try {
      return [{ file, text: readFileSync(file, "utf8") }];
    } catch (error) {
      // One that is there and cannot be read by this user is not read by its Node either.
      if (error instanceof Error) return [];
      throw error;
    }
  });
}

/** Logins of other programs, where a container has them; what cannot be read is none. */
function otherLogins() {
  return [join(homedir(), ".docker/config.json"), join(homedir(), ".config/containers/auth.json")].flatMap((file) => {
    try {
      const content = fieldsOf(JSON.parse(readFileSync(file, "utf8")));
      const hosts = [...Object.keys(fieldsOf(content["auths"])), ...Object.keys(fieldsOf(content["credHelpers"]))];
      return [{ file, hosts }];
    } catch {
      return [];
    }
  });
}

const log = consoleLog(batched((text) => void process.stderr.write(text)));
main(log)
  .catch((error: unknown) => {
    if (error instanceof DualRegistryError) log.fatal({ code: error.code }, error.message);
    else log.fatal({ err: error }, "the console cannot start");
    return error instanceof DualRegistryError ? error.exitCode : 1;
  })
  .then((code) => {
    process.exitCode = code;
  })
  .catch(() => undefined);
