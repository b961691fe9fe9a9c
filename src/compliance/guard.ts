import type { Stage } from "../domain/stage";
import { controlOf } from "./catalogue";
import { mandatoryFailures, type Compliance, type Evidence, type Finding } from "./report";

const shown = (value: Evidence["value"]) => (typeof value === "object" ? value.join(", ") || "none" : String(value));

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g;

function lineOf({ evidence }: Finding): string[] {
  return evidence.map(
    ({ resource, property, value, expected }) => `  ${resource}: ${property} is ${shown(value)}; expected: ${expected}`,
  );
}

/**
 * What stops a run: every mandatory control that fails, with what was found and what to do. Undefined where none does.
 * It is one text without control characters, since values come from a stage file.
 */
export function refusal(stage: Stage, compliance: Compliance): string | undefined {
  const failures = mandatoryFailures(compliance);
  if (failures.length === 0) return undefined;
  const many = failures.length === 1 ? "1 mandatory control fails" : `${failures.length} mandatory controls fail`;
  const parts = failures.flatMap((id) => {
    const control = controlOf(id);
    const failing = (compliance.controls[id]?.findings ?? []).filter(({ verdict }) => verdict === "fail");
    const lapsed = failing.flatMap(({ waiver }) => (waiver === undefined ? [] : [compliance.waivers[waiver]]));
    return [
      `${id}: ${control?.title ?? id}`,
      ...failing.flatMap(lineOf),
      ...lapsed.map((waiver) => `  its waiver expired on ${waiver?.expires ?? "a day that has passed"}`),
      `  to do: ${control?.remediation ?? "see docs/compliance.md"}`,
    ];
  });
  const waive = "Or waive it in the stage file: control, scope, reason, approver, expires; see docs/compliance.md";
  const lines = [`Stage ${stage}: ${many}, and nothing was registered`, ...parts, waive];
  return lines.map((line) => line.replace(CONTROL_CHARACTERS, "?")).join("\n");
}
