import assert from "node:assert/strict";
import { accessSettings, grantedValues, readerOf } from "../../../src/console/access/settings";
import { decode } from "../../../src/base/decode/decode";

const GRANTS = [
  { value: "orders-team", repositories: ["orders/*", "shared/base"] },
  { value: "auditors", repositories: ["*"] },
];
const LOGIN = {
  clientId: "console",
  redirectUrl: "https://console.example.com/login/callback",
  sessionKeys: "/run/secrets/session-keys",
};
const FULL = { issuer: "https://login.example.com", claim: "groups", grants: GRANTS, login: LOGIN };

/** What is said against settings, each by its path. */
function problems(raw: unknown): string[] {
  const read = decode(accessSettings, raw);
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("accessSettings", () => {
  it("take a whole login, and let nobody in who has no group (S0-4)", () => {
    assert.deepEqual(problems(FULL), []);
    const settings = accessSettings.parse(FULL);
    assert.equal(settings.anonymous, undefined);
    const may = (groups: unknown) => readerOf(settings, grantedValues(settings, { groups }));
    assert.deepEqual(["orders/api", "shared/base", "shared/base2", "billing"].map(may(["orders-team"])), [
      ...[true, true, false, false],
    ]);
    assert.equal(may(["auditors", "others"])("anything"), true);
    for (const none of [undefined, [], ["others"], 7, { 0: "auditors" }, [["auditors"]]]) {
      assert.equal(may(none)("orders/api"), false);
    }
  });

  it("refuse what lets nobody in, and what would let in too many", () => {
    assert.match(problems({}).join(), /nobody could come in/);
    assert.match(problems({ ...FULL, issuer: undefined }).join(), /issuer/);
    assert.match(problems({ ...FULL, grants: [] }).join(), /grants: empty/);
    assert.match(problems({ ...FULL, bearer: { audience: "console" } }).join(), /bearer: audience is login.clientId/);
    const algorithms = (one: string) => problems({ ...FULL, bearer: { audience: "api", algorithms: [one] } });
    assert.deepEqual(algorithms("ES256"), []);
    for (const one of ["none", "HS256"]) assert.match(algorithms(one).join(), /algorithms/);
    assert.match(problems({ anonymous: "write" }).join(), /allowed: read/);
  });

  it("take addresses by https or on this computer alone, and one path to come back to", () => {
    const issuer = (address: string) => problems({ ...FULL, issuer: address });
    for (const good of ["https://login.example.com/tenant/v2.0", "http://localhost:4000"])
      assert.deepEqual(issuer(good), []);
    for (const bad of [
      "http://login.example.com",
      "https://a:b@login.example.com",
      "ftp://x",
      "login.example.com",
      "",
    ]) {
      assert.match(issuer(bad).join(), /issuer: allowed: an https address/, bad);
    }
    for (const path of ["/", "/login/callback?x=1", "/login/callback/..", "//login/callback"]) {
      const redirectUrl = `https://console.example.com${path}`;
      assert.match(problems({ ...FULL, login: { ...LOGIN, redirectUrl } }).join(), /redirectUrl/, path);
    }
  });
});
