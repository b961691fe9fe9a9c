import type { Command } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { parseDigest } from "../../base/digest";
import type { ExitCode } from "../../base/errors";
import { destinationOf } from "../../images/registries";
import { verifyReport, type VerifyReport } from "../../images/verifyReport";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, outputsOption, printResult, REGISTRY_EXITS, trustedRootOption } from "../options";
import { readStageOutputs } from "../stageOutputs";
import { readImageName, verifierOf, withRegistries } from "./context";

const declare = (command: Command) =>
  command
    .argument("<image>", "a repository of the map with a tag or digest, such as orders/api:v1.2.3")
    .addOption(outputsOption())
    .option("--digest <digest>", "what its tag must stand for")
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

/** Verifies an image and prints the reasons. @returns 0, or 1 where something is wrong */
async function run(name: string, options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const outputs = readStageOutputs(options.outputs, io, (read) => [readImageName(name, read).image.class]);
  const { image, reference } = readImageName(name, outputs);
  const wanted = options.digest === undefined ? undefined : parseDigest(options.digest, "--digest");
  return withRegistries(io, async (registries) => {
    const destination = destinationOf(outputs, image, registries);
    const how = { verifier: verifierOf(options), now: io.now(), ...defined({ wanted }) };
    const report = await verifyReport(destination, reference, how);
    printResult(io, options.format, report, verifyText);
    return report.verdict === "ok" ? 0 : 1;
  });
}

export const verify = defineCommand(declare, run);

function verifyText({ image, digest, verdict, checks }: VerifyReport): string {
  const width = Math.max(...checks.map(({ check }) => check.length));
  const lines = checks.map(
    ({ check, state, why }) => `  ${state.padEnd(8)} ${check.padEnd(width)}  ${why.replaceAll("\n", "; ")}`,
  );
  return [`${verdict.toUpperCase()} ${image}@${digest}`, ...lines, ""].join("\n");
}
