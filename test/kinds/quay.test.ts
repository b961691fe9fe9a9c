import assert from "node:assert/strict";
import { supportOf } from "../../src/domain/image/ruleSupport";
import { tagRules } from "../../src/domain/image/tags";
import { judgeSettings } from "../../src/domain/settings/judgeSettings";
import type { ApiStandIn } from "../support/registries/kinds/apiStandIn";
import { newQuayState, type QuayState, startQuay } from "../support/registries/kinds/quay";
import { schemeOf } from "../support/scheme";
import { said, settingsAt, valueOf } from "./ground";

const PROD = { class: "standard", tagRules: tagRules("prod", schemeOf()), rules: supportOf("quay") } as const;

describe("readSettings of Quay", () => {
  let state: QuayState;
  let quay: ApiStandIn;
  beforeEach(async () => {
    state = newQuayState();
    quay = await startQuay(state);
  });
  afterEach(() => quay.stop());
  const settings = (env: Record<string, string> = { QUAY_TOKEN: state.token }) =>
    settingsAt("quay", quay.host, "company/orders/web", { env });
  const own = () => state.repositories["orders/web"] ?? assert.fail();
  const verdicts = async () =>
    judgeSettings((await settings()).all, PROD, { rule: "forever" }).rules.map(({ verdict }) => verdict);
  const policy = (tagPattern: string, tagPatternMatches = true) => ({ uuid: "1", tagPattern, tagPatternMatches });

  it("S2-1 S2-11 readSettings reads visibility, owner and immutability policies of repository and organization", async () => {
    const found = await settings();
    assert.equal(said(found.visibility), "read: is_public: false");
    assert.equal(valueOf(found.owner), "company");
    assert.equal(said(found.immutability), "read: immutability policies: no policy");
    assert.deepEqual(await verdicts(), ["missing", "native"]);
    state.immutability = [policy("v.*")];
    assert.deepEqual(await verdicts(), ["native", "native"]);
    state.immutability = [];
    own().immutability = [policy("latest", false)];
    assert.deepEqual(await verdicts(), ["native", "native"]);
    own().immutability = [policy("v1\\..*")];
    assert.deepEqual(await verdicts(), ["missing", "native"]);
    own().immutability = [policy("v\\d+")];
    own().isPublic = true;
    assert.deepEqual(await verdicts(), ["unread", "missing"]);
  });

  it("readSettings takes the 404 of a Quay without immutable tags for what it is: none are set", async () => {
    state.immutableTags = false;
    assert.equal(
      said((await settings()).immutability),
      "read: immutability policies: immutability policies are switched off here",
    );
    assert.deepEqual((await verdicts())[0], "missing");
  });

  it("S2-3 readSettings reads auto-pruning, and finds what it deletes that the stage keeps", async () => {
    state.prune = [{ uuid: "1", method: "creation_date", value: "10w", tagPattern: "v.*", tagPatternMatches: true }];
    const texts = async (days: number) => {
      const { findings } = judgeSettings((await settings()).all, PROD, { rule: "keep", days });
      return findings.map(({ text }) => text).join();
    };
    assert.equal(await texts(70), "");
    assert.match(await texts(71), /"auto-prune policy 1" deletes 70 days after the push, such as the tag v0\.0\.0/);
    own().prune = [{ uuid: "2", method: "number_of_tags", value: 3, tagPattern: null, tagPatternMatches: true }];
    assert.match(await texts(70), /deletes all but the newest 3/);
    own().prune = [{ uuid: "2", method: "creation_date", value: "soon", tagPattern: null, tagPatternMatches: true }];
    assert.match(said((await settings()).retention), /^unread: .*compare it by hand/);
  });

  it("readSettings says that QUAY_TOKEN is missing, wrong, or lacks a scope, and sends it to Quay alone", async () => {
    assert.match(said((await settings({})).immutability), /401, .*needs an OAuth token in QUAY_TOKEN with repo:read/);
    const wrong = await settings({ QUAY_TOKEN: "another-token" });
    assert.match(said(wrong.visibility), /^unread: GET .*: 401, the login is not taken or has ended/);
    own().isPublic = true;
    const anybody = await settings({});
    assert.equal(said(anybody.visibility), "read: is_public: true");
    assert.match(said(anybody.immutability), /^unread: .*QUAY_TOKEN with repo:admin/);
    assert.deepEqual([...new Set(quay.asked.map(({ method }) => method))], ["GET"]);
    assert.equal(JSON.stringify([wrong, anybody]).includes("another-token"), false);
  });

  it("S4-14 readSettings says that the namespace of the answer is another than that of the stage", async () => {
    quay.instead = ({ path }, response) => {
      const body = { namespace: "stranger", name: "web", is_public: false, policies: [] };
      response.writeHead(path.startsWith("/v2/") ? 401 : 200).end(JSON.stringify(body));
    };
    const { findings } = judgeSettings((await settings()).all, PROD, { rule: "forever" });
    assert.deepEqual(
      findings.map(({ text }) => text),
      ["namespace is stranger; expected: company"],
    );
  });
});
