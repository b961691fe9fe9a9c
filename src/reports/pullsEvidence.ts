import { z } from "zod";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { Finding } from "../controls/control";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { readEvidence } from "./evidenceFile";
import type { StageSource } from "./model";
import { cleanStage } from "./redact";

const text = z.string().max(10_000);

/** What `dualreg pulls reconcile --format json` writes, as far as it is evidence. */
const reconciliationSchema = z.object({
  reconciliation: z.literal("dual-registry pulls", "allowed: what `dualreg pulls reconcile --format json` wrote"),
  version: z.literal(1),
  product: text,
  stage: text,
  reconciledAt: z.iso.datetime(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  pulls: z
    .array(
      z.object({
        verdict: z.enum(["proven", "ambiguous", "no-pull", "application-only", "registry-only"]),
        line: z.object({ class: z.enum(IMAGE_CLASSES).exactOptional(), verdict: text }).exactOptional(),
        events: z.array(z.object({ registry: text })).max(100_000),
      }),
    )
    .max(1_000_000),
});

type Reconciliation = z.infer<typeof reconciliationSchema>;

/** The control that says that pulls are logged. */
const CONTROL = "audit-logs";

/**
 * Reads what was joined of both logs.
 *
 * @param now the moment of the report: a file from after it, or of more than a day before, is refused
 * @throws DualRegistryError USAGE for what cannot be read, CONFIG_INVALID for what no such command wrote, or an old one
 */
export const readReconciliation = (file: string, now: Date): Reconciliation =>
  readEvidence(file, reconciliationSchema, {
    now,
    time: "reconciledAt",
    command: "dualreg pulls reconcile --format json",
  });

/**
 * The stages with what was joined as evidence that pulls are logged: `proven` for a class of which every pull is proven
 * and ok, and that has one at least. A verdict stays as it was, and so does a finding that failed; a note says what else
 * was seen. What the registry alone saw is of no class, and keeps both from being proven.
 *
 * @throws DualRegistryError CONFIG_INVALID for a file of another product or stage
 */
export function withReconciliations(
  stages: readonly StageSource[],
  reconciliations: readonly Reconciliation[],
): StageSource[] {
  const isOf = (stage: StageSource, one: Reconciliation) => stage.product === one.product && stage.stage === one.stage;
  for (const one of reconciliations) {
    if (stages.some((stage) => isOf(stage, one))) continue;
    const known = stages.map(({ product, stage }) => quoted(`${product} ${stage}`)).join(", ");
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `--pulls: pulls of ${quoted(`${one.product} ${one.stage}`)}; allowed: of ${known}`,
    );
  }
  return stages.map((stage) => {
    const own = reconciliations.filter((one) => isOf(stage, one));
    const outcome = stage.compliance.controls[CONTROL];
    if (own.length === 0 || outcome === undefined) return stage;
    const findings = outcome.findings.map((finding) => withPulls(finding, own));
    const controls = { ...stage.compliance.controls, [CONTROL]: { ...outcome, findings } };
    const whole = { ...stage, compliance: { ...stage.compliance, controls } };
    return { ...cleanStage(whole), source: stage.source };
  });
}

/** All that was joined of a stage counts together: one file in which a pull is not proven is not outweighed by another. */
function withPulls(finding: Finding, joined: readonly Reconciliation[]): Finding {
  if (finding.verdict === "not applicable" || finding.scope === "stage") return finding;
  const notes: string[] = finding.note === undefined ? [] : [finding.note];
  let [allPulls, allProven] = [0, 0];
  for (const { pulls, from, to, reconciledAt } of joined) {
    const own = pulls.filter(
      ({ verdict, line }) =>
        verdict !== "no-pull" && (line === undefined || line.class === undefined || line.class === finding.scope),
    );
    const proven = own.filter(({ verdict, line }) => verdict === "proven" && line?.verdict === "ok").length;
    allPulls += own.length;
    allProven += proven;
    notes.push(
      `Pulls from ${from} to ${to}, joined ${reconciledAt}: ${proven} of ${own.length} proven by the registry's own log.`,
    );
  }
  return {
    ...{ scope: finding.scope, verdict: finding.verdict },
    basis: allProven > 0 && allProven === allPulls && finding.verdict === "pass" ? "proven" : finding.basis,
    evidence: finding.evidence,
    note: notes.join(" ").slice(0, 1000),
    ...defined({ waiver: finding.waiver }),
  };
}
