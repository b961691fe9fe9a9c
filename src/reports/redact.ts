import type { Compliance, Evidence, Finding, StageCompliance } from "../controls/control";
import type { Support } from "../domain/image/ruleSupport";

const HIDDEN = "[secret]";

/**
 * Shapes of secrets that are known: private keys, tokens of GitHub, JWTs, passwords of ACR tokens, keys and signatures
 * of Azure, passwords in addresses and after their names. No field of the outputs is for one of them: this catches what
 * somebody put into a text.
 */
const SECRETS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|pul-[0-9a-f]{20,}|glpat-[\w-]{16,})/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /[A-Za-z0-9+/]{40,44}\+?ACR[A-Za-z0-9+/]{5,8}/g,
  /\b(?:A[KS]IA)[A-Z0-9]{16}\b/g,
  /(?<=\b(?:AccountKey|SharedAccessKey|sig|password|passwd|pwd|secret|client_secret|token)(?:=|: ?))[^\s;&,"']{8,}/gi,
  /(?<=\b(?:Bearer|Basic) )[\w+/=.~-]{16,}/gi,
  /(?<=:\/\/[^\s/@:]{0,100}:)[^\s/@]{1,200}(?=@)/g,
];

/** Cheap: most texts hold none of this, and are looked at once. */
const PERHAPS = /[A-Za-z0-9+/_-]{16,}|PRIVATE KEY|[=:] ?\S{8,}|:\/\//;

/** A text of a report, in which a secret of a known shape reads `[secret]`. */
export function withoutSecrets(text: string): string {
  if (!PERHAPS.test(text)) return text;
  return SECRETS.reduce((rest, shape) => rest.replace(shape, HIDDEN), text);
}

const cleanValue = (value: Evidence["value"]): Evidence["value"] => {
  if (typeof value === "string") return withoutSecrets(value);
  return typeof value === "object" ? value.map(withoutSecrets) : value;
};

const textsOf = ({ resource, property, value, expected }: Evidence): readonly string[] => [
  ...[resource, property, expected],
  ...(typeof value === "object" ? value : [String(value)]),
];

const isClean = (text: string): boolean => withoutSecrets(text) === text;

const cleanEvidence = ({ resource, property, value, expected }: Evidence): Evidence => ({
  resource: withoutSecrets(resource),
  property: withoutSecrets(property),
  value: cleanValue(value),
  expected: withoutSecrets(expected),
});

/** The finding itself where it is clean, as nearly all are: thousands of them need no copies. */
function cleanFinding(finding: Finding): Finding {
  const { evidence, note = "" } = finding;
  if (isClean(note) && evidence.every((one) => textsOf(one).every(isClean))) return finding;
  const noted = finding.note === undefined ? {} : { note: withoutSecrets(note) };
  return { ...finding, evidence: evidence.map(cleanEvidence), ...noted };
}

function cleanSupport(support: Support): Support {
  if (support.support === "emulated") return { ...support, by: withoutSecrets(support.by) };
  if (support.support === "impossible") return { ...support, because: withoutSecrets(support.because) };
  return support.limits === undefined ? support : { ...support, limits: withoutSecrets(support.limits) };
}

function cleanCompliance({ controls, waivers }: Compliance): Compliance {
  const outcomes = Object.entries(controls).map(([id, outcome]) => {
    return [id, { ...outcome, findings: outcome.findings.map(cleanFinding) }] as const;
  });
  const states = waivers.map((waiver) => ({
    ...waiver,
    control: withoutSecrets(waiver.control),
    reason: withoutSecrets(waiver.reason),
    approver: withoutSecrets(waiver.approver),
  }));
  return { version: 1, controls: Object.fromEntries(outcomes), waivers: states };
}

/** A stage as it came from outside, in which no text holds a secret of a known shape. */
export function cleanStage({ product, stage, registries, compliance }: StageCompliance): StageCompliance {
  const kept = registries.map((registry) => {
    const rules = Object.entries(registry.rules).map(([rule, support]) => [rule, cleanSupport(support)] as const);
    return { ...registry, rules: Object.fromEntries(rules) as typeof registry.rules };
  });
  return { product: withoutSecrets(product), stage, registries: kept, compliance: cleanCompliance(compliance) };
}
