import { escapeUnsafe } from "../../base/text/unsafe";
import { terminalTable } from "../../base/text/table";
import { approversText } from "../../gitops/approvers";
import type { ReleaseResult } from "../../gitops/release/promoteRelease";

const STATES = {
  unchanged: "nothing to do: the files say it already",
  opened: "asked for",
  open: "asked for already",
  updated: "brought up to date",
} as const;

/** A promotion or rollback of a release for people. */
export function releaseText(result: ReleaseResult): string {
  const { release, stage, from, rows, created, differences, elsewhere, approvers, delivery, repository, base } = result;
  const table = rows.map(({ image, before, after, file, line, changed, evidence }) => [
    `  ${image}`,
    before?.tag ?? before?.digest?.slice(0, 19) ?? "-",
    changed ? "->" : "==",
    after.tag ?? "-",
    after.digest ?? "",
    `${file}:${line}`,
    evidence,
  ]);
  const count = differences.reduce((sum, each) => sum + each.differences.length + each.more, 0);
  const state = delivery === undefined ? "not asked for (dry run)" : STATES[delivery.state];
  const at = delivery?.request === undefined ? "" : ` ${delivery.request.url}`;
  const lines = [
    `${release}: ${from} -> ${stage}, ${repository} ${base}`,
    ...terminalTable(table),
    ...created.map((file) => `  new: ${file}`),
    ...(count === 0 ? [] : [`  ${count} other values differ, and stay`]),
    ...elsewhere.map((where) => `  not read: ${where}`),
    `  approval: ${approversText(approvers)}`,
    ...approvers.warnings.map((warning) => `  look: ${warning}`),
    ...(delivery?.notes ?? []).map((note) => `  look: ${note}`),
    ...(delivery?.closed ?? []).map((number) => `  closed: ${number}`),
    `  ${state}${at}${delivery?.branch === undefined ? "" : ` (${delivery.branch})`}`,
  ];
  return `${lines.map(escapeUnsafe).join("\n")}\n`;
}
