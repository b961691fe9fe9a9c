import { z } from "zod";
import { defined } from "../../base/defined";
import type { ImageClass } from "../../domain/image/imageClass";
import type { SearchHit, SearchPage, SearchReason } from "../model";
import { type Question, type Term, termMatches, wordsOf } from "./question";
import { digestText, type IndexStore, restored, stored } from "./store";

type Values = (string | number)[];

/** Part of a query's condition, and its values. */
interface Condition {
  sql: string;
  values: Values;
}

/** Hits that are counted, and of one hit tags, owners and reasons that are listed. */
const MAX_COUNT = 1_000;
const MAX_TAGS = 20;
const MAX_OWNERS = 5;
const MAX_REASONS = 5;
/** Characters of a reason; labels and annotations of an image that are looked through for words, and characters of a page's. */
const MAX_REASON = 300;
const MAX_FACTS = 200;
const MAX_LOOKED_THROUGH = 2 * 1024 * 1024;

/** A word of FTS5's own language: a string, which nothing in it ends, and what begins so. Source: SQLite, FTS5, 3.1. */
const startingWith = (word: string): string => `"${word.replaceAll('"', '""')}" *`;

function conditionOf(question: Question): Condition {
  if (question.in === "digest") {
    const values = [question.prefix, `${question.prefix}g`];
    return { sql: "i.id IN (SELECT image FROM digest WHERE digest >= ? AND digest < ?)", values };
  }
  if (question.in === "package") {
    const [name, version] = [termCondition("p.name", question.name), termCondition("p.version", question.version)];
    const joined = "SELECT c.image FROM contains c JOIN package p ON p.id = c.package";
    return {
      sql: `i.id IN (${joined} WHERE ${name.sql} AND ${version.sql})`,
      values: [...name.values, ...version.values],
    };
  }
  if (!("words" in question)) {
    const { sql, values } = factCondition(question);
    return { sql: `i.id IN (SELECT f.image FROM fact f WHERE ${sql})`, values };
  }
  const column = question.in === "owner" ? "owner" : "text";
  const inWords = "i.id IN (SELECT rowid FROM words WHERE words MATCH ?)";
  const inTags = "i.id IN (SELECT image FROM tag WHERE id IN (SELECT rowid FROM tagwords WHERE tagwords MATCH ?))";
  const each = question.words.map((word): Condition => {
    const match = startingWith(word);
    if (question.in === "owner") return { sql: inWords, values: [`${column} : ${match}`] };
    return { sql: `(${inWords} OR ${inTags})`, values: [`${column} : ${match}`, match] };
  });
  return { sql: each.map(({ sql }) => sql).join(" AND "), values: each.flatMap(({ values }) => values) };
}

function termCondition(column: string, term: Term | undefined): Condition {
  if (term === undefined) return { sql: "1", values: [] };
  const text = stored(term.text);
  if (!term.isPrefix) return { sql: `${column} = ?`, values: [text] };
  return { sql: `${column} >= ? AND substr(${column}, 1, length(?)) = ?`, values: [text, text, text] };
}

function factCondition({ in: kind, name, value }: Extract<Question, { in: "label" | "annotation" }>): Condition {
  const [names, values] = [termCondition("f.name", name), termCondition("f.value", value)];
  // What was cut is not equal to anything that is shorter than it was.
  const whole = value !== undefined && !value.isPrefix ? " AND f.full_length IS NULL" : "";
  return {
    sql: `f.kind = ? AND ${names.sql} AND ${values.sql}${whole}`,
    values: [kind, ...names.values, ...values.values],
  };
}

const imageRow = z.object({
  ...{ id: z.number(), repository: z.string(), digest: digestText, created: restored.nullable() },
  ...{ platforms: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))) },
  ...{ is_cut: z.number(), read_at: z.number() },
});
const factRow = z.object({
  ...{ kind: z.enum(["label", "annotation"]), name: restored, value: restored, full_length: z.number().nullable() },
});

/** Where to go on: behind an image. */
export interface SearchCursor {
  readonly repository: string;
  readonly digest: string;
}

/**
 * Looks for images in the repositories that are named, and in no other: not one word of the answer, and no count, comes
 * from elsewhere. Sorted by repository and digest.
 *
 * @param readable repositories with their classes
 */
