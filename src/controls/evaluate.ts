import { escapeUnsafe } from "../base/text/unsafe";
import type { Stage } from "../domain/stage";
import { controlOf, CONTROLS } from "./catalogue";
import {
  type Compliance,
  type Control,
  type ControlOutcome,
  type Evidence,
  type Finding,
  levelOf,
  mandatoryFailures,
  type WaiverState,
} from "./control";
import type { ComplianceFacts } from "./facts";
import { worst } from "./judge";
import type { Scope, Waiver, ComplianceSettings } from "../domain/plan/compliance";

/** What an evaluation takes beside the facts. */
export type EvaluationSettings = Pick<ComplianceSettings, "levels" | "waivers">;

/** A waiver's scope holds a finding's: the stage's holds all. */
const covers = (waiver: Scope, finding: Scope) => waiver === "stage" || waiver === finding;

/** True where the waiver's last day has passed: it holds to the end of that day, UTC. */
export function hasExpired(waiver: Pick<Waiver, "expires">, now: Date): boolean {
  return now.toISOString().slice(0, 10) > waiver.expires;
}

/** The waiver for a failure: one that holds, else one that has expired, else none. */
function waiverFor(waivers: readonly Waiver[], id: string, scope: Scope, now: Date): number | undefined {
  const fits = (waiver: Waiver) => waiver.control === id && covers(waiver.scope, scope);
  const holding = waivers.findIndex((waiver) => fits(waiver) && !hasExpired(waiver, now));
  const found = holding >= 0 ? holding : waivers.findIndex(fits);
  return found >= 0 ? found : undefined;
}

/** A finding with the waiver that holds for it, or has expired; only failures are waived. */
export function withWaiver(finding: Finding, id: string, waivers: readonly Waiver[], now: Date): Finding {
  if (finding.verdict !== "fail") return finding;
  const at = waiverFor(waivers, id, finding.scope, now);
  const waiver = at === undefined ? undefined : waivers[at];
  if (at === undefined || waiver === undefined) return finding;
  return hasExpired(waiver, now) ? { ...finding, waiver: at } : { ...finding, verdict: "waived", waiver: at };
}

/** What one control says, waivers taken into account. */
function evaluateControl(
  control: Control,
  facts: ComplianceFacts,
  settings: EvaluationSettings,
  now: Date,
): ControlOutcome {
  const findings = control.evaluate(facts).map((finding) => withWaiver(finding, control.id, settings.waivers, now));
  return {
    verdict: worst(findings.map((finding) => finding.verdict)),
    level: levelOf(control, facts.stage.place, settings.levels),
    findings,
  };
}

/** Whether each waiver did anything. */
export function waiverStates(
  waivers: readonly Waiver[],
  outcomes: Iterable<ControlOutcome>,
  now: Date,
): readonly WaiverState[] {
  const used = new Set<number>();
  for (const { findings } of outcomes) {
    for (const { verdict, waiver } of findings) if (verdict === "waived" && waiver !== undefined) used.add(waiver);
  }
  return waivers.map((waiver, at) => ({
    ...waiver,
    state: hasExpired(waiver, now) ? "expired" : used.has(at) ? "used" : "unused",
  }));
}

/**
 * Evaluates every control. Pure: equal facts, settings and day give an equal result.
 *
 * @param now the moment that waivers are compared with; nothing here reads a clock
 */
export function evaluate(facts: ComplianceFacts, settings: EvaluationSettings, now: Date): Compliance {
  const outcomes = CONTROLS.map((control) => [control.id, evaluateControl(control, facts, settings, now)] as const);
  const waivers = waiverStates(
    settings.waivers,
    outcomes.map(([, outcome]) => outcome),
    now,
  );
  return { version: 1, controls: Object.fromEntries(outcomes), waivers };
}

const shown = (value: Evidence["value"]) => (typeof value === "object" ? value.join(", ") || "none" : String(value));

function lineOf({ evidence }: Finding): string[] {
  return evidence.map(
    ({ resource, property, value, expected }) => `  ${resource}: ${property} is ${shown(value)}; expected: ${expected}`,
  );
}

/**
 * What stops a run: every mandatory control that fails, with what was found and what to do. Undefined where none does.
 * Values come from a stage file, so nothing in them acts on a terminal.
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
  return lines.map(escapeUnsafe).join("\n");
}
