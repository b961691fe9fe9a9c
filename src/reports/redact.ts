import { defined } from "../base/defined";
import { redactSecrets } from "../base/text/redact";
import type { Compliance, Evidence, Finding, StageCompliance } from "../controls/control";
import type { Support } from "../domain/image/ruleSupport";

const cleanValue = (value: Evidence["value"]): Evidence["value"] => {
  if (typeof value === "string") return redactSecrets(value);
  return typeof value === "object" ? value.map(redactSecrets) : value;
};

const textsOf = ({ resource, property, value, expected }: Evidence): readonly string[] => [
  ...[resource, property, expected],
  ...(typeof value === "object" ? value : [String(value)]),
];

const isClean = (text: string): boolean => redactSecrets(text) === text;

const cleanEvidence = ({ resource, property, value, expected }: Evidence): Evidence => ({
  resource: redactSecrets(resource),
  property: redactSecrets(property),
  value: cleanValue(value),
  expected: redactSecrets(expected),
});

/** The finding itself where it is clean, as nearly all are: thousands of them need no copies. */
function cleanFinding(finding: Finding): Finding {
  const { evidence, note = "" } = finding;
  if (isClean(note) && evidence.every((one) => textsOf(one).every(isClean))) return finding;
  const noted = finding.note === undefined ? {} : { note: redactSecrets(note) };
  return { ...finding, evidence: evidence.map(cleanEvidence), ...noted };
}

function cleanSupport(support: Support): Support {
  if (support.support === "expected") {
    const { setting, missing } = support;
    return { ...support, setting: redactSecrets(setting), ...defined({ missing: missing && redactSecrets(missing) }) };
  }
  if (support.support === "emulated") return { ...support, by: redactSecrets(support.by) };
  if (support.support === "impossible") return { ...support, because: redactSecrets(support.because) };
  return support.limits === undefined ? support : { ...support, limits: redactSecrets(support.limits) };
}

function cleanCompliance({ controls, waivers }: Compliance): Compliance {
  const outcomes = Object.entries(controls).map(([id, outcome]) => {
    return [id, { ...outcome, findings: outcome.findings.map(cleanFinding) }] as const;
  });
  const states = waivers.map((waiver) => ({
    ...waiver,
    control: redactSecrets(waiver.control),
    reason: redactSecrets(waiver.reason),
    approver: redactSecrets(waiver.approver),
  }));
  return { version: 1, controls: Object.fromEntries(outcomes), waivers: states };
}

/** A stage as it came from outside, in which no text holds a secret of a known shape. */
export function cleanStage({ product, stage, registries, compliance }: StageCompliance): StageCompliance {
  const kept = registries.map((registry) => {
    const rules = Object.entries(registry.rules).map(([rule, support]) => [rule, cleanSupport(support)] as const);
    return { ...registry, rules: Object.fromEntries(rules) as typeof registry.rules };
  });
  return { product: redactSecrets(product), stage, registries: kept, compliance: cleanCompliance(compliance) };
}
