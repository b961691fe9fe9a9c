import { quoted } from "../../boundedFile";
import { DualRegistryError } from "../../errors";
import { readOutputs } from "../../outputs/readOutputs";
import type { StageOutputs } from "../../outputs/stageOutputs";
import { CONTROLS } from "../catalogue";
import type { Compliance } from "../report";
import { cleanStage } from "./clean";
import type { StageSource } from "./model";
import { stagePart } from "./stagePart";

const AGAIN = "run `pulumi up` with this version of the program, and write its outputs again";

const invalid = (message: string) => new DualRegistryError("CONFIG_INVALID", message);

/** Controls that the file says nothing of: it is of another version, and silence is no pass. */
function checkWhole({ controls }: Compliance, name: string): void {
  const missing = CONTROLS.filter(({ id }) => !Object.hasOwn(controls, id)).map(({ id }) => id);
  if (missing.length > 0) throw invalid(`${name}: compliance.controls: missing ${missing.join(", ")}; ${AGAIN}`);
  const empty = CONTROLS.filter(({ id }) => controls[id]?.findings.length === 0).map(({ id }) => id);
  if (empty.length > 0) {
    throw invalid(`${name}: compliance.controls: no finding for ${empty.join(", ")}; allowed: at least one; ${AGAIN}`);
  }
}

/**
 * A stage's part of a report from its decoded outputs.
 *
 * @param name names the file, for messages
 * @throws DualRegistryError CONFIG_INVALID where the outputs hold no evaluation, or not a whole one
 */
export function stageOfOutputs(outputs: StageOutputs, name: string): StageSource {
  const { compliance } = outputs;
  if (compliance === undefined) throw invalid(`${name}: compliance: missing; ${AGAIN}`);
  checkWhole(compliance, name);
  return { ...cleanStage(stagePart({ ...outputs, compliance })), source: "outputs" };
}

/** What outputs must be of, where that is said. */
export interface Wanted {
  /** The project's product; absent where it is run beside no project. */
  product?: string;
  /** Absent: any stage. */
  stages?: readonly string[];
}

/**
 * Reads files of outputs (`-` for standard input), each of another stage of one product.
 *
 * @throws DualRegistryError CONFIG_INVALID for a file that is not such outputs, or of another product or stage; USAGE
 *   for one that cannot be read
 */
export function readOutputsFiles(files: readonly string[], wanted: Wanted = {}): StageSource[] {
  const stages: StageSource[] = [];
  for (const file of files) {
    const name = file === "-" ? "standard input" : quoted(file);
    const stage = stageOfOutputs(readOutputs(file), name);
    const product = wanted.product ?? stages[0]?.product ?? stage.product;
    const of = `${name}: outputs of ${quoted(stage.product)}, ${stage.stage}`;
    if (stage.product !== product) {
      throw invalid(
        `${of}; allowed: outputs of ${quoted(product)}; run it in that project's folder, or give --project`,
      );
    }
    if (wanted.stages?.includes(stage.stage) === false) {
      throw invalid(`${of}; allowed: ${wanted.stages.join(", ")}, as --stage says`);
    }
    if (stages.some((one) => one.stage === stage.stage)) throw invalid(`${of}; allowed: each stage once`);
    stages.push(stage);
  }
  return stages;
}
