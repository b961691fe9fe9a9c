import assert from "node:assert/strict";
import { judgeSettings } from "../../src/domain/settings/judgeSettings";
import { supportOf } from "../../src/domain/image/ruleSupport";
import { tagRules } from "../../src/domain/image/tags";
import { type ApiStandIn, startApi } from "../support/registries/kinds/apiStandIn";
import { schemeOf } from "../support/scheme";
import { said, settingsAt } from "./ground";

const TOKEN = "token-of-a-test";
const PROD = { class: "standard", tagRules: tagRules("prod", schemeOf()), rules: supportOf("ghcr") } as const;

/** GitHub's packages: one that one may not see is not found. Source: GitHub REST API, "Get a package for an organization". */
const startGithub = (packages: Record<string, { owner: string; visibility: string }>): Promise<ApiStandIn> =>
  startApi(({ path, headers }) => {
    const found = packages[path];
    if (headers.authorization !== `token ${TOKEN}`) return { status: 401, body: { message: "Bad credentials" } };
    if (found === undefined) return { status: 404, body: { message: "Package not found.", status: "404" } };
    const { owner, visibility } = found;
    const body = {
      id: 1,
      name: path,
      package_type: "container",
      owner: { login: owner, id: 1 },
      version_count: 1,
      visibility,
    };
    return { status: 200, body };
  });

describe("readSettings of GitHub's registry", () => {
  const packages: Record<string, { owner: string; visibility: string }> = {};
  let github: ApiStandIn;
  beforeEach(async () => {
    for (const path of Object.keys(packages)) Reflect.deleteProperty(packages, path);
    github = await startGithub(packages);
  });
  afterEach(() => github.stop());
  const settings = (token = TOKEN) =>
    settingsAt("ghcr", "ghcr.io", "company/orders/web", {
      env: { GITHUB_TOKEN: token, GITHUB_API_URL: `http://${github.host}` },
    });
  const rules = async () => judgeSettings((await settings()).all, PROD, { rule: "forever" });

  it("S2-1 readSettings reads visibility and owner of an organization's package, and of a user's", async () => {
    packages["/orgs/company/packages/container/orders%2Fweb"] = { owner: "Company", visibility: "internal" };
    const found = await settings();
    assert.deepEqual(
      [said(found.visibility), said(found.owner)],
      ["read: visibility: internal", "read: owner: Company"],
    );
    assert.deepEqual(await rules(), {
      rules: [{ rule: "anonymous-pull-off", verdict: "native", texts: ["visibility: internal"] }],
      findings: [],
    });
    Reflect.deleteProperty(packages, "/orgs/company/packages/container/orders%2Fweb");
    packages["/users/company/packages/container/orders%2Fweb"] = { owner: "company", visibility: "public" };
    assert.deepEqual(
      (await rules()).findings.map(({ kind }) => kind),
      ["public"],
    );
  });

  it("readSettings takes GitHub's 404 for a package that one may not see for no answer, and names the right", async () => {
    assert.match(said((await settings()).visibility), /^unread: GitHub: 404: .*needs read:packages/);
    assert.match(
      said((await settings("another")).visibility),
      /^unread: GitHub: .*401.*the token is wrong or has ended/,
    );
    const none = await settingsAt("ghcr", "ghcr.io", "company/web", { env: {} });
    assert.match(said(none.visibility), /^unread: No login to GitHub; put a token in GITHUB_TOKEN/);
  });

  it("readSettings has no setting of immutability and retention to read at GitHub, and says so", async () => {
    const found = await settings();
    assert.deepEqual([found.immutability.state, found.retention.state], ["none", "none"]);
  });
});
