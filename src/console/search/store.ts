import type { Database } from "node-sqlite3-wasm";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { type Digest, isDigest } from "../../base/digest";
import { explainedIndex, type IndexPlace, keepIndex, type OpenedIndex, openIndex } from "./database";
import type { ImageDocument } from "./document";
import type { PackageList } from "./packages";
import { wordsOf } from "./question";

type Values = (string | number | null)[];

/** Tags, with their images, that go in one turn; packages that are looked at in one. */
const DROPPED_AT_ONCE = 10;
const PACKAGES_AT_ONCE = 2_000;

/** A text as the index has it, and back: SQLite's end at a NUL, and know no half characters. */
export const stored = (text: string): string => JSON.stringify(text).slice(1, -1);
export const restored = z.string().transform((text, context) => {
  try {
    return z.string().parse(JSON.parse(`"${text}"`));
  } catch {
    context.addIssue("not a text of the index");
    return z.NEVER;
  }
});
export const digestText = z.string().refine(isDigest);
const digestList = z.string().transform((text) => z.array(digestText).parse(JSON.parse(text)));

/** An image whose packages are to be read. */
const unread = z.object({ digest: digestText, sboms: digestList });

/** The index's tables: what is written to them. One write runs at a time, and each is whole or nothing. */
export class IndexStore {
  readonly database: Database;
  readonly opened: Omit<OpenedIndex, "database">;
  private changes = 0;
  private keptChanges = 0;
  private keeping: Promise<void> | undefined;

  /** @throws DualRegistryError REGISTRY_REFUSED where nothing can be written */
  constructor(private readonly place: IndexPlace) {
    const { database, ...opened } = openIndex(place);
    this.database = database;
    this.opened = opened;
  }

  /** Rows of a query, decoded. */
  rows<Row extends z.ZodType>(row: Row, sql: string, values: Values = []): z.output<Row>[] {
    return z.array(row).parse(this.database.all(sql, values));
  }

  /** The first row's `n`; undefined where there is no row. */
  number(sql: string, values: Values = []): number | undefined {
    return this.rows(z.object({ n: z.number() }), sql, values)[0]?.n;
  }

  /** @throws DualRegistryError REGISTRY_REFUSED for a full disk; nothing of the change is then there */
  private async change<T>(task: () => T): Promise<T> {
    while (this.keeping !== undefined) await this.keeping;
    try {
      this.database.exec("BEGIN");
      const result = task();
      this.database.exec("COMMIT");
      this.changes += 1;
      return result;
    } catch (error) {
      if (this.database.isOpen && this.database.inTransaction) this.database.exec("ROLLBACK");
      throw explainedIndex(error, this.place.work);
    }
  }

  /** Drops what is of repositories that the map does not have any more. */
  async keepRepositories(names: readonly string[]): Promise<void> {
    const list = [JSON.stringify(names)];
    const gone = "repository NOT IN (SELECT value FROM json_each(?))";
    const sql = `SELECT DISTINCT repository FROM tag WHERE ${gone}`;
    for (const { repository } of this.rows(z.object({ repository: z.string() }), sql, list)) {
      await this.keepTags(repository, () => false);
    }
    await this.change(() => void this.database.run(`DELETE FROM pass WHERE ${gone}`, list));
  }

  private imageId(repository: string, digest: Digest): number | undefined {
    return this.number("SELECT id AS n FROM image WHERE repository = ? AND digest = ?", [repository, digest]);
  }

  /** Writes an image as it was read, where it is not known yet, and the tag that it was read by. */
  put(repository: string, image: ImageDocument, tag: string, at: number): Promise<void> {
    return this.change(() => {
      const id = this.imageId(repository, image.digest) ?? this.insert(repository, image, at);
      this.placeTag(repository, tag, id);
    });
  }

