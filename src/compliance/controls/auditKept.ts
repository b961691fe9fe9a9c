import type { Control } from "../control";
import { aboutStage, allOf, look, notApplicable } from "../judge";

const DAYS = 365;

export const auditKept: Control = {
  id: "audit-kept",
  title: "The audit log is kept as long as it must be",
  why: "A question about last year finds nothing once the log is gone.",
  severity: "high",
  level: "advisory",
  rows: ["S1-19"],
  corresponds: [],
  mappings: [],
  remediation:
    "Raise audit.retentionDays in the stage file (at most 730), or archive the log to storage for the years that are asked for.",
  evaluate(facts) {
    const about = aboutStage(facts);
    const { auditYears, auditDays } = facts.stage;
    if (auditYears === 0) return [notApplicable(about, "No years are asked for.")];
    if (facts.registries.every((registry) => registry.mode === "reference")) {
      return [notApplicable(about, "The stage holds no registry, and so no log.")];
    }
    const expected = auditYears === "unknown" ? "the years asked for" : `${auditYears * DAYS} or more`;
    const at = { resource: "audit log", property: "days it is kept", expected };
    const known =
      auditYears === "unknown" || auditDays === "unknown" ? ("unknown" as const) : auditDays / (auditYears * DAYS);
    return [
      allOf(about, [
        look(
          at,
          known,
          (share) => share >= 1,
          () => auditDays,
        ),
      ]),
    ];
  },
};
