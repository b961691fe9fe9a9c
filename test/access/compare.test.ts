import assert from "node:assert/strict";
import { compareRoles, compareTokens, staleTokens } from "../../src/access/compare";
import type { DeployedAccess, DeployedAssignment, DeployedToken } from "../../src/access/deployedAccess";
import type { AccessRow } from "../../src/domain/identity/accessMatrix";

const NOW = new Date("2026-11-21T08:00:00Z");
const DAY = 86_400_000;
const at = (days: number) => new Date(NOW.getTime() + days * DAY).toISOString();
const GROUP = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-orders";
const ID = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/ordersqasecure`;
const deployed = (over: Partial<DeployedAccess>): DeployedAccess => ({
  ...{ class: "secure", registryId: ID, adminUser: false, anonymousPull: false },
  ...{ assignments: [], tokens: [], scopeMaps: [] },
  ...over,
});
const row = (over: Partial<AccessRow>): AccessRow => ({
  ...{ who: "id-publish", kind: "identity", purpose: "publish", stage: "qa", registry: "secure" },
  ...{ actions: ["pull", "push"], repositories: ["*"], role: "AcrPush", assumedBy: [] },
  ...over,
});
const assigned = (over: Partial<DeployedAssignment>): DeployedAssignment => ({
  ...{ name: "a", principalId: "P-1", principalType: "ServicePrincipal", role: "AcrPush", scope: ID },
  ...over,
});
const PRINCIPALS = new Map([
  ["id-publish", "p-1"],
  ["id-review", "p-2"],
]);
const roles = (assignments: DeployedAssignment[], rows: AccessRow[] = [row({})]) =>
  compareRoles(deployed({ assignments }), { rows, principals: PRINCIPALS }).map(
    ({ kind, who, what, difference }) => `${difference ? "!" : ""}${kind} ${who}: ${what}`,
  );

describe("compareRoles", () => {
  it("S1-23 compareRoles finds nothing where all is as the matrix says, in whatever letter case", () => {
    assert.deepEqual(roles([assigned({ scope: ID.toUpperCase(), role: "acrpush" })]), []);
  });

  it("S1-23 compareRoles finds a role that is missing, extra, another, or under a condition", () => {
    assert.deepEqual(roles([]), ["!missing id-publish: AcrPush is not assigned on the registry"]);
    assert.deepEqual(roles([assigned({}), assigned({ principalId: "stranger", principalType: "User" })]), [
      "!extra stranger: AcrPush is assigned to a User; the matrix does not list it",
    ]);
    assert.deepEqual(roles([assigned({ role: "Owner" })]), [
      "!missing id-publish: AcrPush is not assigned on the registry",
      "!extra id-publish: Owner is assigned to a ServicePrincipal; the matrix does not list it",
    ]);
    assert.match(
      roles([assigned({ condition: "@Resource[...]" })]).join(),
      /^!different id-publish: AcrPush is assigned under a cond/,
    );
    assert.match(
      roles([assigned({}), assigned({ principalType: "Unknown", principalId: "x" })]).join(),
      /that was deleted/,
    );
  });

  it("S1-23 compareRoles shows what is inherited, and fails on what reaches images or the matrix's own identities", () => {
    const owner = assigned({ principalId: "admins", role: "Owner", scope: "/subscriptions/1", principalType: "Group" });
    const [told = ""] = roles([assigned({}), owner]);
    assert.match(told, /^inherited admins: Owner .* inherited from \/subscriptions\/1$/);
    assert.match(roles([assigned({}), { ...owner, role: "AcrPull" }]).join(), /^!inherited admins/);
    assert.match(roles([assigned({}), { ...owner, principalId: "p-1" }]).join(), /^!inherited id-publish/);
  });

  it("S1-23 compareRoles expects on the group what the matrix says of the group, and nothing of the workspace here", () => {
    const group = row({ who: "id-review", role: "orders qa: read settings", on: "resource-group", actions: [] });
    const log = row({ who: "id-review", role: "Log Analytics Reader", on: "workspace", actions: [] });
    const there = assigned({ principalId: "p-2", role: "orders qa: read settings", scope: GROUP });
    assert.deepEqual(roles([there], [group, log]), []);
    assert.deepEqual(roles([], [group, log]), [
      "!missing id-review: orders qa: read settings is not assigned on the resource group",
    ]);
  });

  it("compareRoles says of whom it knows no principal", () => {
    assert.match(roles([], [row({ who: "id-new" })]).join(), /^!unknown id-new: the outputs hold no principal id/);
  });
});

const READ = ["repositories/orders/api/content/read", "repositories/orders/api/metadata/read"];
const token = (over: Partial<DeployedToken>): DeployedToken => ({
  ...{ name: "shop-pull", enabled: true, scopeMap: "shop-pull", actions: READ, createdAt: at(-200) },
  passwords: [{ name: "password1", createdAt: at(-10), expiresAt: at(20) }],
  ...over,
});
const TOKEN_ROW = row({
  ...{ who: "shop-pull", kind: "token", purpose: "pull", actions: ["pull"], repositories: ["orders/api"] },
  expiresAfterDays: 30,
});
const tokens = (found: DeployedToken[], over: Partial<DeployedAccess> = {}) =>
  compareTokens(deployed({ tokens: found, ...over }), [TOKEN_ROW], [], NOW).map(
    ({ kind, who, what, difference }) => `${difference ? "!" : ""}${kind} ${who}: ${what}`,
  );

describe("compareTokens", () => {
  it("S1-23 compareTokens finds nothing where all is as the matrix says", () => {
    assert.deepEqual(tokens([token({})]), []);
  });

  it("S1-23 compareTokens finds tokens and scope maps that are missing, extra or wider", () => {
    assert.deepEqual(tokens([]), ["!missing shop-pull: there is no such token"]);
    const wider = [...READ, "repositories/orders/api/content/delete"];
    assert.deepEqual(tokens([token({ actions: wider })]), [
      "!different shop-pull: it may also repositories/orders/api/content/delete",
    ]);
    assert.match(tokens([token({ actions: [READ[0] ?? ""] })]).join(), /^!different shop-pull: it may not .*metadata/);
    assert.match(tokens([token({ enabled: false })]).join(), /it is disabled/);
    assert.match(
      tokens([token({}), token({ name: "other" })]).join(),
      /^!extra other: a token that the matrix does not list/,
    );
    assert.match(tokens([token({})], { scopeMaps: ["shop-pull", "left"] }).join(), /^!extra left: a scope map/);
  });

  it("S1-23 compareTokens finds a password without an end, one that lives too long, and none that works", () => {
    assert.match(
      tokens([token({ passwords: [{ name: "password2" }] })]).join(),
      /^!different .*password2 never expires/,
    );
    const long = [{ name: "password1", createdAt: at(-1), expiresAt: at(60) }];
    assert.match(tokens([token({ passwords: long })]).join(), /^!different .*lives until .*; allowed: 30 days/);
    // A password said to be made in times to come does not live longer by that.
    const odd = [{ name: "password1", createdAt: at(50), expiresAt: at(60) }];
    assert.match(tokens([token({ passwords: odd })]).join(), /^!different .*lives until/);
    const over = [{ name: "password1", createdAt: at(-40), expiresAt: at(-12) }];
    assert.deepEqual(tokens([token({ passwords: over })]), [
      "expired shop-pull: all its passwords have expired: nobody can log in",
    ]);
    assert.deepEqual(tokens([token({ passwords: [] })]), ["expired shop-pull: it has no password yet"]);
  });
});

describe("staleTokens", () => {
  const stale = (last: Record<string, string>, since: string | undefined, over: Partial<DeployedToken> = {}) =>
    staleTokens(
      deployed({ tokens: [token(over)] }),
      { last: new Map(Object.entries(last)), ...(since !== undefined && { since }) },
      90,
      NOW,
    ).map(({ kind, what }) => `${kind}: ${what}`);

  it("S1-23 staleTokens lists a token by which nobody logged in for so long, and none that is new or in use", () => {
    assert.deepEqual(stale({}, at(-100)), ["stale: no login for 90 days"]);
    assert.match(stale({ "shop-pull": at(-95) }, at(-100)).join(), /^stale: last login 2026-08-18/);
    assert.deepEqual(stale({ "shop-pull": at(-89) }, at(-100)), []);
    assert.deepEqual(stale({}, at(-100), { createdAt: at(-5) }), []);
  });

  it("S1-23 staleTokens calls nothing stale by a log that does not reach back so far", () => {
    assert.match(
      stale({}, at(-30)).join(),
      /^unknown: no login on record; the log begins at .* cannot tell for 90 days/,
    );
    assert.match(stale({}, undefined).join(), /^unknown: .*holds no login/);
  });
});
