import type { Command } from "@commander-js/extra-typings";
import type { Digest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { parseReference } from "../../base/reference";
import { timeText } from "../../base/text/units";
import { runTransaction, type Transaction } from "../../images/phases";
import { deleteTiny, pullTiny, pushTiny, tinyImage } from "../../images/smoke";
import type { ImageTarget, RegistrySession } from "../../oci";
import { defineCommand, type OptionsOf } from "../command";
import { withRegistries } from "../image/context";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";
import { runSmokeAs } from "./smokeAs";

const declare = (command: Command) =>
  command
    .argument("[repository]", "host/path that may be pushed to, such as registry.example.com/smoke")
    .option("--stage <stage>", "instead: the stage whose access matrix is tried out")
    .option(
      "--as <who>",
      "with --stage: the identity (its name or client id) or token that this process is logged in as",
    )
    .option("--outputs <file>", "with --stage: pulumi stack output --json (- for standard input)")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

export type SmokeOptions = OptionsOf<typeof declare>;

const QUIET = { total: () => undefined, bytes: () => undefined, note: () => undefined };

/** Pushes an image of a few bytes, pulls it and takes it away again. */
function smokeTest(session: RegistrySession, target: ImageTarget): Transaction<Digest> {
  const image = tinyImage();
  return {
    phases: ["login", "push", "pull and compare", "delete"],
    run: async (phase) => {
      await phase("login", () => session.ping());
      await phase("push", () => pushTiny(target, image));
      await phase("pull and compare", () => pullTiny(target, image));
      await phase("delete", () => deleteTiny(target, image));
      return image.manifest.digest;
    },
  };
}

/**
 * Runs the smoke test and says how long each part took; a part that fails ends it with the reason.
 *
 * @param text `host/path`, which may do everything; absent where an identity's rights are tried out
 */
async function run(text: string | undefined, options: SmokeOptions, io: Io): Promise<ExitCode> {
  const { as, stage, outputs, format } = options;
  if (as !== undefined && stage !== undefined && outputs !== undefined && text === undefined) {
    return runSmokeAs({ as, stage, outputs, format }, io);
  }
  if (text === undefined || as !== undefined || stage !== undefined || outputs !== undefined) {
    const either = "name a repository (host/path), or --stage, --as and --outputs";
    throw new DualRegistryError("USAGE", `registry smoke: ${either}, not a part of both`);
  }
  const { host, repository } = parseReference(text);
  return withRegistries<ExitCode>(io, async (registries) => {
    const session = registries.session(host);
    const target = session.repository(repository);
    const listener = { begin: () => QUIET, end: () => undefined };
    const { result: digest, times: phases } = await runTransaction(smokeTest(session, target), listener);
    const result = { repository: target.name, digest, phases };
    printResult(io, format, result, () => {
      const times = phases.map(({ phase, milliseconds }) => `${phase} ${timeText(milliseconds)}`);
      return `${target.name}: ${times.join(", ")}\n`;
    });
    return 0;
  });
}

export const smoke = defineCommand(declare, run);
