import assert from "node:assert/strict";
import { supportOf } from "../../src/domain/image/ruleSupport";
import { tagRules } from "../../src/domain/image/tags";
import { judgeSettings } from "../../src/domain/settings/judgeSettings";
import type { RetentionRule } from "../../src/domain/image/policy";
import type { Credential } from "../../src/oci";
import type { ApiStandIn } from "../support/registries/kinds/apiStandIn";
import { type GarState, newGarState, startGar } from "../support/registries/kinds/gar";
import { schemeOf } from "../support/scheme";
import { NOBODY, said, settingsAt } from "./ground";

const HOST = "europe-west3-docker.pkg.dev";
const PROD = { class: "standard", tagRules: tagRules("prod", schemeOf()), rules: supportOf("gar") } as const;

describe("readSettings of Artifact Registry", () => {
  let state: GarState;
  let gar: ApiStandIn;
  beforeEach(async () => {
    state = newGarState();
    gar = await startGar(state);
  });
  afterEach(() => gar.stop());
  const login = (): Credential => ({
    kind: "basic",
    username: "oauth2accesstoken",
    password: state.token,
    from: "a test",
  });
  const settings = (credential: Credential = login(), host = HOST) =>
    settingsAt("gar", host, "shop/images/orders/web", { login: credential, api: `http://${gar.host}/v1` });
  const judged = async (retention: RetentionRule = { rule: "forever" }) =>
    judgeSettings((await settings()).all, PROD, retention);
  const verdicts = async () => (await judged()).rules.map(({ verdict }) => verdict);
  const remove = (condition: object) => ({ id: "old", action: "DELETE", condition });

  it("S2-1 S2-11 readSettings reads immutable tags, the IAM policy and whose the repository is", async () => {
    const found = await settings();
    assert.equal(said(found.immutability), "read: dockerConfig.immutableTags: false");
    assert.equal(said(found.owner), "read: project: shop");
    assert.deepEqual(await verdicts(), ["missing", "missing", "native"]);
    state.repository["dockerConfig"] = { immutableTags: true };
    state.bindings = [
      { role: "roles/artifactregistry.reader", members: ["user:a@example.com", "allAuthenticatedUsers"] },
    ];
    assert.deepEqual(await verdicts(), ["native", "missing", "missing"]);
    const [finding] = (await judged()).findings;
    assert.match(
      finding?.text ?? "",
      /^allAuthenticatedUsers has roles\/artifactregistry\.reader: anybody may pull it/,
    );
  });

  it("S2-3 readSettings reads cleanup policies: what one keeps none deletes, and a dry run deletes nothing", async () => {
    const policies = (all: object) => (state.repository["cleanupPolicies"] = all);
    const texts = async (retention: RetentionRule) => (await judged(retention)).findings.map(({ text }) => text).join();
    policies({ old: remove({ tagState: "ANY", olderThan: "2592000s" }) });
    assert.equal(await texts({ rule: "keep", days: 30 }), "");
    assert.match(await texts({ rule: "keep", days: 31 }), /"old" deletes 30 days after the push/);
    assert.match(await texts({ rule: "inactive", days: 30 }), /"old" deletes 30 days after the push/);
    assert.equal((await verdicts())[1], "native");
    const kept = { id: "kept", action: "KEEP", condition: { tagState: "TAGGED", tagPrefixes: ["v"] } };
    policies({ old: remove({ tagState: "ANY", olderThan: "2592000s" }), kept });
    assert.equal(await texts({ rule: "forever" }), "");
    policies({ old: remove({ tagState: "ANY" }), recent: { action: "KEEP", mostRecentVersions: { keepCount: 10 } } });
    assert.match(await texts({ rule: "newest", count: 10 }), /deletes all that nothing keeps/);
    policies({ old: remove({ tagState: "TAGGED", packageNamePrefixes: ["billing"] }) });
    assert.equal(await texts({ rule: "forever" }), "");
    policies({ old: remove({ tagState: "ANY" }) });
    state.repository["cleanupPolicyDryRun"] = true;
    assert.equal(await texts({ rule: "forever" }), "");
    assert.match((await judged()).rules[1]?.texts.join() ?? "", /cleanupPolicyDryRun: true/);
    state.repository["cleanupPolicyDryRun"] = false;
    state.repository["dockerConfig"] = { immutableTags: true };
    assert.equal(await texts({ rule: "forever" }), "", "no cleanup deletes an immutable tag");
  });

  it("S4-14 readSettings says that a repository takes no push, and which right is missing", async () => {
    state.repository["mode"] = "REMOTE_REPOSITORY";
    assert.deepEqual(
      (await judged()).findings.map(({ text }) => text),
      ["mode is REMOTE_REPOSITORY; expected: STANDARD_REPOSITORY"],
    );
    state.mayReadPolicy = false;
    const found = await settings();
    assert.match(said(found.visibility), /^unread: .*403, .*needs artifactregistry\.repositories\.getIamPolicy/);
    assert.equal(found.immutability.state, "read");
    const elsewhere = await settings(login(), "us-docker.pkg.dev");
    assert.match(said(elsewhere.immutability), /locations\/us\/.*: 403/);
  });

  it("readSettings sends nothing but an access token of Google's, and nothing where there is none", async () => {
    assert.match(said((await settings(NOBODY)).immutability), /^unread: Google has no identity here/);
    const key: Credential = { kind: "basic", username: "_json_key", password: "{}", from: "a test" };
    assert.match(said((await settings(key)).immutability), /^unread: Google has no identity here/);
    assert.deepEqual(gar.asked, []);
    state.token = "another";
    const ended: Credential = { kind: "basic", username: "oauth2accesstoken", password: "ya29.ended", from: "a test" };
    assert.match(said((await settings(ended)).immutability), /401, the login is not taken or has ended/);
  });
});
