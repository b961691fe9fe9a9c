import { readLogins } from "../access/compare";
import { readDeployed } from "../access/deployedAccess";
import { renderReview, review, type Reviewed, type ReviewFacts, type ReviewFormat } from "../access/review";
import { azureAccount, type AzureAccount, cloudOf } from "../azure/account";
import { logAsker } from "../azure/logQuery";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { quoted } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { parseRegistryId } from "../domain/plan/names";
import { readOutputs } from "../outputs/readOutputs";
import type { RegistryOutput, StageOutputs } from "../outputs/stageOutputs";
import type { Surroundings } from "./previewRun";

export interface ReviewOptions {
  stage: string;
  outputs: string;
  others?: string[];
  staleDays: string;
  format: ReviewFormat;
}

/**
 * Compares who may do what at the stage's registries with its access matrix.
 *
 * @param account who asks Azure. Default: the identity of this process
 * @returns 0, or 1 where anything differs
 * @throws DualRegistryError with exit code 2 where anything cannot be read: a part is no review
 */
export async function runReview(
  options: ReviewOptions,
  around: Surroundings,
  account?: AzureAccount,
): Promise<ExitCode> {
  const facts = readFacts(options);
  const found = review(facts, await readAll(facts, account).catch(notReviewed));
  around.stdout.write(renderReview(found, options.format));
  return found.differences > 0 ? 1 : 0;
}

/** Exit code 1 says "different": what cannot be read is another thing. */
function notReviewed(error: unknown): never {
  if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
  throw new DualRegistryError("REGISTRY_UNAVAILABLE", `Nothing was compared: ${error.message}`, { cause: error });
}

function readFacts({ stage, outputs: file, others = [], staleDays }: ReviewOptions): ReviewFacts {
  const outputs = readOutputs(file);
  if (outputs.stage !== stage) {
    throw invalid(`--stage ${quoted(stage)}: the outputs are those of ${outputs.stage}; give those of the stage`);
  }
  if (outputs.access === undefined) {
    throw invalid(`${quoted(file)} holds no access matrix; run \`pulumi up\` with this version, and write it again`);
  }
  if (!/^[1-9]\d{0,2}$/.test(staleDays)) {
    throw new DualRegistryError("USAGE", `--stale-days ${quoted(staleDays)}: allowed: 1 to 999`);
  }
  return {
    outputs,
    others: others.map((one) => readOther(one, outputs)),
    staleDays: Number(staleDays),
    now: new Date(),
  };
}

/** Outputs of another product could excuse what is nobody's right here. */
function readOther(file: string, { stage, product }: StageOutputs): StageOutputs {
  const other = readOutputs(file);
  if (other.product === product && other.stage !== stage) return other;
  const told = `--others ${quoted(file)}: outputs of ${quoted(other.product)}, ${other.stage}`;
  throw invalid(`${told}; allowed: other stages of ${quoted(product)}`);
}

const invalid = (message: string) => new DualRegistryError("CONFIG_INVALID", message);

async function readAll(
  { outputs, staleDays, now }: ReviewFacts,
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
    const asked = { now, days: staleDays };
    const logins =
      workspaceId === undefined ? undefined : await readLogins(logAsker(azure, cloud), workspaceId, reviewed.id, asked);
    all.set(imageClass, { deployed, ...(logins && { logins }) });
  }
  return all;
}

function reviewedRegistry({ id = "", class: imageClass }: RegistryOutput) {
  const parts = parseRegistryId(id);
  if (parts) return { class: imageClass, id, parts };
  throw invalid(`registries.${imageClass}.id: ${quoted(id)} is no ARM id of a registry; run \`pulumi up\` again`);
}
