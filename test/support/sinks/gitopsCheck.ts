import { formatJson } from "../../../src/base/json";
import { renderCheckSarif, renderCheckTable } from "../../../src/cli/gitops/checkReport";
import type { CheckReport } from "../../../src/gitops/check";

/** A check of a GitOps repository in which every text is the given one. */
export function gitopsCheck(text: string): string[] {
  const finding = {
    rule: "registry-unknown",
    level: "error",
    file: text,
    line: 1,
    object: text,
    image: text,
    text,
  } as const;
  const report: CheckReport = {
    ...{ check: "dual-registry gitops", version: 1, product: text, stage: text, checkedAt: "" },
    images: [{ image: text, class: "secure", evidence: text, state: "ok", uses: 1 }],
    findings: [finding],
    counts: { files: 1, releases: 0, images: 1, errors: 1, warnings: 0 },
  };
  return [renderCheckTable(report), renderCheckSarif(report, "1.0.0"), formatJson(report)];
}
