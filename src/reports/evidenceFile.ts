import type { z } from "zod";
import { reportProblems } from "../base/decode/problems";
import { salvage } from "../base/decode/salvage";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { parseJson } from "../base/json";
import { quoted } from "../base/text/quote";
import { CLOCK_SKEW, DAY_MS } from "../base/time";

/** Bytes of the largest file of evidence that is read. */
const MAX_EVIDENCE = 16 * 1024 * 1024;

/**
 * Reads what a command looked at, as evidence of what stands: of the last day, since it says nothing of today any more
 * after it.
 *
 * @param time the field with the moment of looking, and `command` what wrote the file, for messages
 * @throws DualRegistryError USAGE for what cannot be read, CONFIG_INVALID for what no such command wrote, or an old one
 */
export function readEvidence<Time extends string, Evidence extends Readonly<Record<Time, string>>>(
  file: string,
  schema: z.ZodType<Evidence>,
  { now, time, command }: { now: Date; time: Time; command: string },
): Evidence {
  const name = file === "-" ? "standard input" : quoted(file);
  const bytes = readBounded(file, MAX_EVIDENCE, "CONFIG_INVALID");
  let json: unknown;
  try {
    json = parseJson(bytes, name);
  } catch (cause) {
    const why = cause instanceof DualRegistryError ? cause.message : `${name}: unreadable`;
    throw invalid(`${why}; give what \`${command}\` wrote`);
  }
  const { value, problems } = salvage(schema, json, "", name);
  if (problems.length > 0 || !value) throw invalid(reportProblems(problems.slice(0, 50)));
  const at = value[time];
  const age = now.getTime() - Date.parse(at);
  if (age <= DAY_MS && age >= -CLOCK_SKEW) return value;
  throw invalid(`${name}: ${time}: ${at}; allowed: the last 24 hours before ${now.toISOString()}`);
}

const invalid = (message: string) => new DualRegistryError("CONFIG_INVALID", message);
