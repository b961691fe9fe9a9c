import { createHash } from "node:crypto";
import { redactSecrets } from "../../base/text/redact";
import { terminalTable } from "../../base/text/table";
import { escapeUnsafe } from "../../base/text/unsafe";
import { CHECK_RULES, type CheckFinding, type CheckReport, type CheckRule } from "../../gitops/check";
import { sarifLog, sarifMessage } from "../../reports/sarif";

/** What a check found, in a few words: the description of a commit's status too. */
export function checkSummary({ stage, counts }: Pick<CheckReport, "stage" | "counts">): string {
  const { images, files, releases, errors, warnings } = counts;
  const looked = `${count(images, "image")} in ${count(files, "file")} and ${count(releases, "release")}`;
  return `${stage}: ${looked}; ${count(errors, "error")}, ${count(warnings, "warning")}`;
}

const count = (number: number, of: string): string => `${number} ${of}${number === 1 ? "" : "s"}`;

/** The check as text: an image a line, then a finding a line. */
export function renderCheckTable(report: CheckReport): string {
  const images = report.images.map(({ state, class: imageClass, image, digest, evidence }) => {
    const pinned = digest !== undefined && !image.includes("@") ? `${image} = ${digest}` : image;
    return [state, imageClass ?? "-", pinned, evidence ?? "-"];
  });
  const findings = report.findings.flatMap(({ level, rule, file, line, object, image, text }) => [
    ...terminalTable([[level, rule, `${file}:${line}`, wordsOf(object, image)]]),
    ...terminalTable([["", text]]),
  ]);
  return [...terminalTable(images), "", ...findings, "", ...terminalTable([[checkSummary(report)]]), ""].join("\n");
}

/** Parts of a sentence that are there. */
const wordsOf = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part).join(": ");

const NAMES = Object.keys(CHECK_RULES) as CheckRule[];

const ruleOf = (rule: CheckRule) => ({
  id: rule,
  name: rule.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
  shortDescription: { text: CHECK_RULES[rule].title },
  defaultConfiguration: { level: CHECK_RULES[rule].level },
});

/** What a finding is known by from one report to the next, wherever its line moves. */
function fingerprintOf({ rule, file, object, image = "" }: CheckFinding, alike: Map<string, number>): string {
  const what = JSON.stringify([rule, file, object, image]);
  const before = alike.get(what) ?? 0;
  alike.set(what, before + 1);
  return createHash("sha256").update(`${what} ${before}`).digest("hex");
}

/** SARIF 2.1.0, for code scanning of the GitOps repository: a result for each finding, at its line. */
export function renderCheckSarif(report: CheckReport, toolVersion: string): string {
  const alike = new Map<string, number>();
  const results = report.findings.map((finding) => {
    const { rule, level, file, line, object, image, text } = finding;
    const artifactLocation = { uri: encodeURI(escapeUnsafe(file)), uriBaseId: "%SRCROOT%" };
    return {
      ...{ ruleId: rule, ruleIndex: NAMES.indexOf(rule), kind: "fail", level },
      message: sarifMessage(wordsOf(object, image, text)),
      locations: [{ physicalLocation: { artifactLocation, region: { startLine: line } } }],
      partialFingerprints: { "dualregFinding/v1": fingerprintOf(finding, alike) },
    };
  });
  const driver = { name: "dualreg", version: toolVersion, semanticVersion: toolVersion, rules: NAMES.map(ruleOf) };
  return sarifLog([
    {
      tool: { driver },
      automationDetails: { id: `dualreg-gitops-check/${escapeUnsafe(report.product)}/${report.stage}/` },
      columnKind: "utf16CodeUnits",
      results,
      properties: { counts: report.counts },
    },
  ]);
}

/** The report without what looks like a secret: manifests are read as they are, and may name one. */
export function withoutSecrets(report: CheckReport): CheckReport {
  const findings = report.findings.map((finding) => ({
    ...finding,
    text: redactSecrets(finding.text),
    object: redactSecrets(finding.object),
  }));
  return { ...report, findings };
}
