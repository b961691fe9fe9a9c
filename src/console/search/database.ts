import type { Database } from "node-sqlite3-wasm";
import { randomUUID } from "node:crypto";
import { constants, copyFileSync, existsSync, lstatSync, readdirSync, rmSync, statSync } from "node:fs";
import { copyFile, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { explainedDisk, isMissing } from "../../base/file";
import { loadPackage } from "../../base/packages";
import { quoted } from "../../base/text/quote";
import { HOUR_MS } from "../../base/time";

/** The index's file in its folder, and what it is called while it is written. */
const FILE = "search.db";
const UNFINISHED = /^search-[0-9a-f-]{36}\.tmp$/;

/** Says that a file is ours, and which form it has. Source: SQLite file format, application id and user version. */
const APPLICATION = 0x44_52_53_49;
const VERSION = 2;
/** Pages of 4 KiB that a file may have, 256 MiB: the copy that is kept and one beside it fit into 1 GiB, too. */
const MAX_PAGES = 65_536;
const PAGE = 4_096;

/** Tables of the index. Texts are in their JSON form, since SQLite's end at a NUL. */
const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE image (id INTEGER PRIMARY KEY, repository TEXT NOT NULL, digest TEXT NOT NULL, created TEXT, platforms TEXT NOT NULL, sboms TEXT NOT NULL, is_cut INTEGER NOT NULL, facts INTEGER NOT NULL DEFAULT 0, packages INTEGER NOT NULL DEFAULT 0, is_partial INTEGER NOT NULL DEFAULT 0, reads INTEGER NOT NULL, read_at INTEGER NOT NULL, packages_at INTEGER, packages_reads INTEGER, UNIQUE (repository, digest));
CREATE TABLE tag (id INTEGER PRIMARY KEY, repository TEXT NOT NULL, tag TEXT NOT NULL, image INTEGER NOT NULL, UNIQUE (repository, tag));
CREATE INDEX tag_image ON tag (image, tag);
CREATE TABLE digest (digest TEXT NOT NULL, image INTEGER NOT NULL, PRIMARY KEY (digest, image)) WITHOUT ROWID;
CREATE INDEX digest_image ON digest (image);
CREATE TABLE fact (image INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, full_length INTEGER, is_owner INTEGER NOT NULL, PRIMARY KEY (image, kind, name, value)) WITHOUT ROWID;
CREATE INDEX fact_name ON fact (kind, name, value);
CREATE TABLE package (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, UNIQUE (name, version));
CREATE TABLE contains (package INTEGER NOT NULL, image INTEGER NOT NULL, PRIMARY KEY (package, image)) WITHOUT ROWID;
CREATE INDEX contains_image ON contains (image);
CREATE TABLE pass (repository TEXT PRIMARY KEY, begun INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (text, owner, content = '', contentless_delete = 1, detail = column, tokenize = 'ascii');
CREATE VIRTUAL TABLE tagwords USING fts5 (text, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
`;

/** Of a database of this process alone: what it loses with the process lies in the folder that is kept. */
const SETTINGS = `
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -8000;
`;

/** Where an index lies, and what it is of. */
export interface IndexPlace {
  /** A folder of this process alone, which it works in. */
  work: string;
  /** The folder that outlives it; absent: each start begins anew. */
  kept?: string;
  /** Of the stage and its registries: an index of others is not taken. */
  of: Digest;
  /** @default 65,536: 256 MiB */
  maxPages?: number;
}

/** An index as it was opened. */
export interface OpenedIndex {
  readonly database: Database;
  /** How it begins: empty, or as it was kept. */
  readonly begins: "empty" | "kept";
  /** Why a file that was there was not taken. */
  readonly refused?: string;
}

/**
 * Opens the working copy of an index: of the file that was kept, where that is whole and of the same stage, else empty.
 * SQLite locks by a folder that a killed process leaves behind; a copy for each process needs no lock, and several
 * consoles may keep theirs in one folder: the last one counts, and each is whole.
 *
 * @throws DualRegistryError REGISTRY_REFUSED for a folder that nobody may write in, or a full disk
 */
export function openIndex({ work, kept, of, maxPages = MAX_PAGES }: IndexPlace): OpenedIndex {
  const file = join(work, FILE);
  const refused = kept === undefined ? "there is none" : takeKept(kept, file, of, maxPages);
  try {
    if (refused === undefined) return { database: configured(file, maxPages), begins: "kept" };
    // SQLite's lock is a folder beside the file.
    for (const path of [file, `${file}.lock`]) rmSync(path, { recursive: true, force: true });
    const database = configured(file, maxPages);
    database.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION};${SCHEMA}`);
    database.run("INSERT INTO meta VALUES ('of', ?)", [of]);
    return { database, begins: "empty", ...(refused !== "there is none" && { refused }) };
  } catch (error) {
    throw explainedIndex(error, work);
  }
}

