import assert from "node:assert/strict";
import { type Digest } from "../../../src/base/digest";
import type { Catalog } from "../../../src/console/model";
import { originPage } from "../../../src/console/pages/questions";
import { ConsoleGround, ok } from "../../support/console/ground";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";
import { refusal } from "../../support/registries/quirks";

describeWith(["docker-registry", REFERRERS_TOOL], "where a digest comes from", () => {
  let ground: ConsoleGround;
  let catalog: Catalog;
  before(async () => {
    ground = await ConsoleGround.begin();
  });
  beforeEach(() => {
    catalog = ground.catalog();
  });
  after(() => ground.end());

  it("origin says which registry holds a digest, and tells self-asserted, signed and recorded apart", async () => {
    const labels = { "org.opencontainers.image.source": "https://example.com/company/orders" };
    const one = await ground.image("secure", "orders/api", "both", { seed: "both", labels });
    const other = await ground.image("standard", "orders/web", "both", { seed: "both", labels });
    assert.equal(one, other);
    await ground.sign("secure", "orders/api", one);
    const { holders, statements } = await catalog.origin(one, () => true);
    assert.deepEqual(
      holders.map(({ registry, repositories }) => [registry.class, ok(repositories)]),
      [
        ["secure", ["orders/api"]],
        ["standard", ["orders/web"]],
      ],
    );
    assert.deepEqual([...new Set(statements.map(({ trust }) => trust))].sort(), ["self-asserted", "signed"]);
    const hidden = await catalog.origin(one, (repository) => repository === "orders/web");
    assert.ok(!JSON.stringify(hidden).includes("orders/api"));
  });

  it("S0-10 origin names a repository whose image stands in the registry of the other class, and nothing where none does", async () => {
    const astray = await ground.image("standard", "orders/api", "astray", { seed: "astray" });
    const misplaced = async (digest: Digest, name = "") =>
      (await catalog.origin(digest, (repository) => repository.includes(name))).holders.map((one) => one.misplaced);
    assert.deepEqual(await misplaced(astray), [undefined, ["orders/api"]]);
    assert.deepEqual(await misplaced(astray, "orders/web"), [undefined, undefined]);
    const inPlace = await ground.image("standard", "orders/web", "in-place", { seed: "in-place" });
    assert.deepEqual(await misplaced(inPlace), [undefined, undefined]);
    const page = originPage(await catalog.origin(astray, () => true)).toString();
    assert.match(page, /in the wrong registry.*orders\/api in the standard registry/);
    ground.fronts.standard.use((asked, next) =>
      asked.path.includes("orders/api") ? Promise.resolve(refusal(403, "DENIED")) : next(),
    );
    try {
      const { holders, unread } = await ground.catalog().origin(inPlace, () => true);
      assert.deepEqual(
        holders.map(({ repositories }) => ok(repositories)),
        [[], ["orders/web"]],
      );
      assert.match(unread?.join("\n") ?? "", /^Whether the standard registry holds it for the other class: /);
    } finally {
      ground.fronts.standard.use();
    }
  });

  it("origin and compare say what could not be read, and take nothing else with it", async () => {
    const labels = { "org.opencontainers.image.source": "https://example.com/company/orders" };
    const digest = await ground.image("standard", "orders/web", "unread", { labels });
    await ground.image("standard", "orders/web", "unread-too", { labels });
    ground.fronts.standard.use((asked, next) =>
      asked.path.includes("/referrers/") ? Promise.resolve(refusal(500, "UNKNOWN")) : next(),
    );
    try {
      const { statements, unread } = await catalog.origin(digest, () => true);
      assert.deepEqual(
        statements.map(({ what, trust }) => [what, trust]),
        [["org.opencontainers.image.source: https://example.com/company/orders", "self-asserted"]],
      );
      assert.match(unread?.join("\n") ?? "", /^Signatures and records of orders\/web: .*500/);
      const [left, right] = ["unread", "unread-too"].map((reference) => ({ repository: "orders/web", reference }));
      assert.ok(left && right);
      const compared = ok(await catalog.compare(left, right));
      assert.equal(compared.unread?.length, 2);
      assert.match(compared.unread[0] ?? "", /^Signatures, records and packages of orders\/web: /);
    } finally {
      ground.fronts.standard.use();
    }
  });

  it("S0-7 origin calls nothing found alone where it could not ask whether an image is misplaced", async () => {
    const digest = await ground.image("secure", "orders/api", "astray-too", { seed: "astray-too" });
    await ground.image("standard", "orders/api", "astray-too", { seed: "astray-too" });
    // Each registry has its own images asked for first: nothing is left for the others.
    const limited = ground.catalog({ limits: { looks: 2 } });
    const { complete, unread } = await limited.origin(digest, () => true);
    assert.equal(complete, false);
    assert.match(unread?.join("\n") ?? "", /^Whether the standard registry holds it for the other class: /m);
    const page = originPage(await ground.catalog({ limits: { looks: 2 } }).origin(digest, () => true)).toString();
    assert.doesNotMatch(page, /no other of this stage/);
  });

  it("origin says that others may hold a digest, where a visitor may read a part alone", async () => {
    const digest = await ground.image("standard", "orders/web", "part");
    const page = async (mayRead: (name: string) => boolean) =>
      originPage(await ground.catalog().origin(digest, mayRead)).toString();
    assert.match(await page(() => true), /in no other of this stage/);
    assert.match(await page((name) => name === "orders/web"), /in no other that could be looked in for you/);
  });
});
