import { z } from "zod";
import { fieldsOf, parseJson, quoted, readBounded } from "../../boundedFile";
import { useMessages } from "../../config/messages";
import { reportProblems } from "../../config/problem";
import { salvage } from "../../config/salvage";
import { DualRegistryError } from "../../errors";
import type { Former } from "./changes";
import { cleanStage } from "./clean";
import { REPORT_NAME } from "./model";
import { formerStageSchema, stagePart } from "./stagePart";

/** Bytes of the largest former report that is read. */
export const MAX_REPORT = 64 * 1024 * 1024;

const PROBLEMS_SHOWN = 50;

const formerReport = z.object({
  report: z.literal(REPORT_NAME),
  version: z.literal(1),
  asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "allowed: a day, such as 2026-11-01"),
  stages: z.array(formerStageSchema).max(10_000),
});

/** What of outputs is compared; other fields may be of an older version of the program. */
const formerOutputs = z.object({
  version: z.literal(1),
  product: z.string().max(1000),
  stage: z.string(),
  registries: z.object({ secure: z.unknown(), standard: z.unknown() }),
  compliance: z.unknown(),
});

/** A report begins by saying that it is one; anything else is taken for outputs. */
function decode(json: unknown, name: string): Former {
  if ("report" in fieldsOf(json)) {
    const { value, problems } = salvage(formerReport, json, "", name);
    if (problems.length === 0 && value) return { asOf: value.asOf, stages: value.stages.map(cleanStage) };
    throw refused(problems);
  }
  const outputs = salvage(formerOutputs, json, "", name);
  if (outputs.problems.length > 0 || !outputs.value) throw refused(outputs.problems);
  const { product, stage, registries, compliance } = outputs.value;
  const raw = { product, stage, registries: [registries.secure, registries.standard], compliance };
  const { value, problems } = salvage(formerStageSchema, raw, "", name);
  if (problems.length > 0 || !value) throw refused(problems);
  const [secure, standard] = value.registries;
  if (!secure || !standard) throw refused([]);
  return { stages: [cleanStage(stagePart({ ...value, registries: { secure, standard } }))] };
}

/**
 * Reads what a report is compared with: a former JSON report, or a former outputs file. Both may be of another version
 * of the program: controls that are gone or new are changes.
 *
 * @throws DualRegistryError USAGE for what cannot be read, CONFIG_INVALID for what is neither
 */
export function readFormer(file: string): Former {
  useMessages();
  const name = file === "-" ? "standard input" : quoted(file);
  const bytes = readBounded(file, MAX_REPORT, "CONFIG_INVALID");
  let json: unknown;
  try {
    json = parseJson(bytes, name);
  } catch (cause) {
    const why = cause instanceof DualRegistryError ? cause.message : `${name}: unreadable`;
    const write = "give what `dualreg compliance --format json` or `pulumi stack output --json` wrote";
    throw new DualRegistryError("CONFIG_INVALID", `${why}; ${write}`, { cause });
  }
  return decode(json, name);
}

type Problems = Parameters<typeof reportProblems>[0];

function refused(problems: Problems): DualRegistryError {
  return new DualRegistryError("CONFIG_INVALID", reportProblems(problems.slice(0, PROBLEMS_SHOWN)));
}
