import { z } from "zod";
import { defined } from "../../base/defined";
import type { ImageClass } from "../../domain/image/imageClass";
import type { SearchHit, SearchPage, SearchReason } from "../model";
import { type Question, type Term, termMatches, wordsOf, wordTerm } from "./question";
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
const CHARACTERS_A_PACKAGE = 20;

/** What of the index one search may read: rows by which it finds images, and rows of images that it goes through one by one. */
export interface SearchBounds {
  /** Rows of labels, packages and digests. */
  rows: number;
  /** Rows of words: one an image. */
  words: number;
  /** Labels and packages of images, with {@link PER_IMAGE} for each image. */
  goneThrough: number;
}

const BOUNDS: Readonly<SearchBounds> = { rows: 20_000, words: 100_000, goneThrough: 100_000 };
/** What an image costs that is gone through, in rows. */
const PER_IMAGE = 50;

/** How images are found: by what leads to them, or by a look at each. */
interface Lookup {
  /** What is read on the way, from where on. */
  reads: readonly Condition[];
  /** `SELECT image …`: what leads to them. */
  images: Condition;
  /** True of an image `i`; absent: what leads to them is bounded by itself. */
  ofImage?: Condition;
  /** What is looked through of an image. */
  size: "facts" | "packages" | "0";
}

/** A word of FTS5's own language: a string, which nothing in it ends, and what begins so. Source: SQLite, FTS5, 3.1. */
const matchOf = ({ text, isPrefix }: Term): string => `"${text.replaceAll('"', '""')}"${isPrefix ? " *" : ""}`;

function lookupOf(question: Question, bounds: SearchBounds): Lookup {
  if (question.in === "digest") {
    const values = [question.prefix, `${question.prefix}g`];
    const from = { sql: "FROM digest WHERE digest >= ? AND digest < ?", values };
    const one = "EXISTS (SELECT 1 FROM digest d WHERE d.image = i.id AND d.digest >= ? AND d.digest < ?)";
    return { reads: [from], images: selectImage("image", from), ofImage: { sql: one, values }, size: "0" };
  }
  if (question.in === "package") {
    const { name, version } = question;
    const all = joined(termCondition("p.name", name), termCondition("p.version", version));
    // A version narrows the reading only behind a whole name.
    const read = name.isPrefix ? termCondition("p.name", name) : all;
    const from = (where: Condition, more = "") => ({ ...where, sql: `FROM package p ${more} WHERE ${where.sql}` });
    const contained = from(all, "CROSS JOIN contains c ON c.package = p.id");
    const one = `EXISTS (SELECT 1 FROM contains c CROSS JOIN package p ON p.id = c.package WHERE c.image = i.id AND ${all.sql})`;
    return {
      ...{ reads: [from(read), contained], images: selectImage("c.image", contained) },
      ...{ ofImage: { sql: one, values: all.values }, size: "packages" },
    };
  }
  if (!("words" in question)) {
    const { in: kind, name } = question;
    const all = factCondition(question);
    const names = termCondition("f.name", name);
    const read = name.isPrefix ? { sql: `f.kind = ? AND ${names.sql}`, values: [kind, ...names.values] } : all;
    const from = ({ sql, values }: Condition) => ({ sql: `FROM fact f WHERE ${sql}`, values });
    const one = `EXISTS (SELECT 1 FROM fact f WHERE f.image = i.id AND ${all.sql})`;
    return {
      ...{ reads: [from(read)], images: selectImage("f.image", from(all)) },
      ...{ ofImage: { sql: one, values: all.values }, size: "facts" },
    };
  }
  const column = question.in === "owner" ? "owner" : "text";
  const inWords = `SELECT rowid AS image FROM words WHERE words MATCH ? LIMIT ${bounds.words}`;
  const tagged = `SELECT rowid FROM tagwords WHERE tagwords MATCH ? LIMIT ${bounds.words}`;
  const inTags = `SELECT image FROM tag WHERE id IN (${tagged})`;
  const each = question.words.map((word): Condition => {
    const match = matchOf(wordTerm(word));
    if (question.in === "owner") return { sql: `SELECT image FROM (${inWords})`, values: [`${column} : ${match}`] };
    const either = `SELECT image FROM (${inWords}) UNION SELECT image FROM (${inTags})`;
    return { sql: `SELECT image FROM (${either})`, values: [`${column} : ${match}`, match] };
  });
  const images = { sql: each.map(({ sql }) => sql).join(" INTERSECT "), values: each.flatMap(({ values }) => values) };
  return { reads: [], images, size: "0" };
}

