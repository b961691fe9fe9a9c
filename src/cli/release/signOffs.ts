import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { type SignOffs, signOffsOf } from "../../domain/flow/signOffs";
import { readStep } from "../../github/readStep";
import { statementOf } from "../../images/records";
import { PREDICATES } from "../../images/recordSchemas";
import { releaseTools } from "../image/context";
import type { SignerOptions } from "../image/options";
import type { Surroundings } from "../previewRun";
import type { StepOptions } from "./options";
import { questionOf, readFlowFacts, signOffsMarkdown, stepFrom, stepJson, stepText } from "./stepReport";

/** What the user asked for. */
export interface SignOffsOptions extends Omit<StepOptions, "format">, SignerOptions {
  /** A folder for the signed files, one for each image. */
  out?: string;
  format: "text" | "json" | "markdown";
}

/**
 * Prints who signed a tag off, when, for which commit and digests; with a signer also writes it as signed files, which
 * `dualreg image promote --sign-offs` takes.
 *
 * @returns 0, or 1 where the tag is not signed off; then nothing is signed either
 */
export async function runSignOffs(tag: string, options: SignOffsOptions, around: Surroundings): Promise<ExitCode> {
  const step = stepFrom(tag, options);
  const flow = { ...options, format: "json" } as const;
  const { rules, github } = readFlowFacts(step.to, flow, around);
  const read = await readStep(github, questionOf(step, rules, flow));
  const { verdict, facts } = read;
  const { format } = options;
  const text =
    format === "json" ? formatJson(stepJson(read)) : (format === "markdown" ? signOffsMarkdown : stepText)(read);
  if (verdict.legal && verdict.request && options.out !== undefined) {
    await writeSigned(signOffsOf(facts, verdict.request), options.out, options, around);
  }
  around.stdout.write(text);
  return verdict.legal ? 0 : 1;
}

/** Writes each as a Sigstore bundle: `<out>/orders-api.json`. */
async function writeSigned(all: readonly SignOffs[], out: string, options: SignerOptions, around: Surroundings) {
  const { signer } = await releaseTools(options, around);
  if (!signer) {
    throw new DualRegistryError(
      "USAGE",
      "--out needs a signer, since unsigned sign-offs are refused: --key or --keyless",
    );
  }
  mkdirSync(out, { recursive: true });
  for (const signOffs of all) {
    const statement = statementOf(signOffs.digest, signOffs.repository, PREDICATES.signOffs, signOffs);
    const file = join(out, `${signOffs.repository.replaceAll("/", "-")}.json`);
    writeFileSync(file, await signer.signStatement(statement));
    around.stderr.write(`${file}: signed by ${signer.name}\n`);
  }
}
