import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { SIGN_OFF_DAYS } from "../../domain/flow/judgeApprovals";
import { type BuildSignOffs, buildSignOffsOf, type SignOffs, signOffsOf } from "../../domain/flow/signOffs";
import { readStep } from "../../github/readStep";
import { PREDICATES } from "../../images/recordSchemas";
import { commitStatementOf, statementOf } from "../../images/records";
import { defineCommand, type OptionsOf } from "../command";
import { releaseTools } from "../image/context";
import type { Io } from "../io";
import { formatOption, type SignerOptions, withSignerOptions } from "../options";
import { openAskedStep, questionOf } from "./context";
import { withFlowOptions, withStepOptions } from "./options";
import { signOffsMarkdown, stepJson, stepText } from "./stepReport";

const daysOption = () =>
  new Option("--days <number>", `how long the files are good for, at most ${SIGN_OFF_DAYS.most}`)
    .default(SIGN_OFF_DAYS.usual)
    .argParser((text): number => {
      const days = Number(text);
      if (Number.isInteger(days) && days >= 1 && days <= SIGN_OFF_DAYS.most) return days;
      throw new InvalidArgumentError(`allowed: a whole number from 1 to ${SIGN_OFF_DAYS.most}`);
    });

const declare = (command: Command) =>
  withFlowOptions(
    withStepOptions(
      withSignerOptions(
        command
          .argument("<tag>", "such as v0.0.1-uat")
          .option(
            "--out <folder>",
            "write signed files there: one for each image, for dualreg image promote --sign-offs, and _build.json of the " +
              "commit, for dualreg image publish --sign-offs",
          )
          .addOption(daysOption()),
      ),
    ),
  ).addOption(formatOption("text", "json", "markdown"));

export type SignOffsOptions = OptionsOf<typeof declare>;

/**
 * Prints who signed a tag off, when, for which commit and digests; with a signer also writes it as signed files, which
 * `dualreg image promote --sign-offs` takes.
 *
 * @returns 0, or 1 where the tag is not signed off; then nothing is signed either
 */
async function run(tag: string, options: SignOffsOptions, io: Io): Promise<ExitCode> {
  const { step, rules, github } = await openAskedStep(tag, options, io);
  const read = await readStep(github, questionOf(step, rules, options));
  const { verdict, facts } = read;
  const { format } = options;
  const text =
    format === "json"
      ? formatJson(stepJson(read, io.now()))
      : (format === "markdown" ? signOffsMarkdown : stepText)(read);
  if (verdict.legal && verdict.request && options.out !== undefined) {
    const [now, { days }] = [io.now(), options];
    const images = signOffsOf(facts, verdict.request, now, days);
    // Approvers of a break-glass were asked about images that stand, and about nothing that is built.
    const past = verdict.request.candidate.breakGlass !== undefined;
    const build = past ? undefined : buildSignOffsOf(facts, verdict.request, now, days);
    await writeSigned({ images, ...defined({ build }) }, options.out, options, io);
  }
  io.stdout.write(text);
  return verdict.legal ? 0 : 1;
}

export const signOffs = defineCommand(declare, run);

/** No repository begins with an underscore, so no image's file is called so. */
const BUILD_FILE = "_build.json";

/** Writes each as a Sigstore bundle: `<out>/orders-api.json` for an image, `<out>/_build.json` for what is built. */
async function writeSigned(
  { images, build }: { images: readonly SignOffs[]; build?: BuildSignOffs },
  out: string,
  options: SignerOptions,
  io: Io,
) {
  const { signer } = await releaseTools(options, io);
  if (!signer) {
    throw new DualRegistryError(
      "USAGE",
      "--out needs a signer, since unsigned sign-offs are refused: --key or --keyless",
    );
  }
  mkdirSync(out, { recursive: true });
  const write = async (name: string, statement: Buffer) => {
    const file = join(out, name);
    writeFileSync(file, await signer.signStatement(statement));
    io.stderr.write(`${file}: signed by ${signer.name}\n`);
  };
  const names = new Set<string>();
  for (const each of images) {
    const statement = statementOf(each.digest, each.repository, PREDICATES.signOffs, each);
    let name = each.repository.replaceAll("/", "-");
    // orders/api and orders-api are two images; readers go by what a file says.
    while (names.has(name)) name += "+";
    names.add(name);
    await write(`${name}.json`, statement);
  }
  if (build) await write(BUILD_FILE, commitStatementOf(build.commit, build.tag, PREDICATES.buildSignOffs, build));
}
