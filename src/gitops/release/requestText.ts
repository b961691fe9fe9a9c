import { code, details, marked, type MarkdownContent, markdownTable, escapeMarkdown } from "../../base/text/markdown";
import { escapeUnsafe } from "../../base/text/unsafe";
import { formatReference } from "../../base/reference";
import { type Approvers, approversText } from "../approvers";
import type { RequestKind } from "../deliver";
import type { RequestText } from "../forge";
import type { ImageParts } from "../documents";
import type { Difference } from "./differences";

/** One image of a request, as its reviewers read it. */
export interface RequestRow {
  image: string;
  /** What the target file said; absent where it is made anew. */
  before?: ImageParts;
  after: ImageParts;
  /** What says that it may be deployed. */
  evidence: string;
}

/** What a request says. */
export interface RequestFacts {
  kind: RequestKind;
  release: string;
  stage: string;
  /** Where it comes from: a stage, or a commit. */
  from: string;
  rows: readonly RequestRow[];
  created: readonly string[];
  differences: readonly { file: string; differences: readonly Difference[]; more: number }[];
  /** Places that decide about images and are not read, for people. */
  elsewhere: readonly string[];
  approvers: Approvers;
}

/** Versions that a title names. */
const NAMED = 3;

/** Title and body of a request: what changes, what says that it may, who must approve. Nothing from outside forms a mark. */
export function requestText(facts: RequestFacts): RequestText {
  const { kind, release, stage, from, rows } = facts;
  const versions = [...new Set(rows.flatMap(({ after }) => (after.tag === undefined ? [] : [after.tag])))];
  const shown = versions.slice(0, NAMED).join(", ") + (versions.length > NAMED ? " and others" : "");
  const title = `${kind === "promote" ? "Promote" : "Roll back"} ${release} in ${stage}: ${shown}`;
  return { title: escapeUnsafe(title.slice(0, 200)), body: bodyOf(facts, from) };
}

function bodyOf(facts: RequestFacts, from: string): string {
  const { rows, created, differences, elsewhere, approvers, kind, stage } = facts;
  const verb =
    kind === "promote"
      ? `What ${from} deploys is to be deployed in ${stage}`
      : `What ${from} deployed is to be deployed in ${stage} again`;
  const table = markdownTable(
    ["image", "from", "to", "digest", "evidence"],
    rows.map(({ image, before, after, evidence }): MarkdownContent[] => [
      code(image),
      code(before?.tag ?? before?.digest ?? "-"),
      code(after.tag ?? "-"),
      code(after.digest ?? "-"),
      evidence,
    ]),
  );
  const places = rows.map(({ after }) => code(formatReference({ host: "docker.io", ...after })).markdown);
  const lists = [
    ...created.map((file) => marked`- ${code(file)} is new, made from the file of ${from}`.markdown),
    ...elsewhere.map((where) => `- not read: ${escapeMarkdown(where)}`),
    ...approvers.warnings.map((warning) => `- **look**: ${escapeMarkdown(warning)}`),
  ];
  return [
    `${escapeMarkdown(verb)}: only the images change.`,
    table,
    details("whole names", [...new Set(places)].map((place) => `- ${place}`).join("\n")),
    `Approval: ${escapeMarkdown(approversText(approvers))}.`,
    ...(lists.length === 0 ? [] : [lists.join("\n")]),
    ...differences.filter((each) => each.differences.length > 0).map(differenceText),
  ].join("\n\n");
}

function differenceText({ file, differences, more }: RequestFacts["differences"][number]): string {
  const where = { both: "another value", source: "missing here", target: "only here" } as const;
  const lines = differences.map((each) => marked`- ${code(each.path)}: ${where[each.in]}`.markdown);
  const rest = more > 0 ? [`- and ${more} more`] : [];
  return details(marked`${code(file)} differs elsewhere, and stays so`, [...lines, ...rest].join("\n"));
}
