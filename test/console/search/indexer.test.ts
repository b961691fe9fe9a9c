import assert from "node:assert/strict";
import { type GroundSearch, until } from "../../support/console/ground";
import { built, namesOf, type SearchedStage, searchedStage } from "../../support/console/searchedStage";
import { describeWith, REFERRERS_TOOL, refusal } from "../../support/registries";

const everything = () => true;

describeWith(["docker-registry", REFERRERS_TOOL], "the search's index of two registries", () => {
  let stage: SearchedStage;
  let search: GroundSearch;

  beforeEach(async () => {
    stage = await searchedStage();
    search = stage.ground.search();
  });
  afterEach(async () => {
    await search.close();
    await stage.end();
  });

  it("S0-9 search finds images of both registries by label, annotation, owner and digest, of an index and of its parts", async () => {
    await built(search);
    assert.deepEqual(namesOf(search, "label", "com.example.team=orders"), ["orders/api:v1", "orders/api:v2"]);
    assert.deepEqual(namesOf(search, "label", "com.example.tier=arm*"), ["orders/api:v1"]);
    assert.deepEqual(namesOf(search, "label", "org.opencontainers.*"), ["orders/web:v1"]);
    assert.deepEqual(namesOf(search, "annotation", "org.opencontainers.image.title=Orders*"), ["orders/api:v1"]);
    assert.deepEqual(namesOf(search, "label", "org.opencontainers.image.title"), []);
    assert.deepEqual(namesOf(search, "owner", "web"), ["orders/web:v1"]);
    assert.deepEqual(namesOf(search, "any", "plain"), ["orders/web:plain"]);
    assert.deepEqual(namesOf(search, "any", "CONTOSO v1"), ["orders/api:v1"]);
    for (const digest of [stage.index, ...stage.children]) {
      assert.deepEqual(namesOf(search, "digest", digest.slice(0, 20)), ["orders/api:v1"]);
      assert.deepEqual(namesOf(search, "any", `registry.example.com/orders/api@${digest}`), ["orders/api:v1"]);
    }
    const [hit] = search.find("owner", "team", { mayRead: everything, limit: 1 }).hits;
    assert.deepEqual([hit?.owners, hit?.class, hit?.tags], [["Web Team"], "standard", ["v1"]]);
    assert.deepEqual(hit?.reasons, [{ kind: "label", name: "org.opencontainers.image.vendor", value: "Web Team" }]);
  });

  it("S0-9 search finds what contains a package, by name and version, at both kinds of registry", async () => {
    await stage.attachSbom("secure", "orders/api", stage.index, [
      { name: "openssl", versionInfo: "3.0.15" },
      { name: "@company/orders", versionInfo: "1.2.3" },
    ]);
    const web = await stage.ground.repository("standard", "orders/web").resolve("plain");
    assert.ok(web);
    await stage.attachSbom("standard", "orders/web", web.digest, [{ name: "openssl", versionInfo: "1.1.1" }]);
    await built(search);
    assert.deepEqual(namesOf(search, "package", "openssl"), ["orders/api:v1", "orders/web:plain"]);
    assert.deepEqual(namesOf(search, "package", "openssl@3.*"), ["orders/api:v1"]);
    assert.deepEqual(namesOf(search, "package", "@company/orders@1.2.3"), ["orders/api:v1"]);
    assert.deepEqual(namesOf(search, "package", "openss"), []);
    const [hit] = search.find("package", "openssl@1*", { mayRead: everything, limit: 1 }).hits;
    assert.deepEqual(hit?.reasons, [{ kind: "package", name: "openssl", value: "1.1.1" }]);
  });

  it("S0-2 search says nothing of what a visitor may not read: neither hits nor counts, ages or problems", async () => {
    await built(search);
    stage.ground.fronts.secure.use(() => Promise.resolve(refusal(500, "UNKNOWN")));
    await until("the secure registry is missed", () => search.state(everything).problems.length > 0);
    const onlyWeb = (repository: string) => repository === "orders/web";
    for (const [place, q] of [
      ...([
        ["label", "com.example.team"],
        ["any", "orders api"],
        ["digest", stage.index],
      ] as const),
    ] as const) {
      const { hits, total, isMore } = search.find(place, q, { mayRead: onlyWeb, limit: 100 });
      assert.deepEqual({ hits, total, isMore }, { hits: [], total: 0, isMore: false }, q);
    }
    const { index, total } = search.find("any", "orders", { mayRead: onlyWeb, limit: 1 });
    assert.deepEqual([total, index.repositories, index.images, index.tags, index.problems], [2, 1, 2, 2, []]);
    const nobody = search.find("any", "orders", { mayRead: () => false, limit: 1 });
    assert.deepEqual([nobody.total, nobody.index.images, nobody.index.cost.reads], [0, 0, 0]);
  });

  it("search forgets tags that were deleted, and finds those that moved by what they stand for now", async () => {
    await built(search);
    await stage.ground.image("secure", "orders/api", "v2", {
      seed: "other",
      labels: { "com.example.team": "billing" },
    });
    await stage.ground.delete("standard", "orders/web", "v1");
    await until("the moved tag is found anew", () => namesOf(search, "owner", "billing").length === 1);
    await until("the deleted tag is gone", () => namesOf(search, "owner", "web").length === 0);
    assert.deepEqual(namesOf(search, "label", "com.example.team=orders"), ["orders/api:v1"]);
  });

  it("search of one registry goes on where the other is down, says so, and reads the other once it is back", async () => {
    stage.ground.fronts.secure.use(() => Promise.resolve(refusal(500, "UNKNOWN")));
    search.begin();
    await until("the other is read", () => namesOf(search, "owner", "web").length === 1);
    await until("the trouble is said", () => search.state(everything).problems.length === 1);
    const state = search.state(everything);
    assert.deepEqual([state.state, state.repositoriesRead, state.asOf], ["building", 1, undefined]);
    assert.match(state.problems[0] ?? "", new RegExp(stage.ground.hostOf("secure").replaceAll(".", "\\.")));
    stage.ground.fronts.secure.use();
    await until("it is read", () => search.state(everything).state === "ready");
    assert.deepEqual(namesOf(search, "owner", "orders"), ["orders/api:v1", "orders/api:v2"]);
  });

  it("search keeps its pace, and what reading all anew costs is what it asked for", async () => {
    await search.close();
    // A request each 100 ms.
    search = stage.ground.search({ every: 60_000, pace: { reads: 600, referrerLists: 600 } });
    const begun = performance.now();
    const requests = await stage.ground.requestsOf("standard", () => built(search));
    const { cost } = search.state((repository) => repository === "orders/web");
    assert.equal(cost.reads, requests.filter((line) => !line.endsWith(" /v2/")).length, requests.join("\n"));
    assert.ok(performance.now() - begun > 100 * (cost.reads - 1));
  });

  it("search leaves an image out that is not whole, says so, and finds the others", async () => {
    await stage.ground.incomplete("secure", "orders/api", "broken");
    await built(search);
    assert.deepEqual(namesOf(search, "any", "broken"), []);
    assert.match(search.state(everything).problems.join(), /orders\/api/);
    assert.deepEqual(namesOf(search, "owner", "orders"), ["orders/api:v1", "orders/api:v2"]);
  });
});
