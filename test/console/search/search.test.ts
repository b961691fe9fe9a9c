import assert from "node:assert/strict";
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { type Digest, digestOf, isDigest } from "../../../src/base/digest";
import { DualRegistryError } from "../../../src/base/errors";
import type { ImageDocument } from "../../../src/console/search/document";
import { saysOwner } from "../../../src/console/search/owner";
import {
  type Question,
  readQuestion,
  SEARCH_PLACES,
  type SearchPlace,
  termMatches,
  wordsOf,
  wordTerm,
} from "../../../src/console/search/question";
import { findImages } from "../../../src/console/search/search";
import { IndexStore } from "../../../src/console/search/store";

/** An image with what the index is told of it. */
interface Indexed {
  repository: string;
  tags: string[];
  document: ImageDocument;
  packages: { name: string; version: string }[];
}

const REPOSITORIES = ["orders/api", "orders/web", "billing/api"];
const OF = digestOf(Buffer.from("a stage"));

/** What questions and labels are made of: short, so that they meet; with everything that means something to SQL or FTS5. */
const PIECES = [
  ...["a", "ab", "abc", "B", "ä", "Σ", "ß", "team", "orders", "1", "1.2", "v1"],
  ...[" ", ".", "-", "=", "@", "*", "%", "_", '"', "'", "(", ")", ":", "^", "+", "NEAR", " AND ", " OR ", " NOT "],
  ...["\u0000", "\ud83d", "\u202e", "\\", "\\u0061", "text : ", "owner", "{", "}", ";--"],
];
const text = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
const name = fc.oneof(text, fc.constantFrom("com.example.team", "org.opencontainers.image.vendor", "maintainer", "a"));

const fact = fc
  .record({ kind: fc.constantFrom("label" as const, "annotation" as const), name, value: text })
  .chain((one) =>
    fc.constantFrom(undefined, 9_999).map((fullLength) => ({
      ...one,
      isOwner: saysOwner(one.name),
      ...(fullLength === undefined ? {} : { fullLength }),
    })),
  );
const image = fc.record({
  repository: fc.constantFrom(...REPOSITORIES),
  tags: fc.uniqueArray(fc.constantFrom("v1", "v1.2", "latest", "orders", "ab"), { minLength: 1, maxLength: 3 }),
  facts: fc.uniqueArray(fact, {
    maxLength: 5,
    selector: ({ kind, name: of, value }) => JSON.stringify([kind, of, value]),
  }),
  packages: fc.array(fc.record({ name: text, version: text }), { maxLength: 3 }),
});
const images = fc.array(image, { maxLength: 6 }).map((all) => {
  const taken = new Set<string>();
  return all.flatMap(({ repository, tags, facts, packages }, at): Indexed[] => {
    const digest = digestOf(Buffer.from(String(at)));
    const own = tags.filter((tag) => !taken.has(`${repository}:${tag}`));
    own.forEach((tag) => taken.add(`${repository}:${tag}`));
    const document = { digest, platforms: [], digests: [digest, digestOf(Buffer.from(`part ${at}`))], facts };
    if (own.length === 0) return [];
    return [{ repository, tags: own, packages, document: { ...document, isCut: false, sboms: [], reads: 1 } }];
  });
});

/** Whether an image is what is looked for, as one would say it without an index. */
function isFound({ repository, tags, document, packages }: Indexed, question: Question): boolean {
  const { facts, digests } = document;
  if (question.in === "digest") return digests.some((digest) => digest.startsWith(question.prefix));
  if (question.in === "package") {
    return packages.some(
      (one) =>
        termMatches(question.name, one.name) &&
        (question.version === undefined || termMatches(question.version, one.version)),
    );
  }
  if ("words" in question) {
    const texts =
      question.in === "owner"
        ? facts.filter(({ isOwner }) => isOwner).map(({ value }) => value)
        : [repository, ...tags, ...facts.flatMap((one) => [one.name, one.value])];
    const words = texts.flatMap(wordsOf);
    return question.words.every((word) => words.some((one) => termMatches(wordTerm(word), one)));
  }
  return facts.some(
    (one) =>
      one.kind === question.in &&
      termMatches(question.name, one.name) &&
      (question.value === undefined ||
        (termMatches(question.value, one.value) && (question.value.isPrefix || one.fullLength === undefined))),
  );
}

