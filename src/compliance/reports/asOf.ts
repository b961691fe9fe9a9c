import { withWaiver, waiverStates } from "../evaluate";
import { worst } from "../judge";
import type { Compliance, ControlOutcome, Finding } from "../report";

/** What the control said before any waiver was looked at; the finding itself where none was. */
function unwaived(finding: Finding): Finding {
  const { scope, basis, evidence, note } = finding;
  const verdict = finding.verdict === "waived" ? "fail" : finding.verdict;
  if (verdict === finding.verdict && finding.waiver === undefined) return finding;
  return { scope, verdict, basis, evidence, ...(note === undefined ? {} : { note }) };
}

/**
 * An evaluation as it stands on a day: a waiver that has expired since waives no more, and what a file says in sum is
 * summed again, so that no file can pass by its sum alone. A control without a finding is unknown.
 */
export function asOf(compliance: Compliance, now: Date): Compliance {
  const { waivers } = compliance;
  const outcomes = Object.entries(compliance.controls).map(([id, { level, findings }]): [string, ControlOutcome] => {
    const judged = findings.map((finding) => withWaiver(unwaived(finding), id, waivers, now));
    const verdict = judged.length === 0 ? "unknown" : worst(judged.map((finding) => finding.verdict));
    return [id, { verdict, level, findings: judged }];
  });
  const states = waiverStates(
    waivers,
    outcomes.map(([, outcome]) => outcome),
    now,
  );
  return { version: 1, controls: Object.fromEntries(outcomes), waivers: states };
}
