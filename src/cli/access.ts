import type { Command } from "@commander-js/extra-typings";
import { readDeployed, readLogins, renderReview, review, type Reviewed, type ReviewInput } from "../access";
import { azureAccount, type AzureAccount, cloudOf, logAsker } from "../azure";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { quoted } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { parseRegistryId } from "../domain/plan/names";
import { readOutputs, type RegistryOutput, type StageOutputs } from "../outputs";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { daysOf, formatOption, outputsOption } from "./options";

const EXITS = `
Credentials: Azure's, by OIDC in a workflow, a machine's own, or "az login".
Exit codes: 0 as the matrix says, 1 a difference, 2 wrong usage, configuration, login, or no answer`;

const declare = (command: Command) =>
  command
    .requiredOption("--stage <stage>", "the stage under review; the outputs of another one are refused")
    .addOption(outputsOption())
    .option("--others <file...>", "outputs of other stages: the next one's promotion reads from this one")
    .option(
      "--stale-days <days>",
      "days without a login after which a token is listed as stale",
      daysOf("--stale-days"),
      90,
    )
    .addOption(formatOption("table", "json", "markdown"))
    .addHelpText("after", EXITS);

export type ReviewOptions = OptionsOf<typeof declare>;

export const accessReview = defineCommand(declare, (options, io) => runReview(options, io));

/**
 * Compares who may do what at the stage's registries with its access matrix.
 *
 * @param account who asks Azure. Default: the identity of this process
 * @returns 0, or 1 where anything differs
 * @throws DualRegistryError with exit code 2 where anything cannot be read: a part is no review
 */
export async function runReview(options: ReviewOptions, io: Io, account?: AzureAccount): Promise<ExitCode> {
  const facts = readFacts(options, io);
  const result = review(facts, await readAll(facts, account).catch(notReviewed));
  io.stdout.write(renderReview(result, options.format));
  return result.differences > 0 ? 1 : 0;
}

/** Exit code 1 says "different": what cannot be read is another thing. */
function notReviewed(error: unknown): never {
  if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
  throw new DualRegistryError("REGISTRY_UNAVAILABLE", `Nothing was compared: ${error.message}`, { cause: error });
}

function readFacts({ stage, outputs: file, others = [], staleDays }: ReviewOptions, io: Io): ReviewInput {
  const outputs = readOutputs(file);
  if (outputs.stage !== stage) {
    throw invalid(`--stage ${quoted(stage)}: the outputs are those of ${outputs.stage}; give those of the stage`);
  }
  if (outputs.access === undefined) {
    throw invalid(`${quoted(file)} holds no access matrix; run \`pulumi up\` with this version, and write it again`);
  }
  return {
    outputs,
    others: others.map((one) => readOther(one, outputs)),
    staleDays,
    now: io.now(),
  };
}

/** Outputs of another product could excuse what is nobody's right here. */
function readOther(file: string, { stage, product }: StageOutputs): StageOutputs {
  const other = readOutputs(file);
  if (other.product === product && other.stage !== stage) return other;
  const given = `--others ${quoted(file)}: outputs of ${quoted(other.product)}, ${other.stage}`;
  throw invalid(`${given}; allowed: other stages of ${quoted(product)}`);
}

const invalid = (message: string) => new DualRegistryError("CONFIG_INVALID", message);

async function readAll(
  { outputs, staleDays, now }: ReviewInput,
  account?: AzureAccount,
): Promise<Map<ImageClass, Reviewed>> {
  const held = IMAGE_CLASSES.filter((imageClass) => outputs.registries[imageClass].id !== undefined);
  const azure = account ?? azureAccount();
  const all = new Map<ImageClass, Reviewed>();
  for (const imageClass of held) {
    const reviewed = reviewedRegistry(outputs.registries[imageClass]);
    const cloud = cloudOf(outputs.registries[imageClass].loginServer);
    const deployed = await readDeployed(reviewed, azure, cloud);
    const { workspaceId } = outputs.logging;
    if (workspaceId === undefined) all.set(imageClass, { deployed });
    else {
      const asker = logAsker(azure, cloud);
      const since = { now, days: staleDays };
      const logins = await readLogins(asker, workspaceId, reviewed.id, since);
      all.set(imageClass, { deployed, logins });
    }
  }
  return all;
}

function reviewedRegistry({ id = "", class: imageClass }: RegistryOutput) {
  const parts = parseRegistryId(id);
  if (parts) return { class: imageClass, id, parts };
  throw invalid(`registries.${imageClass}.id: ${quoted(id)} is no ARM id of a registry; run \`pulumi up\` again`);
}
