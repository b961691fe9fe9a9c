import assert from "node:assert/strict";
import type { AccessRow } from "../../src/domain/identity/accessMatrix";
import { smokeChecks } from "../../src/images/smoke";
import { IMAGES } from "../support/release/outputsFor";

const row = (over: Partial<AccessRow>): AccessRow => ({
  ...{ who: "id", kind: "identity", purpose: "publish", stage: "qa", registry: "secure" },
  ...{ actions: ["list", "pull", "push"], repositories: ["*"], role: "AcrPush", assumedBy: [] },
  ...over,
});
const checks = (access: readonly AccessRow[], who = "id") =>
  smokeChecks({ who, access, images: IMAGES, stages: ["qa", "dev"] }).map(
    ({ stage, registry, repository, action, expected }) =>
      `${stage}/${registry}/${repository} ${action} ${expected === "allowed" ? "yes" : "no"}`,
  );

describe("smokeChecks", () => {
  it("S0-15 smokeChecks wants a publisher to push to its own registry and nowhere else", () => {
    const all = checks([row({}), row({ who: "other", registry: "standard" })]);
    assert.deepEqual(all.slice(0, 5), [
      "qa/secure/dualreg-smoke pull yes",
      "qa/secure/dualreg-smoke push yes",
      "qa/secure/dualreg-smoke delete no",
      "qa/secure/dualreg-smoke lock no",
      "qa/secure/dualreg-smoke list yes",
    ]);
    const others = all.slice(5);
    assert.equal(others.length, 15);
    assert.ok(others.every((line) => line.endsWith(" no") && !line.startsWith("qa/secure")));
  });

  it("S0-4 smokeChecks tries a token at a repository beyond its own", () => {
    const token = row({ kind: "token", actions: ["pull"], repositories: ["orders/api"] });
    assert.deepEqual(checks([token]).slice(0, 5), [
      "qa/secure/orders/api pull yes",
      "qa/secure/orders/api push no",
      "qa/secure/orders/api delete no",
      "qa/secure/orders/api lock no",
      "qa/secure/orders/console pull no",
    ]);
    const below = checks([row({ kind: "token", actions: ["pull"], repositories: ["orders/*"] })]);
    assert.equal(below[0], "qa/secure/orders/dualreg-smoke pull yes");
    assert.equal(below[4], "qa/secure/dualreg-smoke pull no");
  });

  it("smokeChecks gives nobody a right by a role beside the registry", () => {
    const settings = row({ actions: [], repositories: [], on: "resource-group" });
    const log = row({ actions: ["push"], on: "workspace" });
    assert.ok(checks([settings, log]).every((line) => line.endsWith(" no")));
  });
});
