import { z } from "zod";
import { type Problem, showValue } from "../base/decode/problems";
import { closed, text, whole } from "../base/decode/wording";
import { controlOf } from "../controls/catalogue";
import { type ComplianceSettings, defaultAuditYears, LEVELS, SCOPES, type Waiver } from "../domain/plan/stageConfig";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project/rawConfig";
import type { KeyReader } from "./keyReader";

/** True for a day that the calendar has. */
function isDay(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

const DAY = "allowed: a day, such as 2027-03-31";
/** A day that stands unquoted in YAML comes as the text the engine makes of a date. */
const day = z.preprocess(
  (value) => (typeof value === "string" ? value.replace(/ 00:00:00 \+0000 UTC$/, "") : value),
  z
    .string(DAY)
    .regex(/^\d{4}-\d{2}-\d{2}$/, DAY)
    .refine(isDay, DAY),
);

const CONTROL = "allowed: a control's id, such as tokens-off; docs/compliance.md lists them";
const control = z.string(CONTROL).refine((id) => controlOf(id) !== undefined, CONTROL);

const region = text(/^[a-z][a-z0-9]{2,39}$/, "an Azure region's name, such as westeurope");

/** A failure that somebody accepts until a day. */
const waiver = closed({
  control,
  scope: z.enum(SCOPES).default("stage"),
  reason: text(/^[^\p{Cc}]{10,500}$/u, "one line of 10 to 500 characters that says why"),
  approver: text(/^[a-z][a-z0-9-]{0,38}$/, "a role of gates.roles"),
  expires: day,
});

/** Keys of a stage file for its compliance. */
export const COMPLIANCE = {
  waivers: z.array(waiver).max(200),
  /** What the controls are measured by, where it is not their default. */
  compliance: closed({
    /** Levels by control. */
    levels: z.record(control, z.enum(LEVELS)).default({}),
    /** Years the audit log must be kept. */
    auditYears: whole(0, 100).optional(),
    /** Regions that images may be kept in. Default: any. */
    locations: z.array(region).min(1).optional(),
    /** What names of registries begin with. Default: anything. */
    namePrefix: text(/^[a-z0-9]{1,20}$/, "1 to 20 lower-case letters and digits").optional(),
  }),
} as const;

/**
 * Each waiver is approved by a role that exists, and stands once. Whether it has expired is told by the evaluation, not
 * here: a file does not become unreadable on a day.
 */
export function checkWaivers(stage: Stage, waivers: readonly Waiver[], roles: Readonly<Record<string, unknown>>) {
  const file = stageFileName(stage);
  const seen = new Set<string>();
  return waivers.flatMap((waiver, at): Problem[] => {
    const problems: Problem[] = [];
    const key = `${waiver.control} ${waiver.scope}`;
    if (seen.has(key)) {
      const what = `${showValue(waiver.control)} is waived twice for ${waiver.scope}`;
      problems.push({ file, path: `waivers[${at}]`, what, allowed: "allowed: one waiver for each control and scope" });
    }
    seen.add(key);
    if (!Object.hasOwn(roles, waiver.approver)) {
      const known = Object.keys(roles).sort().join(", ");
      problems.push({
        file,
        path: `waivers[${at}].approver`,
        what: `${showValue(waiver.approver)} is no role`,
        allowed: `allowed: ${known || "a role of gates.roles in Pulumi.yaml"}`,
      });
    }
    return problems;
  });
}

/** What a stage's file says of its compliance, with the defaults of its stage. */
export function readCompliance(reader: KeyReader, stage: Stage): ComplianceSettings {
  const waivers = reader.optional("waivers", COMPLIANCE.waivers) ?? [];
  const { levels, auditYears, locations, namePrefix } = reader.optional("compliance", COMPLIANCE.compliance) ?? {
    levels: {},
  };
  return {
    levels,
    waivers,
    auditYears: auditYears ?? defaultAuditYears(stage),
    ...(locations === undefined ? {} : { allowedLocations: locations }),
    ...(namePrefix === undefined ? {} : { namePrefix }),
  };
}
