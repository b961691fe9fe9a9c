import type { ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { destinationOf } from "../../images/registries";
import { verifyReport, type VerifyReport } from "../../images/verifyReport";
import { readOutputs } from "../../outputs/readOutputs";
import type { Surroundings } from "../previewRun";
import { readImageName, verifierOf, withRegistries } from "./context";
import type { ResultFormat, TrustOptions } from "./options";

export interface VerifyOptions extends TrustOptions {
  outputs: string;
  format: ResultFormat;
}

/** Verifies an image and prints the reasons. @returns 0, or 1 where something is wrong */
export async function runVerify(name: string, options: VerifyOptions, around: Surroundings): Promise<ExitCode> {
  const outputs = readOutputs(options.outputs);
  const { image, reference } = readImageName(name, outputs);
  return withRegistries(around, async (registries) => {
    const destination = destinationOf(outputs, image, registries);
    const report = await verifyReport(destination, reference, { verifier: verifierOf(options), now: new Date() });
    around.stdout.write(options.format === "json" ? formatJson(report) : verifyText(report));
    return report.verdict === "ok" ? 0 : 1;
  });
}

function verifyText({ image, digest, verdict, checks }: VerifyReport): string {
  const width = Math.max(...checks.map(({ check }) => check.length));
  const lines = checks.map(
    ({ check, state, why }) => `  ${state.padEnd(8)} ${check.padEnd(width)}  ${why.replaceAll("\n", "; ")}`,
  );
  return [`${verdict.toUpperCase()} ${image}@${digest}`, ...lines, ""].join("\n");
}