function configured(file: string, maxPages: number): Database {
  const { Database: Sqlite } = loadPackage("node-sqlite3-wasm");
  const database = new Sqlite(file);
  try {
    database.exec(`${SETTINGS}PRAGMA max_page_count = ${maxPages};`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Copies what was kept. @returns why it is not taken */
function takeKept(folder: string, file: string, of: Digest, maxPages: number): string | undefined {
  const from = join(folder, FILE);
  let database: Database | undefined;
  try {
    if (!existsSync(folder)) return "there is none";
    clearUnfinished(folder);
    if (!existsSync(from)) return "there is none";
    const { size } = lstatSync(from);
    if (!lstatSync(from).isFile() || size > maxPages * PAGE) return "not a file, or larger than an index may be";
    copyFileSync(from, file, constants.COPYFILE_FICLONE);
    database = configured(file, maxPages);
    return faultOf(database, of);
  } catch (error) {
    return `it cannot be read: ${error instanceof Error ? error.message.slice(0, 200) : ""}`;
  } finally {
    if (database?.isOpen === true) database.close();
  }
}

/** What writers that were killed left behind; another console may be writing now. */
function clearUnfinished(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => UNFINISHED.test(one))) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > HOUR_MS) rmSync(path, { force: true });
  }
}

const oneValue = z.array(z.record(z.string(), z.union([z.string(), z.number()])));

/** Why a file is not the index of this stage; undefined where it is. Nothing in it runs: its tables are ours, or it is not. */
function faultOf(database: Database, of: Digest): string | undefined {
  const one = (sql: string) => Object.values(oneValue.parse(database.all(sql))[0] ?? {})[0];
  if (one("PRAGMA application_id") !== APPLICATION) return "not an index of a console";
  if (one("PRAGMA user_version") !== VERSION) return "written by another version";
  const { Database: Sqlite } = loadPackage("node-sqlite3-wasm");
  const model = new Sqlite(":memory:");
  try {
    model.exec(SCHEMA);
    const tables = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name, type";
    if (JSON.stringify(database.all(tables)) !== JSON.stringify(model.all(tables))) return "its tables are others";
  } finally {
    model.close();
  }
  if (one("SELECT value FROM meta WHERE name = 'of'") !== of) return "of another stage, or of other registries";
  if (one("PRAGMA quick_check(1)") !== "ok") return "damaged";
  // What quick_check does not look into. Source: SQLite, FTS5, 6.7, the 'integrity-check' command.
  for (const table of ["words", "tagwords"])
    database.exec(`INSERT INTO ${table} (${table}) VALUES ('integrity-check')`);
  return undefined;
}

/**
 * Keeps the index: a copy beside the file, then in its place. While it runs nothing may write to the index.
 *
 * @throws DualRegistryError REGISTRY_REFUSED for a full disk, or a folder that nobody may write in; CONFIG_INVALID for none
 */
export async function keepIndex({ work, kept }: IndexPlace): Promise<void> {
  if (kept === undefined) return;
  const beside = join(kept, `search-${randomUUID()}.tmp`);
  try {
    await copyFile(join(work, FILE), beside, constants.COPYFILE_EXCL);
    const handle = await open(beside, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(beside, join(kept, FILE));
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    const explained = explainedDisk(error, quoted(kept));
    if (explained instanceof DualRegistryError) throw explained;
    const why = isMissing(error) ? "is not there" : `takes no file (${error instanceof Error ? error.message : ""})`;
    throw new DualRegistryError("CONFIG_INVALID", `${quoted(kept)} ${why}; mount a folder`, { cause: error });
  }
}

/** True for an error of SQLite itself. */
export const isSqliteError = (error: unknown): boolean =>
  error instanceof loadPackage("node-sqlite3-wasm").SQLite3Error;

/** The error of a full disk or index, as SQLite has it; every other error as it is. */
export function explainedIndex(error: unknown, folder: string): unknown {
  const { SQLite3Error } = loadPackage("node-sqlite3-wasm");
  if (!(error instanceof SQLite3Error)) return explainedDisk(error, quoted(folder));
  // The file is this process's own, so that what SQLite cannot read or write is the disk's fault.
  if (!/full|disk I\/O|unable to open/i.test(error.message)) return error;
  const why = `${quoted(folder)}: the index cannot be written (${error.message}); make room there`;
  return new DualRegistryError("REGISTRY_REFUSED", why, { cause: error });
}
