import type { AccessRow } from "./access";
import { IMAGE_CLASSES } from "./imageClass";
import { STAGES, type Stage } from "./stage";

const code = (text: string) => `\`${text}\``;

/** A `|` would end the cell it stands in. */
const cell = (text: string) => text.replaceAll("|", "\\|");

function what({ actions, role, on }: AccessRow): string {
  const may = actions.length === 0 ? "no image" : actions.join(", ");
  const by = role === undefined ? "" : ` (${role}${on === undefined ? "" : ` on the ${on.replace("-", " ")}`})`;
  return `${may}${by}`;
}

const until = ({ expiresAfterDays }: AccessRow) =>
  expiresAfterDays === undefined ? "no password" : `${expiresAfterDays} days a password`;

function line(row: AccessRow): string {
  const repositories = row.repositories.map(code).join(", ") || "none";
  const where = `${row.stage} ${row.registry}`;
  const assumedBy = row.assumedBy.map(code).join("<br>");
  return `| ${[code(row.who), row.purpose, where, what(row), repositories, until(row), assumedBy].map(cell).join(" | ")} |`;
}

const HEAD = [
  "| Who | For | Registry | May | Repositories | Until | Who can be it |",
  "| --- | --- | --- | --- | --- | --- | --- |",
];

/** Rows of the stage itself by class, what reaches the stage before after them, each in the matrix's own order. */
function ordered(stage: Stage, rows: readonly AccessRow[]): AccessRow[] {
  const rank = (row: AccessRow) => (row.stage === stage ? 0 : 10) + IMAGE_CLASSES.indexOf(row.registry);
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

/**
 * The access matrix of a product as Markdown, a table for each stage.
 *
 * @param byStage the rows that each stage grants
 */
export function accessMarkdown(product: string, byStage: ReadonlyMap<Stage, readonly AccessRow[]>): string {
  const tables = STAGES.flatMap((stage) => {
    const rows = byStage.get(stage);
    if (rows === undefined) return [];
    return [`## ${stage}`, "", ...(rows.length === 0 ? ["Nobody."] : [...HEAD, ...ordered(stage, rows).map(line)]), ""];
  });
  return `${[`# Access matrix of ${product}`, "", ...PREFACE, "", ...tables].join("\n").trimEnd()}\n`;
}

const PREFACE = [
  "Who may do what, where, until when. Generated from the stage files by `npm run golden`; a test compares it, and",
  "`dualreg access review` compares it with what is deployed. What is not here is not granted.",
  "",
  "An identity has no password: a job becomes it by GitHub's token, whose subject names repository, environment and the",
  "called workflow with its ref. So a caller names the workflow with that ref, not by a path of its own checkout: a copy",
  "of it on another branch has another subject, and is refused. Each role is a line; a role on the resource group, the",
  "log or the vault is a line for each registry that it concerns. An identity's right reaches every repository of a",
  "registry, a token's only those named.",
];
