import assert from "node:assert/strict";
import { supportOf } from "../../src/domain/image/ruleSupport";
import { tagRules } from "../../src/domain/image/tags";
import { judgeSettings } from "../../src/domain/settings/judgeSettings";
import type { RetentionRule } from "../../src/domain/image/policy";
import type { Credential } from "../../src/oci";
import type { ApiStandIn } from "../support/registries/kinds/apiStandIn";
import { harborRule, type HarborState, newHarborState, startHarbor } from "../support/registries/kinds/harbor";
import { schemeOf } from "../support/scheme";
import { NOBODY, said, settingsAt, valueOf } from "./ground";

const PROD = { class: "standard", tagRules: tagRules("prod", schemeOf()), rules: supportOf("harbor") } as const;

describe("readSettings of Harbor", () => {
  let state: HarborState;
  let harbor: ApiStandIn;
  beforeEach(async () => {
    state = newHarborState();
    harbor = await startHarbor(state);
  });
  afterEach(() => harbor.stop());
  const robot = (): Credential => {
    const [username = "", password = ""] = state.login.split(":");
    return { kind: "basic", username, password, from: "a test" };
  };
  const settings = (login: Credential = robot()) => settingsAt("harbor", harbor.host, "company/orders/web", { login });
  const judged = async (retention: RetentionRule = { rule: "forever" }) =>
    judgeSettings((await settings()).all, PROD, retention);
  const verdicts = async () => (await judged()).rules.map(({ verdict }) => verdict);
  const keep = (template: string, count: number, untagged?: boolean) => {
    const rule = harborRule("**", { template, action: "retain", params: { [template]: count } });
    const extras = untagged === undefined ? {} : { extras: JSON.stringify({ untagged }) };
    return { ...rule, tag_selectors: rule.tag_selectors.map((one) => ({ ...one, ...extras })) };
  };

  it("S2-1 S2-11 readSettings reads visibility, owner and the immutability rules of a project", async () => {
    const found = await settings();
    assert.deepEqual(
      [said(found.visibility), said(found.owner)],
      ["read: public: false", "read: owner_name: platform"],
    );
    assert.equal(valueOf(found.scanning), true);
    assert.deepEqual(await verdicts(), ["missing", "missing", "native"]);
    state.immutable = [harborRule("v*")];
    assert.equal((await verdicts())[0], "native");
    state.immutable = [harborRule("v*", { repositories: "orders/*" })];
    assert.equal((await verdicts())[0], "native");
    for (const rule of [
      harborRule("v*", { repositories: "billing/**" }),
      harborRule("v*", { repositories: "*" }),
      harborRule("v*", { disabled: true }),
      harborRule("v1.*"),
    ]) {
      state.immutable = [rule];
      assert.equal((await verdicts())[0], "missing", JSON.stringify(rule));
    }
  });

  it("readSettings reads every page of rules, by their total", async () => {
    const others = Array.from({ length: 150 }, (_, id) => harborRule("x*", { id }));
    state.immutable = [...others, harborRule("v*", { id: 151 })];
    assert.equal((await verdicts())[0], "native");
    const pages = harbor.asked.filter(({ path }) => path.endsWith("immutabletagrules"));
    assert.deepEqual(
      pages.map(({ query }) => query.get("page")),
      ["1", "2"],
    );
  });

  it("S2-3 readSettings reads tag retention, which deletes all that no rule of it keeps", async () => {
    state.retention = { cron: "0 0 0 * * *", rules: [keep("nDaysSinceLastPush", 30, false)] };
    assert.equal((await verdicts())[1], "native");
    const texts = async (retention: RetentionRule) => (await judged(retention)).findings.map(({ text }) => text).join();
    assert.equal(await texts({ rule: "keep", days: 30 }), "");
    assert.match(await texts({ rule: "keep", days: 31 }), /"tag retention" deletes all that nothing keeps, such as/);
    state.retention.rules = [keep("latestPushedK", 10)];
    assert.equal(await texts({ rule: "newest", count: 10 }), "");
    assert.match(await texts({ rule: "newest", count: 11 }), /the newest 11 images are kept/);
    state.immutable = [harborRule("v*")];
    assert.equal(await texts({ rule: "forever" }), "", "no retention deletes an immutable tag");
    state.immutable = [];
    state.retention.cron = "";
    assert.equal(await texts({ rule: "forever" }), "");
    assert.match((await judged()).rules[1]?.texts.join() ?? "", /has no schedule/);
    state.retention = { cron: "0 0 0 * * *", rules: [keep("always", 0, true)] };
    assert.equal((await verdicts())[1], "missing");
  });

  it("readSettings says which right a robot lacks, and that a login is not taken, without its secret", async () => {
    state.rules = false;
    const found = await settings();
    assert.match(
      said(found.immutability),
      /^unread: GET .*immutabletagrules: 403, .*needs a robot with List Immutable Tag/,
    );
    assert.equal(said(found.visibility), "read: public: false");
    const wrong = await settings({ kind: "basic", username: "robot", password: "another-secret", from: "a test" });
    assert.match(said(wrong.visibility), /^unread: .*401/);
    assert.match(said((await settings(NOBODY)).visibility), /^unread: .*401/);
    assert.equal(JSON.stringify(wrong).includes("another-secret"), false);
  });
});
