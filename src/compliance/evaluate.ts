import type { ComplianceSettings, Scope, Waiver } from "../domain/complianceSettings";
import type { ComplianceFacts } from "../domain/facts";
import { CONTROLS } from "./catalogue";
import type { Control } from "./control";
import { worst } from "./judge";
import type { Compliance, ControlOutcome, Finding, WaiverState } from "./report";

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
export function evaluateControl(
  control: Control,
  facts: ComplianceFacts,
  settings: EvaluationSettings,
  now: Date,
): ControlOutcome {
  const findings = control.evaluate(facts).map((finding) => withWaiver(finding, control.id, settings.waivers, now));
  return {
    verdict: worst(findings.map((finding) => finding.verdict)),
    level: Object.hasOwn(settings.levels, control.id) ? (settings.levels[control.id] ?? control.level) : control.level,
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