/** Counts the images that are looked at one by one. */
class WatchedStore extends IndexStore {
  looks = 0;

  override rows<Row extends z.ZodType>(row: Row, sql: string, values?: (string | number | null)[]): z.output<Row>[] {
    if (sql.startsWith("SELECT * FROM image i WHERE i.id = ? AND ")) this.looks += 1;
    return super.rows(row, sql, values);
  }
}

async function storeOf(dir: string, all: readonly Indexed[]): Promise<WatchedStore> {
  const store = new WatchedStore({ work: mkdtempSync(join(dir, "work-")), of: OF });
  for (const { repository, tags, document, packages } of all) {
    for (const tag of tags) await store.put(repository, document, tag, 0);
    await store.putPackages(repository, document.digest, { packages, isPartial: false }, { reads: 1, at: 1 });
  }
  return store;
}

describe("findImages", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "dualreg-search-test-"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("S0-9 findImages finds what a scan of everything finds, page after page, and nothing that may not be read", async () => {
    const asked = fc.tuple(
      fc.constantFrom(...SEARCH_PLACES),
      fc.oneof(
        text,
        name,
        fc.tuple(name, text).map((two) => two.join("=")),
      ),
    );
    const readable = fc.subarray(REPOSITORIES);
    await fc.assert(
      fc.asyncProperty(images, fc.array(asked, { maxLength: 30 }), readable, async (all, questions, names) => {
        const store = await storeOf(dir, all);
        try {
          const places = new Map(names.map((one) => [one, "secure" as const]));
          const digests = all.map(({ document }): [SearchPlace, string] => ["digest", document.digests[1] ?? ""]);
          for (const [place, raw] of [...questions, ...digests]) {
            const question = questionOf(place, raw);
            if (question === undefined) continue;
            const wanted = all
              .filter((one) => places.has(one.repository) && isFound(one, question))
              .map(({ repository, document }) => `${repository}@${document.digest}`)
              .sort();
            const found: string[] = [];
            for (let after: { repository: string; digest: Digest } | undefined; ;) {
              const { hits, total, next } = findImages(store, question, places, { limit: 2, ...(after && { after }) });
              assert.equal(total, wanted.length, JSON.stringify(question));
              found.push(...hits.map(({ repository, digest }) => `${repository}@${digest}`));
              const last = hits.at(-1);
              if (next === undefined || last === undefined) break;
              after = { repository: last.repository, digest: last.digest };
            }
            assert.deepEqual(found, wanted, JSON.stringify(question));
          }
        } finally {
          store.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it("S0-9 findImages that may read few rows at once finds the same, page after page, and never reads more", async () => {
    const asked = fc.tuple(fc.constantFrom("label", "annotation", "package", "digest"), fc.oneof(name, text));
    const readable = fc.subarray(REPOSITORIES);
    await fc.assert(
      fc.asyncProperty(images, fc.array(asked, { maxLength: 20 }), readable, async (all, questions, names) => {
        const store = await storeOf(dir, all);
        try {
          const places = new Map(names.map((one) => [one, "secure" as const]));
          for (const [place, raw] of questions) {
            const question = questionOf(place, raw);
            if (question === undefined) continue;
            const wanted = all.filter((one) => places.has(one.repository) && isFound(one, question));
            const found: string[] = [];
            let after: { repository: string; digest: Digest } | undefined;
            for (;;) {
              const before = store.looks;
              const page = { limit: 2, ...(after && { after }) };
              const { hits, next } = findImages(store, question, places, page, { rows: 0, words: 1, goneThrough: 60 });
              // An image costs 50 rows and what is looked through of it.
              assert.ok(store.looks - before <= 2, `${store.looks - before} images were looked at`);
              found.push(...hits.map(({ repository, digest }) => `${repository}@${digest}`));
              if (next === undefined) break;
              const [repository = "", digest = ""] = next.split("@");
              assert.ok(places.has(repository) && isDigest(digest));
              after = { repository, digest };
            }
            const sorted = wanted.map(({ repository, document }) => `${repository}@${document.digest}`).sort();
            assert.deepEqual(found, sorted, JSON.stringify(question));
          }
        } finally {
          store.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  it("findImages looks at no more images however many there are, where a beginning leads to more than it may read", async () => {
    const storeWith = (count: number) => {
      const digests = Array.from({ length: count }, (_, at) => digestOf(Buffer.from(String(at))));
      const packages = Array.from({ length: 20 }, (_, at) => ({ name: `lib${at}`, version: "1" }));
      const base = { platforms: [], facts: [], isCut: false, sboms: [], reads: 1 };
      return storeOf(
        dir,
        digests.map((digest, at) => ({
          ...{ repository: "orders/api", tags: [`v${at}`], packages },
          document: { ...base, digest, digests: [digest] },
        })),
      );
    };
    const places = new Map([["orders/api", "secure" as const]]);
    const bounds = { rows: 100, words: 100, goneThrough: 700 };
    const looks = [];
    for (const count of [20, 200]) {
      const store = await storeWith(count);
      const { isMore, next } = findImages(store, readQuestion("package", "lib*"), places, { limit: 100 }, bounds);
      assert.deepEqual([isMore, typeof next], [true, "string"]);
      looks.push(store.looks);
      store.close();
    }
    assert.deepEqual(looks, [10, 10]);
  });

  it("findImages does not take a value that was cut for equal to its beginning, and says that it was cut", async () => {
    const value = "m".repeat(4_096);
    const facts = [{ kind: "label" as const, name: "long", value, fullLength: 1_048_576, isOwner: false }];
    const digest = digestOf(Buffer.from("long"));
    const document = { digest, platforms: [], digests: [digest], facts, isCut: true, sboms: [], reads: 1 };
    const store = await storeOf(dir, [{ repository: "orders/api", tags: ["v1"], document, packages: [] }]);
    const places = new Map([["orders/api", "secure" as const]]);
    const exact: Question = {
      in: "label",
      name: { text: "long", isPrefix: false },
      value: { text: value, isPrefix: false },
    };
    assert.equal(findImages(store, exact, places, { limit: 10 }).total, 0);
    const { hits } = findImages(store, readQuestion("label", `long=${"m".repeat(400)}*`), places, { limit: 10 });
    assert.deepEqual(hits[0]?.reasons, [
      { kind: "label", name: "long", value: "m".repeat(300), fullLength: 1_048_576 },
    ]);
    assert.equal(hits[0].isCut, true);
    store.close();
  });

  it("findImages counts a thousand and says that there are more", async () => {
    const digests = Array.from({ length: 1_005 }, (_, at) => digestOf(Buffer.from(String(at))));
    const base = { platforms: [], facts: [], isCut: false, sboms: [], reads: 1 };
    const all = digests.map((digest, at): Indexed => ({
      ...{ repository: "orders/api", tags: [`v${at}`], packages: [] },
      document: { ...base, digest, digests: [digest] },
    }));
    const store = await storeOf(dir, all);
    const found = findImages(store, readQuestion("any", "orders"), new Map([["orders/api", "secure"]]), { limit: 100 });
    assert.deepEqual([found.hits.length, found.total, found.isMore], [100, 1_000, true]);
    store.close();
  });
});

function questionOf(place: SearchPlace, raw: string): Question | undefined {
  try {
    return readQuestion(place, raw);
  } catch (error) {
    assert.ok(error instanceof DualRegistryError);
    return undefined;
  }
}
