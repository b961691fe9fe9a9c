import { z } from "zod";
import { closed, orForm, text, whole, yamlDay } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { defined } from "../base/defined";
import { quotedValue } from "../base/text/quote";
import { isUnsafe } from "../base/text/unsafe";
import { controlOf } from "../controls/catalogue";
import { levelOf } from "../controls/control";
import { type ComplianceSettings, defaultAuditYears, LEVELS, SCOPES, type Waiver } from "../domain/plan/compliance";
import { placeOf, type Stage, type Stages } from "../domain/stage";
import { stageFileName } from "../project";
import { region } from "./forms";
import type { KeyReader } from "./keyReader";

const CONTROL = "allowed: a control's id, such as tokens-off; docs/compliance.md lists them";
const control = z.string(CONTROL).refine((id) => controlOf(id) !== undefined, CONTROL);

const REASON = "one line of 10 to 500 characters that says why";

const WAIVER = '{ control: tokens-off, reason: <why>, approver: <role>, expires: "2027-01-31" }';

/** A failure that somebody accepts until a day. */
const waiver = closed(
  {
    control,
    scope: z.enum(SCOPES).default("stage"),
    reason: text(/^.{10,500}$/, REASON).refine((why) => !isUnsafe(why), `allowed: ${REASON}`),
    approver: text(/^[a-z][a-z0-9-]{0,38}$/, "a role of gates.roles"),
    expires: yamlDay,
  },
  WAIVER,
) satisfies z.ZodType<Waiver>;

/** Keys of a stage file for its compliance. */
export const COMPLIANCE = {
  waivers: z.array(waiver, orForm(`a list, such as [${WAIVER}]`)).max(200),
  /** What the controls are measured by, where it is not their default. */
  compliance: closed(
    {
      /** Levels by control. */
      levels: z
        .record(control, z.enum(LEVELS), orForm("a level for each control, such as { tokens-off: advisory }"))
        .default({}),
      /** Years the audit log must be kept. */
      auditYears: whole(0, 100).optional(),
      /** Regions that images may be kept in. Default: any. */
      locations: z.array(region, orForm("a list, such as [westeurope]")).min(1).optional(),
      /** What names of registries begin with. Default: anything. */
      namePrefix: text(/^[a-z0-9]{1,20}$/, "1 to 20 lower-case letters and digits").optional(),
    },
    "{ auditYears: 1, locations: [westeurope] }",
  ),
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
      const what = `${quotedValue(waiver.control)} is waived twice for ${waiver.scope}`;
      problems.push({ file, path: `waivers[${at}]`, what, allowed: "allowed: one waiver for each control and scope" });
    }
    seen.add(key);
    if (!Object.hasOwn(roles, waiver.approver)) {
      const known = Object.keys(roles).sort().join(", ");
      problems.push({
        file,
        path: `waivers[${at}].approver`,
        what: `${quotedValue(waiver.approver)} is not a role`,
        allowed: `allowed: ${known || "a role of gates.roles in Pulumi.yaml"}`,
        from: { paths: ["gates.roles"], name: waiver.approver },
      });
    }
    return problems;
  });
}

/** What the last stage must have cannot be made advisory there. */
export function checkLevels(stage: Stage, stages: Stages, levels: ComplianceSettings["levels"]): Problem[] {
  const place = placeOf(stage, stages);
  return Object.entries(levels).flatMap(([id, level]): Problem[] => {
    const control = controlOf(id);
    if (level === "mandatory" || control === undefined || levelOf(control, place, levels) !== "mandatory") return [];
    const allowed = "leave it out; a waiver with a reason and an end is the only way past it";
    const what = `advisory, and ${stage} is the last stage, where it is mandatory`;
    return [{ file: stageFileName(stage), path: `compliance.levels.${id}`, what, allowed }];
  });
}

/** What a stage's file says of its compliance, with the defaults of its stage. */
export function readCompliance(reader: KeyReader, stage: Stage, stages: Stages): ComplianceSettings {
  const waivers = reader.optional("waivers", COMPLIANCE.waivers) ?? [];
  const { levels, auditYears, locations, namePrefix } = reader.optional("compliance", COMPLIANCE.compliance) ?? {
    levels: {},
  };
  return {
    levels,
    waivers,
    auditYears: auditYears ?? defaultAuditYears(stage, stages),
    ...defined({ allowedLocations: locations, namePrefix }),
  };
}
