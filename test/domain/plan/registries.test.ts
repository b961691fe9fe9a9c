import assert from "node:assert/strict";
import { decodeConfig } from "../../../src/config";
import { factsOfPlan } from "../../../src/controls/adapters/plan";
import type { RegistryFacts } from "../../../src/controls/facts";
import { planStage } from "../../../src/domain/plan/planStage";
import type { AcrPlan } from "../../../src/domain/plan/registries";
import { facts, rawConfig } from "../../support/rawConfig";

const ID =
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/legacy/providers/Microsoft.ContainerRegistry/registries/companyold";

/** The plan of a secure registry of which a stage file says this, and what controls read of it. */
function secure(said: string): { plan: AcrPlan; facts: RegistryFacts } {
  const plan = planStage(decodeConfig(rawConfig({ stage: facts(`registries: { secure: { ${said} } }`) })));
  const registry = plan.registries.secure;
  const [read] = factsOfPlan(plan).registries;
  assert.ok(registry.mode !== "reference" && read);
  return { plan: registry, facts: read };
}

const ADOPT = `mode: adopt, sku: Premium, id: ${ID}`;

describe("planRegistry", () => {
  it("planRegistry says nothing of tokens made for ARM where the stage says nothing, and controls read Azure's default (S1-1)", () => {
    const made = secure("sku: Premium");
    assert.equal(made.plan.armTokensAllowed, true);
    assert.equal(made.facts.armTokensAllowed, true);
    const adopted = secure(ADOPT);
    assert.ok(!("armTokensAllowed" in adopted.plan));
    assert.equal(adopted.facts.armTokensAllowed, "unknown");
  });

  for (const said of [true, false])
    for (const [what, mode] of [
      ["of a made registry of every tier", "sku: Basic"],
      ["of an adopted one", ADOPT],
    ] as const)
      it(`planRegistry hands on armTokensAllowed: ${String(said)} ${what}`, () => {
        const { plan, facts: read } = secure(`${mode}, armTokensAllowed: ${String(said)}`);
        assert.deepEqual([plan.armTokensAllowed, read.armTokensAllowed], [said, said]);
      });

  it("planRegistry lets Azure's trusted services in where nothing is said, and an adopted registry keep its own", () => {
    for (const mode of ["sku: Standard", "allowedIps: [203.0.113.0/24]", "publicAccess: false"]) {
      const { plan, facts: read } = secure(mode);
      assert.deepEqual([plan.trustedServices, read.trustedServices], [true, true], mode);
    }
    const { plan, facts: read } = secure(`${ADOPT}, allowedIps: [203.0.113.0/24]`);
    assert.ok(!("trustedServices" in plan));
    assert.equal(read.trustedServices, "unknown");
  });

  it("planRegistry keeps Azure's trusted services out where the network is restricted, or may be", () => {
    for (const mode of ["allowedIps: [203.0.113.0/24]", "publicAccess: false", ADOPT]) {
      const { plan, facts: read } = secure(`${mode}, trustedServices: false`);
      assert.deepEqual([plan.trustedServices, read.trustedServices], [false, false], mode);
    }
  });
});

describe("planAlternatives", () => {
  it("S0-3 planAlternatives gives a registry beside the two no other name than its host, which an image could have baked in", () => {
    const other = "{ kind: ghcr, host: ghcr.io, namespace: company }";
    const { registries, alternatives } = planStage(
      decodeConfig(rawConfig({ stage: facts(`alternatives: { secure: [${other}] }`) })),
    );
    const [alternative] = alternatives.secure;
    assert.equal(alternative?.vanityHost, "ghcr.io");
    assert.notEqual(registries.secure.vanityHost, alternative.vanityHost);
  });
});
