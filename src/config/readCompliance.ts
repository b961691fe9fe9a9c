import { defaultAuditYears, type ComplianceSettings } from "../domain/complianceSettings";
import type { Stage } from "../domain/stage";
import type { KeyReader } from "./parse";
import { COMPLIANCE } from "./waiversSchema";

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