export function findImages(
  store: IndexStore,
  question: Question,
  readable: ReadonlyMap<string, ImageClass>,
  { after, limit }: { after?: SearchCursor; limit: number },
): Omit<SearchPage, "index"> {
  const { sql, values } = conditionOf(question);
  const where = `i.repository IN (SELECT value FROM json_each(?)) AND ${sql}`;
  const all = [JSON.stringify([...readable.keys()]), ...values];
  // Looked for once, for the count and for the page. It is a table of this connection, in memory.
  store.database.exec("CREATE TEMP TABLE IF NOT EXISTS found (id INTEGER PRIMARY KEY); DELETE FROM temp.found");
  store.database.run(`INSERT INTO temp.found SELECT i.id FROM image i WHERE ${where}`, all);
  const total = store.number(`SELECT count(*) AS n FROM (SELECT 1 FROM temp.found LIMIT ${MAX_COUNT + 1})`) ?? 0;
  const behind = after === undefined ? "" : "WHERE (i.repository, i.digest) > (?, ?)";
  const from = after === undefined ? [] : [after.repository, after.digest];
  const page = `SELECT i.* FROM temp.found f JOIN image i ON i.id = f.id ${behind} ORDER BY i.repository, i.digest LIMIT ?`;
  const rows = store.rows(imageRow, page, [...from, limit + 1]);
  const budget = { left: MAX_LOOKED_THROUGH };
  const hits = rows.slice(0, limit).map((row): SearchHit => {
    const hit = hitOf(store, row, readable.get(row.repository) ?? "standard");
    return { ...hit, reasons: reasonsOf(store, question, row.id, budget) };
  });
  const last = hits.at(-1);
  const next = rows.length > limit && last !== undefined ? `${last.repository}@${last.digest}` : undefined;
  return { hits, total: Math.min(total, MAX_COUNT), isMore: total > MAX_COUNT, ...defined({ next }) };
}

function hitOf(store: IndexStore, row: z.output<typeof imageRow>, imageClass: ImageClass): Omit<SearchHit, "reasons"> {
  const { id, repository, digest, created, platforms, is_cut: isCut, read_at: readAt } = row;
  const tags = store.rows(z.object({ tag: z.string() }), "SELECT tag FROM tag WHERE image = ? ORDER BY tag LIMIT ?", [
    id,
    MAX_TAGS,
  ]);
  const owners = store.rows(
    z.object({ value: restored }),
    "SELECT DISTINCT value FROM fact WHERE image = ? AND is_owner = 1 ORDER BY value LIMIT ?",
    [id, MAX_OWNERS],
  );
  return {
    ...{ repository, class: imageClass, digest, platforms },
    tags: tags.map(({ tag }) => tag),
    tagCount: store.number("SELECT count(*) AS n FROM tag WHERE image = ?", [id]) ?? 0,
    owners: owners.map(({ value }) => value.slice(0, 200)),
    isCut: isCut === 1,
    readAt: new Date(readAt).toISOString(),
    ...defined({ created: created ?? undefined }),
  };
}

/** What of an image is what was looked for: the first ones. @param budget characters that may be looked through */
function reasonsOf(store: IndexStore, question: Question, image: number, budget: { left: number }): SearchReason[] {
  if (question.in === "digest") {
    const sql = "SELECT digest FROM digest WHERE image = ? AND digest >= ? AND digest < ? LIMIT ?";
    const values = [image, question.prefix, `${question.prefix}g`, MAX_REASONS];
    return store
      .rows(z.object({ digest: digestText }), sql, values)
      .map(({ digest }) => ({ kind: "digest", name: digest, value: "" }));
  }
  if (question.in === "package") {
    const [name, version] = [termCondition("p.name", question.name), termCondition("p.version", question.version)];
    const sql = `SELECT p.name, p.version FROM contains c JOIN package p ON p.id = c.package WHERE c.image = ? AND ${name.sql} AND ${version.sql} ORDER BY p.name, p.version LIMIT ?`;
    return store
      .rows(z.object({ name: restored, version: restored }), sql, [
        ...[image, ...name.values, ...version.values, MAX_REASONS],
      ])
      .map((one) => ({ kind: "package", name: one.name, value: one.version }));
  }
  const words = "words" in question ? question.words : undefined;
  if (words !== undefined && budget.left <= 0) return [];
  const condition = !("words" in question)
    ? factCondition(question)
    : { sql: question.in === "owner" ? "f.is_owner = 1" : "1", values: [] };
  const columns = "kind, name, value, full_length";
  const sql = `SELECT ${columns} FROM fact f WHERE f.image = ? AND ${condition.sql} ORDER BY kind DESC, name, value LIMIT ?`;
  const facts = store.rows(factRow, sql, [image, ...condition.values, words ? MAX_FACTS : MAX_REASONS]);
  budget.left -= facts.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  return facts
    .filter(({ name, value }) => words === undefined || hasAnyWord(`${name}\n${value}`, words))
    .slice(0, MAX_REASONS)
    .map(({ kind, name, value, full_length: fullLength }) => {
      const whole = fullLength ?? (value.length > MAX_REASON ? value.length : undefined);
      return { kind, name, value: value.slice(0, MAX_REASON), ...defined({ fullLength: whole }) };
    });
}

const hasAnyWord = (text: string, words: readonly string[]): boolean =>
  wordsOf(text).some((one) => words.some((word) => termMatches({ text: word, isPrefix: true }, one)));
