import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Database } from "node-sqlite3-wasm";
import type { BuiltSettings } from "../../../src/console/settings";
import { buildConsole, runConsole, startConsole } from "../../support/console/built";
import { type GroundSearch, until } from "../../support/console/ground";
import { built, namesOf, type SearchedStage, searchedStage } from "../../support/console/searchedStage";
import { describeWith, REFERRERS_TOOL, refusal } from "../../support/registries";

const everything = () => true;
const down = () => Promise.resolve(refusal(500, "UNKNOWN"));

describeWith(["docker-registry", REFERRERS_TOOL], "the search's index after a restart", () => {
  let stage: SearchedStage;
  let data: string;
  let settings: BuiltSettings;
  let search: GroundSearch;
  /** An index that is whole, to copy. */
  let whole: string;

  before(async () => {
    stage = await searchedStage();
    whole = mkdtempSync(join(tmpdir(), "dualreg-whole-"));
    search = stage.ground.search({}, { ...stage.ground.settings, data: whole });
    await built(search);
    await search.close();
  });
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "dualreg-data-"));
    settings = { ...stage.ground.settings, data };
    search = stage.ground.search();
  });
  afterEach(async () => {
    for (const front of Object.values(stage.ground.fronts)) front.use();
    await search.close();
    rmSync(data, { recursive: true, force: true });
  });
  after(async () => {
    await stage.end();
    rmSync(whole, { recursive: true, force: true });
  });

  const begin = async (different: Partial<BuiltSettings> = {}) => {
    await search.close();
    search = stage.ground.search({}, { ...settings, ...different });
  };

  it("search goes on with what was kept before a registry is asked, as old as it was", async () => {
    copyFileSync(join(whole, "search.db"), join(data, "search.db"));
    for (const front of Object.values(stage.ground.fronts)) front.use(down);
    await begin();
    const { state, asOf, isKept } = search.state(everything);
    assert.deepEqual([state, isKept], ["ready", true]);
    assert.ok(asOf !== undefined && new Date(asOf).getTime() < Date.now());
    assert.deepEqual(namesOf(search, "owner", "orders"), ["orders/api:v1", "orders/api:v2"]);
    search.begin();
    await until("the trouble is said", () => search.state(everything).problems.length === 2);
    assert.deepEqual(namesOf(search, "owner", "orders"), ["orders/api:v1", "orders/api:v2"]);
    assert.equal(search.state(everything).asOf, asOf);
  });

  it("search drops what is of repositories that left the map", async () => {
    copyFileSync(join(whole, "search.db"), join(data, "search.db"));
    await begin({ images: settings.images.filter(({ repository }) => repository !== "orders/api") });
    assert.deepEqual(namesOf(search, "any", "orders"), ["orders/web:plain", "orders/web:v1"]);
    search.begin();
    await search.close();
    const database = new Database(join(data, "search.db"));
    assert.deepEqual(database.all("SELECT DISTINCT repository FROM image"), [{ repository: "orders/web" }]);
    database.close();
  });

  const sql = (text: string) => (file: string) => {
    const database = new Database(file);
    database.exec(text);
    database.close();
  };
  const makeFolder = (file: string) => {
    rmSync(file);
    mkdirSync(file);
  };
  const cut = (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 20_000));
  for (const [what, spoil, reason] of [
    ["of another stage", sql("UPDATE meta SET value = 'sha256:0'"), /of another stage/],
    ["of another version", sql("PRAGMA user_version = 1"), /another version/],
    ["with a trigger", sql("CREATE TRIGGER t AFTER INSERT ON tag BEGIN DELETE FROM image; END"), /tables are others/],
    ["with a view in place of a table", sql("DROP TABLE pass; CREATE VIEW pass AS SELECT 1"), /tables are others/],
    ["that is no database", (file: string) => writeFileSync(file, "none".repeat(1_000)), /it cannot be read/],
    ["that is empty", (file: string) => writeFileSync(file, ""), /not an index of a console/],
    ["that was cut", cut, /it cannot be read|damaged|others/],
    ["that is a folder", makeFolder, /not a file/],
  ] as const) {
    it(`search refuses a file ${what}, says so in the log, and builds its index anew`, async () => {
      const file = join(data, "search.db");
      copyFileSync(join(whole, "search.db"), file);
      spoil(file);
      await begin();
      assert.match(search.warnings.join(), reason);
      assert.equal(search.state(everything).images, 0);
      await built(search);
      assert.deepEqual(namesOf(search, "owner", "web"), ["orders/web:v1"]);
    });
  }

  it("search of another stage's registries takes nothing from the file", async () => {
    copyFileSync(join(whole, "search.db"), join(data, "search.db"));
    await begin({ stage: "prod" });
    assert.match(search.warnings.join(), /of another stage/);
    assert.equal(search.state(everything).images, 0);
  });

  it("search answers or says that its file is damaged, whatever byte of it was changed", async () => {
    const bytes = readFileSync(join(whole, "search.db"));
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(changes, async (all) => {
        const spoiled = Buffer.from(bytes);
        for (const [at, byte] of all) spoiled[at] = byte;
        writeFileSync(join(data, "search.db"), spoiled);
        await begin();
        for (const [place, q] of [
          ["any", "orders"],
          ["label", "com*"],
          ["digest", stage.index],
          ["package", "abc*"],
        ] as const) {
          const { index, hits } = search.find(place, q, { mayRead: everything, limit: 10 });
          assert.ok(["ready", "building", "off"].includes(index.state) && hits.length <= 4);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("search leaves a writer's file of an hour ago nowhere, and one of now alone", async () => {
    const names = ["0", "1"].map((digit) => `search-${digit.repeat(8)}-0000-4000-8000-000000000000.tmp`);
    for (const name of names) writeFileSync(join(data, name), "");
    utimesSync(join(data, names[0] ?? ""), 0, 0);
    await begin();
    assert.deepEqual(readdirSync(data), [names[1]]);
  });

  it("search says where its index is lost at a restart, and why", async () => {
    await begin({ data: join(data, "nothing") });
    await built(search);
    await until("it is said", () => search.state(everything).problems.length > 0);
    const { problems, isKept } = search.state(everything);
    assert.match(problems.join(), /The index is lost at a restart: .*nothing.* is not there; mount a folder/);
    assert.equal(isKept, false);
    assert.deepEqual(namesOf(search, "owner", "web"), ["orders/web:v1"]);
  });

  it("search whose index is full says so, and finds what is in it", async () => {
    await search.close();
    search = stage.ground.search({ maxPages: 40 }, settings);
    for (let at = 0; at < 40; at += 1) {
      const labels = { "com.example.team": "web", long: `${at}`.repeat(2_000) };
      await stage.ground.image("standard", "orders/web", `many-${at}`, { labels });
    }
    search.begin();
    await until("it is full", () => search.state(everything).problems.some((one) => one.includes("full")));
    assert.match(search.state(everything).problems.join(), /the index cannot be written \(.*full.*\); make room/);
    assert.ok(namesOf(search, "owner", "web").length > 0);
    for (let at = 0; at < 40; at += 1) await stage.ground.delete("standard", "orders/web", `many-${at}`);
  });

  describe("on a disk that is full", () => {
    let disk: string;
    before(function () {
      disk = mkdtempSync(join(tmpdir(), "dualreg-full-"));
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], { stdio: "ignore" });
      } catch {
        rmSync(disk, { recursive: true });
        this.skip();
      }
    });
    after(() => {
      execFileSync("umount", ["-l", disk], { stdio: "ignore" });
      rmSync(disk, { recursive: true, force: true });
    });

    it("search that cannot keep its index says so and answers, and leaves no half file", async () => {
      writeFileSync(join(disk, "ballast"), Buffer.alloc(200 * 1024));
      await begin({ data: disk });
      await built(search);
      await until("it is said", () => search.state(everything).problems.length > 0);
      assert.match(search.state(everything).problems.join(), /lost at a restart: .*full; make room/);
      assert.deepEqual(namesOf(search, "owner", "web"), ["orders/web:v1"]);
      assert.deepEqual(readdirSync(disk), ["ballast"]);
    });

    it("search without room to work in is off and says why, and ends nothing else", async () => {
      writeFileSync(join(disk, "ballast"), Buffer.alloc(248 * 1024));
      await search.close();
      search = stage.ground.search({ temporary: disk });
      search.begin();
      const { index } = search.find("any", "orders", { mayRead: everything, limit: 10 });
      assert.equal(index.state, "off");
      assert.match(index.problems.join(), /make room/);
    });
  });

  it("the built console that is killed while it reads starts again, and finds by what it kept with both registries down", async () => {
    const file = await buildConsole(join(data, "program"), {
      ...{ ...settings, port: 0 },
      rateLimits: { ...settings.rateLimits, search: { points: 100_000, seconds: 60 } },
    });
    const ask = async (address: string) => {
      const answer = await fetch(`${address}/api/v1/search?in=owner&q=orders`);
      return (await answer.json()) as {
        total: number;
        index: { state: string; images: number; imagesWithPackages: number };
      };
    };
    const killed = async (isReached: (found: Awaited<ReturnType<typeof ask>>) => boolean) => {
      const { child, lines, ended } = startConsole(file);
      await until("it listens", () => lines.some(({ msg }) => msg === "listening"));
      const address = `http://127.0.0.1:${String(lines.find(({ msg }) => msg === "listening")?.["port"])}`;
      while (!isReached(await ask(address))) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill("SIGKILL");
      await ended;
    };
    await killed(({ index }) => index.images > 0 && index.state === "building");
    await killed(({ index }) => index.state === "ready" && index.imagesWithPackages === 4);
    await until("it was kept", () => readdirSync(data).includes("search.db"));
    for (const front of Object.values(stage.ground.fronts)) front.use(down);
    const console = await runConsole(file);
    assert.equal((await ask(console.address)).total, 2);
    assert.equal(await console.stop(), 0);
  });
});
