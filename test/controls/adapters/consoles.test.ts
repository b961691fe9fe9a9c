import assert from "node:assert/strict";
import { factsOfPlan } from "../../../src/controls/adapters/plan";
import type { ResourceBag } from "../../../src/controls/adapters/resourceBag";
import { factsOfResources } from "../../../src/controls/adapters/resources";
import { consoleHardened, consolePinned } from "../../../src/controls/catalogue/console";
import type { ComplianceFacts } from "../../../src/controls/facts";
import { consoleObjects } from "../../../src/domain/console/clusterConsole";
import { ANSWERS, clusterPlan, IN_APPS, IN_CLUSTER, NAMED, PLACE, planWith } from "../../support/console/deployment";

const verdicts = (facts: ComplianceFacts) =>
  [consolePinned, consoleHardened].map((control) =>
    control
      .evaluate(facts)
      .map(({ verdict }) => verdict)
      .join(),
  );

/** A registry among a stack's resources. */
const registry = (registryName: string): ResourceBag => ({
  ...{ type: "azure-native:containerregistry:Registry", name: registryName, inputs: { registryName } },
  outputs: { name: registryName },
});
const PAIR = [registry("ordersqasecure"), registry("ordersqastandard")];

/** The console's Deployment as a policy request has it, with some of its text replaced. */
function deployment(from = "", to = ""): ResourceBag {
  const text = JSON.stringify(consoleObjects(clusterPlan(), PLACE, ANSWERS).deployment);
  assert.ok(text.includes(from));
  const inputs = JSON.parse(text.replaceAll(from === "" ? "\u0000" : from, to)) as ResourceBag["inputs"];
  return { type: "kubernetes:apps/v1:Deployment", name: "orders-console-pods", inputs };
}
const judged = (bag: ResourceBag, registries = PAIR) =>
  verdicts(factsOfResources([...registries, bag], { stage: "qa" }));

describe("a stage's console as controls see it", () => {
  it("S0-3 factsOfPlan judges the objects that a plan makes, in a cluster and in Container Apps", () => {
    assert.deepEqual(verdicts(factsOfPlan(planWith(IN_CLUSTER))), ["pass", "pass"]);
    const named = { ...IN_CLUSTER, logins: { from: "secret", name: "logins" } };
    assert.deepEqual(verdicts(factsOfPlan(planWith(named, { registries: NAMED }))), ["pass", "pass"]);
    // Container Apps has no setting for a root file system.
    assert.deepEqual(verdicts(factsOfPlan(planWith(IN_APPS))), ["pass", "fail"]);
    assert.deepEqual(verdicts(factsOfPlan(planWith(undefined))), ["not applicable", "not applicable"]);
  });

  it("S0-3 factsOfResources sees another image, a tag, and what a pod may do, whoever changed it", () => {
    assert.deepEqual(judged(deployment()), ["pass", "pass"]);
    assert.deepEqual(judged(deployment("ordersqasecure.azurecr.io", "evil.azurecr.io")), ["fail", "pass"]);
    assert.deepEqual(judged(deployment("ordersqasecure.azurecr.io", "ghcr.io")), ["fail", "pass"]);
    assert.deepEqual(judged(deployment(/@.*$/.exec(ANSWERS.image)?.[0] ?? "@", ":v1.2.3")), ["fail", "pass"]);
    assert.deepEqual(judged(deployment('"readOnlyRootFilesystem":true', '"stdin":true')), ["pass", "fail"]);
    assert.deepEqual(judged(deployment('"runAsNonRoot":true', '"runAsNonRoot":false')), ["pass", "fail"]);
  });

  it("factsOfResources says unknown of an image that is not known yet, and of registries that are no resources", () => {
    assert.deepEqual(judged(deployment(ANSWERS.image, "[unknown]")), ["unknown", "pass"]);
    assert.deepEqual(judged(deployment("ordersqasecure.azurecr.io", "ghcr.io"), []), ["unknown", "pass"]);
  });

  it("factsOfResources takes no other program's Deployment for a console", () => {
    assert.deepEqual(judged(deployment('"dual-registry"', '"Helm"')), ["not applicable", "not applicable"]);
  });
});
