import assert from "node:assert/strict";
import { supportOf } from "../../src/domain/image/ruleSupport";
import { tagRules } from "../../src/domain/image/tags";
import { judgeSettings } from "../../src/domain/settings/judgeSettings";
import type { Credential } from "../../src/oci";
import type { ApiStandIn } from "../support/registries/kinds/apiStandIn";
import { type HubState, startHub } from "../support/registries/kinds/dockerHub";
import { schemeOf } from "../support/scheme";
import { NOBODY, said, settingsAt } from "./ground";

const PROD = { class: "standard", tagRules: tagRules("prod", schemeOf()), rules: supportOf("dockerhub") } as const;
const LOGIN: Credential = { kind: "basic", username: "company", password: "secret-of-a-test", from: "a test" };

describe("readSettings of Docker Hub", () => {
  let state: HubState;
  let hub: ApiStandIn;
  beforeEach(async () => {
    state = { isPrivate: true, known: true };
    hub = await startHub(state);
  });
  afterEach(() => hub.stop());
  const settings = (login: Credential = LOGIN) =>
    settingsAt("dockerhub", "docker.io", "company/web", { login, api: `http://${hub.host}/v2` });
  const verdicts = async () =>
    judgeSettings((await settings()).all, PROD, { rule: "forever" }).rules.map(({ verdict }) => verdict);

  it("S2-1 S2-11 readSettings reads visibility, owner and immutable tags with the login's own token", async () => {
    const found = await settings();
    assert.deepEqual(
      [said(found.visibility), said(found.owner)],
      ["read: is_private: true", "read: namespace: company"],
    );
    assert.deepEqual(await verdicts(), ["unread", "native"]);
    state.immutable = { enabled: false, rules: [] };
    assert.deepEqual(await verdicts(), ["missing", "native"]);
    state.immutable = { enabled: true, rules: ["v.*"] };
    state.isPrivate = false;
    assert.deepEqual(await verdicts(), ["native", "missing"]);
    state.immutable = { enabled: true, rules: [] };
    assert.deepEqual((await verdicts())[0], "unread");
    const methods = hub.asked.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual([...new Set(methods)], ["POST /v2/auth/token", "GET /v2/namespaces/company/repositories/web"]);
  });

  it("readSettings says that the login is missing or not taken, and tells nothing of it", async () => {
    assert.match(said((await settings(NOBODY)).visibility), /^unread: .*404, .*needs a login of docker\.io/);
    state.known = false;
    const refused = await settings();
    assert.match(said(refused.visibility), /^unread: .*needs a login: POST .*auth\/token: 401/);
    assert.equal(JSON.stringify(refused).includes("secret-of-a-test"), false);
  });
});
