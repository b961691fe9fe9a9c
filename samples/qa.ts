import { Command, Option } from "@commander-js/extra-typings";
import type { AzureAccount } from "../src/azure";
import { defined } from "../src/base/defined";
import { DualRegistryError, type ExitCode } from "../src/base/errors";
import { readBounded } from "../src/base/file";
import { quoted } from "../src/base/text/quote";
import { type Io, processIo } from "../src/cli/io";
import { refusePlainText } from "../src/oci";
import { findTool } from "../test/support/registries";
import type { QaConsole } from "./qa/evidence";
import { startLocalStage } from "./qa/localStage";
import { printedReport, type QaReport, REPORT_FORMATS } from "./qa/report";
import { type QaRun, runQa } from "./qa/runQa";
import { runProgram, type Say, sayTo } from "./stage/program";

const MORE = `
Without an option it starts two registries and a console on this machine, publishes a signed image to each, pulls both, and
checks what QA validates. With --outputs it checks a stage from what is given, and says what it did not look at.
Exit codes: 0 no check failed, 1 one did, 2 wrong usage, an unreadable file or a missing tool`;

const MAX_TOKEN = 16 * 1024;

const declare = () =>
  new Command("qa")
    .description("Checks of a stage where images were pulled from, the log of that, and the labels page")
    .option("--outputs <file>", "the stage's outputs: pulumi stack output --json")
    .option("--pull-log <file>", "what dualreg pulls log wrote of the stage")
    .option("--registry-log <file>", "what its registries recorded: envelopes of notifications, or Harbor's audit log")
    .option("--workspace", "ask the stage's Log Analytics workspace for the pulls of its registries")
    .option("--offline", "ask no registry which digests it holds: an identity alone proves a pull then")
    .option("--console <url>", "the stage's console")
    .option("--console-token-file <file>", "a file with a token of the console")
    .addOption(
      new Option("--format <format>", "how to print the report").choices(REPORT_FORMATS).default("markdown" as const),
    )
    .addHelpText("after", MORE);
type Options = ReturnType<ReturnType<typeof declare>["opts"]>;

const usage = (text: string) => new DualRegistryError("USAGE", text);

function consoleOf({ console: url, consoleTokenFile }: Options): QaConsole | undefined {
  if (url === undefined) {
    if (consoleTokenFile === undefined) return undefined;
    throw usage("--console-token-file: there is no console to show it to; give --console");
  }
  if (!URL.canParse(url))
    throw usage(`--console ${quoted(url)}: allowed: an address such as https://console.example.com`);
  const address = new URL(url);
  refusePlainText(address);
  const { origin } = address;
  if (consoleTokenFile === undefined) return { url: origin };
  const token = readBounded(consoleTokenFile, MAX_TOKEN).toString("utf8").trim();
  if (/^[\x21-\x7e]+$/.test(token)) return { url: origin, token };
  throw usage(`--console-token-file ${quoted(consoleTokenFile)}: allowed: one token on one line`);
}

/** Checks the stage whose files are given. */
function givenStage(options: Options, console: QaConsole | undefined, run: Omit<QaRun, "evidence" | "against">) {
  const { outputs, pullLog, registryLog, workspace, offline } = options;
  if (outputs === undefined) throw usage("Whose stage? Give --outputs, or no option for one on this machine");
  const evidence = { outputs, ...defined({ pullLog, registryLog, workspace, offline, console }) };
  return runQa({ evidence, against: "from the logs and the console that were given", ...run });
}

/** Checks a stage on this machine. */
async function ownStage(io: Io, say: Say): Promise<QaReport> {
  const missing = ["docker-registry", "skopeo"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) throw usage(`A stage on this machine needs ${missing.join(", ")}: run npm run setup`);
  const stage = await startLocalStage(say);
  try {
    const against = `two registries on this machine, pulled from by ${stage.runtime}`;
    return await runQa({ evidence: stage.evidence, against, env: {}, now: io.now, say });
  } finally {
    await stage.stop();
  }
}

/**
 * `npm run qa [-- --outputs FILE ...]`: prints the report on standard output, what it does on standard error.
 *
 * @param account who asks Azure. Default: the login of this machine
 * @returns 0 no check failed, 1 one did, 2 wrong usage, an unreadable file or a missing tool
 */
export function qa(args: readonly string[], io: Io, account?: AzureAccount): Promise<ExitCode> {
  const say = sayTo(io);
  return runProgram(declare(), args, io, async (options) => {
    const console = consoleOf(options);
    const { format, ...given } = options;
    const isOwn = Object.keys(given).length === 0;
    const run = { env: io.env, now: io.now, say, ...defined({ account }) };
    const report = isOwn ? await ownStage(io, say) : await givenStage(options, console, run);
    io.stdout.write(printedReport(report, format));
    return report.result === "ok" ? 0 : 1;
  });
}

if (require.main === module) {
  void qa(process.argv.slice(2), processIo()).then((code) => (process.exitCode = code));
}
