import assert from "node:assert/strict";
import { supportOf } from "../../src/domain/image/ruleSupport";
import { tagRules } from "../../src/domain/image/tags";
import { judgeSettings } from "../../src/domain/settings/judgeSettings";
import type { RetentionRule } from "../../src/domain/image/policy";
import type { ApiStandIn } from "../support/registries/kinds/apiStandIn";
import { type GitlabState, newGitlabState, startGitlab } from "../support/registries/kinds/gitlab";
import { schemeOf } from "../support/scheme";
import { said, settingsAt, valueOf } from "./ground";

const PROD = { class: "standard", tagRules: tagRules("prod", schemeOf()), rules: supportOf("gitlab") } as const;

describe("readSettings of GitLab", () => {
  let state: GitlabState;
  let gitlab: ApiStandIn;
  beforeEach(async () => {
    state = newGitlabState();
    gitlab = await startGitlab(state);
  });
  afterEach(() => gitlab.stop());
  const settings = (env: Record<string, string> = { GITLAB_TOKEN: state.token }, path = "company/orders/web") =>
    settingsAt("gitlab", gitlab.host, path, { env, api: `http://${gitlab.host}/api/v4` });
  const judged = async (retention: RetentionRule = { rule: "forever" }) =>
    judgeSettings((await settings()).all, PROD, retention);
  const immutable = (tag_name_pattern: string) => ({
    ...{ id: 1, tag_name_pattern, minimum_access_level_for_push: null, minimum_access_level_for_delete: null },
  });

  it("S2-1 S2-11 readSettings finds the project of a path, and reads visibility, owner, tag rules and the token's end", async () => {
    const found = await settings();
    assert.equal(found.of, "project company/orders");
    assert.equal(said(found.visibility), "read: visibility: private, container_registry_access_level: enabled");
    assert.deepEqual([valueOf(found.owner), valueOf(found.all.token)], ["company", "2027-06-30"]);
    assert.equal((await settings(undefined, "company/orders/web/debug")).of, "project company/orders");
    const verdict = async () => (await judged()).rules[0]?.verdict;
    assert.equal(await verdict(), "missing");
    state.rules = [{ ...immutable("^v.*$"), minimum_access_level_for_push: "maintainer" }];
    assert.equal(await verdict(), "missing", "a protected tag is not an immutable one");
    state.rules = [immutable("^v.*$")];
    assert.equal(await verdict(), "native");
    state.rules = [immutable("v\\d+")];
    assert.equal(await verdict(), "unread");
    state.visibility = "public";
    assert.equal(valueOf((await settings()).visibility), "public");
    state.access = "private";
    assert.equal(valueOf((await settings()).visibility), "private");
  });

  it("S2-3 readSettings reads the cleanup policy, and finds what it deletes that the stage keeps", async () => {
    const texts = async (retention: RetentionRule) => (await judged(retention)).findings.map(({ text }) => text).join();
    assert.equal(await texts({ rule: "forever" }), "");
    state.cleanup["enabled"] = true;
    assert.match(await texts({ rule: "forever" }), /"cleanup policy" deletes 90 days after the push/);
    assert.equal(await texts({ rule: "keep", days: 90 }), "");
    assert.equal(await texts({ rule: "newest", count: 10 }), "");
    state.cleanup["name_regex_keep"] = "v.*";
    assert.equal(await texts({ rule: "forever" }), "");
  });

  it("readSettings says that GITLAB_TOKEN is missing or wrong, and where the interface is not known", async () => {
    assert.match(
      said((await settings({})).visibility),
      /^unread: .*404, .*needs a token in GITLAB_TOKEN with read_api/,
    );
    assert.match(said((await settings({ GITLAB_TOKEN: "another" })).visibility), /^unread: .*401/);
    const elsewhere = await settingsAt("gitlab", gitlab.host, "company/orders", { env: { GITLAB_TOKEN: state.token } });
    assert.match(said(elsewhere.immutability), /^unread: which GitLab .*--api https:\/\/gitlab\.example\.com\/api\/v4/);
    state.visibility = "public";
    const anybody = await settings({});
    assert.equal(valueOf(anybody.visibility), "public");
    assert.match(said(anybody.retention), /^unread: .*the token is no member's/);
  });
});