const selectImage = (column: string, { sql, values }: Condition): Condition => ({
  sql: `SELECT ${column} AS image ${sql}`,
  values,
});

const joined = (...all: readonly Condition[]): Condition => ({
  sql: all.map(({ sql }) => sql).join(" AND "),
  values: all.flatMap(({ values }) => values),
});

function termCondition(column: string, term: Term | undefined): Condition {
  if (term === undefined) return { sql: "1", values: [] };
  const text = stored(term.text);
  if (!term.isPrefix) return { sql: `${column} = ?`, values: [text] };
  const end = behindPrefix(text);
  if (end === undefined) return { sql: `${column} >= ?`, values: [text] };
  return { sql: `${column} >= ? AND ${column} < ?`, values: [text, end] };
}

/** The first text behind all that begin so, as SQLite compares: byte by byte, which is by code points. */
function behindPrefix(text: string): string | undefined {
  const points = Array.from(text, (one) => one.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10_ff_ff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last === 0xd7_ff ? 0xe0_00 : last + 1);
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
  ...{ is_cut: z.number(), is_partial: z.number(), packages: z.number(), read_at: z.number() },
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
 * from elsewhere. Sorted by repository and digest. However much the index holds, a search reads a bounded part of it:
 * where more leads to images than that, those that may be read are gone through in their order, as many as are allowed
 * at once, and `next` is where to go on.
 *
 * @param readable repositories with their classes
 */
export function findImages(
  store: IndexStore,
  question: Question,
  readable: ReadonlyMap<string, ImageClass>,
  page: { after?: SearchCursor; limit: number },
  bounds: SearchBounds = BOUNDS,
): Omit<SearchPage, "index"> {
  const lookup = lookupOf(question, bounds);
  const isBounded = lookup.ofImage === undefined || lookup.reads.every((one) => isWithin(store, one, bounds.rows));
  const found = isBounded
    ? foundImages(store, lookup.images, readable, page)
    : goneThrough(store, lookup, readable, page, bounds.goneThrough);
  const budget = { left: MAX_LOOKED_THROUGH };
  const hits = found.rows.map((row): SearchHit => {
    const hit = hitOf(store, row, readable.get(row.repository) ?? "standard");
    return { ...hit, reasons: reasonsOf(store, question, row, budget) };
  });
  const { total, next } = found;
  const counted = { total: Math.min(total, MAX_COUNT), isMore: total > MAX_COUNT || found.isMore };
  return { hits, ...counted, ...defined({ next: next && `${next.repository}@${next.digest}` }) };
}

/** True where so many rows are there, and no more. */
function isWithin(store: IndexStore, { sql, values }: Condition, most: number): boolean {
  return (store.number(`SELECT count(*) AS n FROM (SELECT 1 ${sql} LIMIT ${most + 1})`, values) ?? 0) <= most;
}

interface FoundImages {
  rows: z.output<typeof imageRow>[];
  total: number;
  isMore: boolean;
  next?: SearchCursor;
}

/** By what leads to them. They are looked for once, for the count and for the page, in a table of this connection in memory. */
function foundImages(
  store: IndexStore,
  { sql, values }: Condition,
  readable: ReadonlyMap<string, ImageClass>,
  { after, limit }: { after?: SearchCursor; limit: number },
): FoundImages {
  store.database.exec("CREATE TEMP TABLE IF NOT EXISTS found (id INTEGER PRIMARY KEY); DELETE FROM temp.found");
  const among = "i.repository IN (SELECT value FROM json_each(?))";
  const insert = `INSERT OR IGNORE INTO temp.found SELECT i.id FROM (${sql}) m CROSS JOIN image i ON i.id = m.image WHERE ${among}`;
  store.database.run(insert, [...values, JSON.stringify([...readable.keys()])]);
  const total = store.number(`SELECT count(*) AS n FROM (SELECT 1 FROM temp.found LIMIT ${MAX_COUNT + 1})`) ?? 0;
  const behind = after === undefined ? "" : "WHERE (i.repository, i.digest) > (?, ?)";
  const from = after === undefined ? [] : [after.repository, after.digest];
  const ids = `SELECT i.id FROM temp.found f CROSS JOIN image i ON i.id = f.id ${behind} ORDER BY i.repository, i.digest LIMIT ?`;
  const page = `SELECT * FROM image WHERE id IN (${ids}) ORDER BY repository, digest`;
  const rows = store.rows(imageRow, page, [...from, limit + 1]);
  const shown = rows.slice(0, limit);
  return { rows: shown, total, isMore: false, ...defined({ next: rows.length > limit ? shown.at(-1) : undefined }) };
}

const sizeRow = z.object({ id: z.number(), digest: digestText, size: z.number() });
const AT_ONCE = 200;

/** By a look at each image that may be read, in their order. @param budget rows that may be looked through */
function goneThrough(
  store: IndexStore,
  { ofImage = { sql: "1", values: [] }, size }: Lookup,
  readable: ReadonlyMap<string, ImageClass>,
  { after, limit }: { after?: SearchCursor; limit: number },
  budget: number,
): FoundImages {
  const rows: FoundImages["rows"] = [];
  const some = `SELECT id, digest, ${size} AS size FROM image WHERE repository = ? AND digest > ? ORDER BY digest LIMIT ?`;
  const one = `SELECT * FROM image i WHERE i.id = ? AND ${ofImage.sql}`;
  let [left, last] = [budget, after];
  const ended = (): FoundImages => ({ rows, total: rows.length, isMore: true, ...defined({ next: last }) });
  for (const repository of [...readable.keys()].sort()) {
    if (after !== undefined && repository < after.repository) continue;
    let digest: string = after?.repository === repository ? after.digest : "";
    for (let count = AT_ONCE; count === AT_ONCE;) {
      const images = store.rows(sizeRow, some, [repository, digest, AT_ONCE]);
      count = images.length;
      for (const image of images) {
        if (left <= 0 || rows.length >= limit) return ended();
        left -= PER_IMAGE + image.size;
        rows.push(...store.rows(imageRow, one, [image.id, ...ofImage.values]));
        digest = image.digest;
        last = { repository, digest };
      }
    }
  }
  return { rows, total: rows.length, isMore: after !== undefined };
}

function hitOf(store: IndexStore, row: z.output<typeof imageRow>, imageClass: ImageClass): Omit<SearchHit, "reasons"> {
  const { id, repository, digest, created, platforms, is_cut: isCut, is_partial: isPartial, read_at: readAt } = row;
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
    hasAllPackages: isPartial === 0,
    readAt: new Date(readAt).toISOString(),
    ...defined({ created: created ?? undefined }),
  };
}

/** What of an image is what was looked for: the first ones. @param budget characters that may be looked through */
function reasonsOf(
  store: IndexStore,
  question: Question,
  { id: image, packages }: z.output<typeof imageRow>,
  budget: { left: number },
): SearchReason[] {
  if (question.in === "digest") {
    const sql = "SELECT digest FROM digest WHERE image = ? AND digest >= ? AND digest < ? LIMIT ?";
    const values = [image, question.prefix, `${question.prefix}g`, MAX_REASONS];
    return store
      .rows(z.object({ digest: digestText }), sql, values)
      .map(({ digest }) => ({ kind: "digest", name: digest, value: "" }));
  }
  if (question.in === "package") {
    if (budget.left <= 0) return [];
    budget.left -= packages * CHARACTERS_A_PACKAGE;
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
  wordsOf(text).some((one) => words.some((word) => termMatches(wordTerm(word), one)));
