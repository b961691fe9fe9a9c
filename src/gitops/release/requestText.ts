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
/**
 * Characters of a body. Source: GitHub refuses the body of a pull request above 65,536 characters; the marker that is put in
 * front of it, and the words that say how much was left out, come on top.
 */
const MAX_BODY = 60_000;
/** Characters of one text that anybody may make longer, before its marks are escaped. */
const MAX_TEXT = 2_000;

/**
 * Title and body of a request: what changes, what says that it may, who must approve. Nothing from outside forms a mark; what a
 * forge would find too long is counted: values that differ first, then whole names, places that are not read, and images.
 */
export function requestText(facts: RequestFacts): RequestText {
  const { kind, release, stage, from, rows } = facts;
  const versions = [...new Set(rows.flatMap(({ after }) => (after.tag === undefined ? [] : [after.tag])))];
  const shown = versions.slice(0, NAMED).join(", ") + (versions.length > NAMED ? " and others" : "");
  const title = `${kind === "promote" ? "Promote" : "Roll back"} ${release} in ${stage}: ${shown}`;
  return { title: escapeUnsafe(escapeUnsafe(title).slice(0, 200)), body: bodyOf(facts, from) };
}

function bodyOf(facts: RequestFacts, from: string): string {
  const { rows, created, differences, elsewhere, approvers, kind, stage } = facts;
  const verb =
    kind === "promote"
      ? `What ${from} deploys is to be deployed in ${stage}`
      : `What ${from} deployed is to be deployed in ${stage} again`;
  const head = `${escapeMarkdown(verb)}: only the images change.`;
  const approval = `Approval: ${escapeMarkdown(short(approversText(approvers)))}.`;
  const room = new Room(MAX_BODY - head.length - approval.length);
  // What counts most for who approves takes its room first.
  const warnings = room.take(approvers.warnings.map((warning) => `- **look**: ${escapeMarkdown(short(warning))}`));
  const { table, more } = tableOf(rows, room);
  const fromStage = created.map((file) => marked`- ${code(file)} is new, made from the file of ${from}`.markdown);
  const lists = room.take([...fromStage, ...elsewhere.map((where) => `- not read: ${escapeMarkdown(short(where))}`)]);
  const places = new Set(rows.map(({ after }) => code(formatReference({ host: "docker.io", ...after })).markdown));
  const names = room.take([...places].map((place) => `- ${place}`));
  const told = differences.filter((each) => each.differences.length > 0);
  return [
    head,
    table,
    ...(more > 0 ? [`and ${more} more images, as the change itself shows`] : []),
    details("whole names", names.join("\n")),
    approval,
    ...(lists.length + warnings.length === 0 ? [] : [[...lists, ...warnings].join("\n")]),
    ...differenceTexts(told, room),
  ].join("\n\n");
}

const short = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text);

/** What is left of a body's length. */
class Room {
  constructor(private left: number) {}

  /** @returns false, and takes nothing, where the text is longer than what is left */
  fits(text: string): boolean {
    const needed = text.length + 2;
    if (needed > this.left) return false;
    this.left -= needed;
    return true;
  }

  /** The lines for which there is room, and how many more there are. */
  take(lines: readonly string[], more = 0): string[] {
    const end = lines.findIndex((line) => !this.fits(line));
    const shown = end < 0 ? [...lines] : lines.slice(0, end);
    const left = lines.length - shown.length + more;
    return left > 0 ? [...shown, `- and ${left} more`] : shown;
  }
}

function tableOf(rows: readonly RequestRow[], room: Room): { table: string; more: number } {
  const cells = rows.map(({ image, before, after, evidence }): MarkdownContent[] => [
    code(image),
    code(before?.tag ?? before?.digest ?? "-"),
    code(after.tag ?? "-"),
    code(after.digest ?? "-"),
    short(evidence),
  ]);
  const heads = ["image", "from", "to", "digest", "evidence"];
  const end = cells.findIndex((row) => !room.fits(markdownTable([], [row])));
  const shown = end < 0 ? cells : cells.slice(0, end);
  return { table: markdownTable(heads, shown), more: cells.length - shown.length };
}

/** Where each file differs; of files for which there is no room, how many they are. */
function differenceTexts(files: RequestFacts["differences"], room: Room): string[] {
  const where = { both: "another value", source: "missing here", target: "only here" } as const;
  const texts: string[] = [];
  for (const { file, differences, more } of files) {
    const summary = marked`${code(file)} differs elsewhere, and stays so`;
    if (!room.fits(details(summary, "- and 0000000 more"))) break;
    const lines = differences.map((each) => marked`- ${code(each.path)}: ${where[each.in]}`.markdown);
    texts.push(details(summary, room.take(lines, more).join("\n")));
  }
  const left = files.length - texts.length;
  return left > 0 ? [...texts, `${left} more files differ elsewhere, and stay so`] : texts;
}