  private insert(repository: string, image: ImageDocument, at: number): number {
    const { digest, created, platforms, sboms, isCut, facts, reads } = image;
    const columns = "repository, digest, created, platforms, sboms, is_cut, facts, reads, read_at";
    const { lastInsertRowid } = this.database.run(`INSERT INTO image (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
      ...[repository, digest, created === undefined ? null : stored(created)],
      ...[JSON.stringify(platforms), JSON.stringify(sboms), Number(isCut), facts.length, reads, at],
    ]);
    const id = Number(lastInsertRowid);
    for (const one of image.digests) this.database.run("INSERT OR IGNORE INTO digest VALUES (?, ?)", [one, id]);
    for (const { kind, name, value, fullLength, isOwner } of facts) {
      const row = [id, kind, stored(name), stored(value), fullLength ?? null, Number(isOwner)];
      this.database.run("INSERT OR IGNORE INTO fact VALUES (?, ?, ?, ?, ?, ?)", row);
    }
    const owners = facts.filter(({ isOwner }) => isOwner).map(({ value }) => value);
    const texts = [repository, ...facts.flatMap(({ name, value }) => [name, value])];
    const words = [id, textOf(texts), textOf(owners)];
    this.database.run("INSERT INTO words (rowid, text, owner) VALUES (?, ?, ?)", words);
    return id;
  }

  hasTag(repository: string, tag: string): boolean {
    return this.number("SELECT 1 AS n FROM tag WHERE repository = ? AND tag = ?", [repository, tag]) !== undefined;
  }

  /** Says what a tag stands for. @returns false for an image that is not known: it has to be read */
  setTag(repository: string, tag: string, digest: Digest): Promise<boolean> {
    const sql = "SELECT image AS n FROM tag WHERE repository = ? AND tag = ?";
    const known = this.imageId(repository, digest);
    if (known !== undefined && this.number(sql, [repository, tag]) === known) return Promise.resolve(true);
    return this.change(() => {
      const id = this.imageId(repository, digest);
      if (id !== undefined) this.placeTag(repository, tag, id);
      return id !== undefined;
    });
  }

  private placeTag(repository: string, tag: string, image: number): void {
    const sql = "SELECT image AS n FROM tag WHERE repository = ? AND tag = ?";
    const before = this.number(sql, [repository, tag]);
    if (before === image) return;
    this.dropTags("repository = ? AND tag = ?", [repository, tag]);
    const insert = "INSERT INTO tag (repository, tag, image) VALUES (?, ?, ?)";
    const { lastInsertRowid } = this.database.run(insert, [repository, tag, image]);
    this.database.run("INSERT INTO tagwords (rowid, text) VALUES (?, ?)", [Number(lastInsertRowid), textOf([tag])]);
    if (before !== undefined)
      this.dropImages("id = ? AND NOT EXISTS (SELECT 1 FROM tag WHERE tag.image = image.id)", [before]);
  }

  /** Takes away a tag that is not there any more, and the image where it was its last. */
  dropTag(repository: string, tag: string): Promise<void> {
    return this.change(() => this.drop(repository, tag));
  }

  private drop(repository: string, tag: string): void {
    const sql = "SELECT image AS n FROM tag WHERE repository = ? AND tag = ?";
    const image = this.number(sql, [repository, tag]);
    if (image === undefined) return;
    this.dropTags("repository = ? AND tag = ?", [repository, tag]);
    this.dropImages("id = ? AND NOT EXISTS (SELECT 1 FROM tag WHERE tag.image = image.id)", [image]);
  }

  /**
   * Takes away every tag of a repository but those that are kept, and the images that then have none: few at once, so
   * that whoever waits gets a turn.
   *
   * @param isKept asked again before each is taken away
   */
  async keepTags(repository: string, isKept: (tag: string) => boolean): Promise<void> {
    const known = this.rows(z.object({ tag: z.string() }), "SELECT tag FROM tag WHERE repository = ?", [repository]);
    const gone = known.map(({ tag }) => tag).filter((tag) => !isKept(tag));
    for (let at = 0; at < gone.length; at += DROPPED_AT_ONCE) {
      await this.change(() => {
        const some = gone.slice(at, at + DROPPED_AT_ONCE).filter((tag) => !isKept(tag));
        for (const tag of some) this.drop(repository, tag);
      });
      await setImmediate();
    }
  }

  /** Takes away packages that no image has any more, in turns. */
  async dropUnusedPackages(): Promise<void> {
    const last = this.number("SELECT coalesce(max(id), 0) AS n FROM package") ?? 0;
    const unused = "NOT EXISTS (SELECT 1 FROM contains WHERE contains.package = package.id)";
    for (let from = 0; from < last; from += PACKAGES_AT_ONCE) {
      const range = [from, from + PACKAGES_AT_ONCE];
      const has = this.number(`SELECT 1 AS n FROM package WHERE id > ? AND id <= ? AND ${unused} LIMIT 1`, range);
      if (has !== undefined) {
        const sql = `DELETE FROM package WHERE id > ? AND id <= ? AND ${unused}`;
        await this.change(() => void this.database.run(sql, range));
      }
      await setImmediate();
    }
  }

  /** The tags of a repository that stand for a digest, or for an index with it. */
  tagsOf(repository: string, digest: Digest): string[] {
    const holders = "SELECT image FROM digest WHERE digest = ?";
    const sql = `SELECT tag FROM tag WHERE repository = ? AND image IN (${holders}) ORDER BY tag LIMIT 1000`;
    return this.rows(z.object({ tag: z.string() }), sql, [repository, digest]).map(({ tag }) => tag);
  }

  /** Says that a repository was read from first to last, beginning then. */
  passed(repository: string, begun: number): Promise<void> {
    const sql = "INSERT OR REPLACE INTO pass VALUES (?, ?)";
    return this.change(() => void this.database.run(sql, [repository, begun]));
  }

  /** Images of a repository whose packages were not read since then: those never read first, the newest of them. */
  unreadPackages(repository: string, since: number, most: number): z.output<typeof unread>[] {
    const sql =
      "SELECT digest, sboms FROM image WHERE repository = ? AND (packages_at IS NULL OR packages_at < ?) ORDER BY packages_at, id DESC LIMIT ?";
    return this.rows(unread, sql, [repository, since, most]);
  }

  /** Images by these tags, and the image of this digest, whose packages are still to be read. */
  unreadPackagesOf(repository: string, tags: readonly string[], digest?: Digest): z.output<typeof unread>[] {
    const named = "SELECT image FROM tag WHERE repository = ? AND tag IN (SELECT value FROM json_each(?))";
    const image = "SELECT id FROM image WHERE repository = ? AND digest = ?";
    const sql = `SELECT digest, sboms FROM image WHERE id IN (${named} UNION ${image}) AND packages_at IS NULL`;
    return this.rows(unread, sql, [repository, JSON.stringify(tags), repository, digest ?? ""]);
  }

  /** Lets an image's packages be read anew. */
  forgetPackages(repository: string, digest: Digest): Promise<void> {
    const sql = "UPDATE image SET packages_at = NULL WHERE repository = ? AND digest = ?";
    return this.change(() => void this.database.run(sql, [repository, digest]));
  }

  /** Writes the packages of an image, where that is still there. */
  putPackages(
    repository: string,
    digest: Digest,
    { packages, isPartial }: PackageList,
    { reads, at }: { reads: number; at: number },
  ): Promise<void> {
    return this.change(() => {
      const image = this.imageId(repository, digest);
      if (image === undefined) return;
      this.database.run("DELETE FROM contains WHERE image = ?", [image]);
      for (const one of packages) {
        const names = [stored(one.name), stored(one.version)];
        this.database.run("INSERT OR IGNORE INTO package (name, version) VALUES (?, ?)", names);
        const sql = "INSERT OR IGNORE INTO contains SELECT id, ? FROM package WHERE name = ? AND version = ?";
        this.database.run(sql, [image, ...names]);
      }
      const sql = "UPDATE image SET packages_at = ?, packages_reads = ?, packages = ?, is_partial = ? WHERE id = ?";
      this.database.run(sql, [at, reads, packages.length, Number(isPartial), image]);
    });
  }

  private dropTags(where: string, values: Values): void {
    this.database.run(`DELETE FROM tagwords WHERE rowid IN (SELECT id FROM tag WHERE ${where})`, values);
    this.database.run(`DELETE FROM tag WHERE ${where}`, values);
  }

  private dropImages(where: string, values: Values): void {
    const ids = this.rows(z.object({ id: z.number() }), `SELECT id FROM image WHERE ${where}`, values);
    for (const { id } of ids) {
      for (const table of ["digest", "fact", "contains"]) {
        this.database.run(`DELETE FROM ${table} WHERE image = ?`, [id]);
      }
      this.database.run("DELETE FROM words WHERE rowid = ?", [id]);
      this.database.run("DELETE FROM image WHERE id = ?", [id]);
    }
  }

  /** Keeps the index where something changed; writes wait meanwhile. @throws DualRegistryError REGISTRY_REFUSED */
  async keep(): Promise<void> {
    while (this.keeping !== undefined) await this.keeping;
    if (this.changes === this.keptChanges) return;
    const { changes } = this;
    const running = keepIndex(this.place);
    this.keeping = running.catch(() => undefined);
    try {
      await running;
      this.keptChanges = changes;
    } finally {
      this.keeping = undefined;
    }
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }
}

/** The words of some texts, each once. */
const textOf = (texts: readonly string[]): string => wordsOf(texts.join("\n")).join(" ");
