import { z } from "zod";
import { controlOf } from "../compliance/catalogue";
import { VERDICTS, type Compliance } from "../compliance/report";
import { LEVELS, SCOPES } from "../domain/complianceSettings";
import { BASES } from "../domain/facts";

const text = z.string().max(1000);
const verdict = z.enum(VERDICTS);
const scope = z.enum(SCOPES);

const evidence = z.object({
  resource: text,
  property: text,
  value: z.union([text, z.number(), z.boolean(), z.array(text).max(1000)]),
  expected: text,
});

const finding = z.object({
  scope,
  verdict,
  basis: z.enum(BASES),
  evidence: z.array(evidence).max(1000),
  note: text.exactOptional(),
  waiver: z.int().min(0).max(1000).exactOptional(),
});

const waiver = z.object({
  control: text,
  scope,
  reason: text,
  approver: text,
  expires: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "allowed: a day, such as 2027-03-31"),
  state: z.enum(["used", "expired", "unused"]),
});

const known = z.string().refine((id) => controlOf(id) !== undefined, "allowed: the id of a control");

/** @param id which names of controls are taken */
const evaluation = (id: z.ZodType<string, string>): z.ZodType<Compliance> =>
  z.object({
    version: z.literal(1),
    controls: z.record(id, z.object({ verdict, level: z.enum(LEVELS), findings: z.array(finding).max(10_000) })),
    waivers: z.array(waiver).max(1000),
  });

/** The output `compliance` as it comes from outside; a control that this version does not have is an error. */
export const complianceSchema = evaluation(known);

/** The same of another version of the program, to compare with: it may have other controls. */
export const formerComplianceSchema = evaluation(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/));
