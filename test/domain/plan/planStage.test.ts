import assert from "node:assert/strict";
import { decodeConfig } from "../../../src/config";
import { factsOfPlan } from "../../../src/controls/adapters/plan";
import { RULES } from "../../../src/domain/image/ruleSupport";
import { planStage } from "../../../src/domain/plan/planStage";
import type { StagePlan } from "../../../src/domain/plan/stagePlan";
import { facts, rawConfig } from "../../support/rawConfig";

const GATES = `
  gates:
    roles: { qa: [{ team: qa, id: 1 }], uat: [{ team: uat, id: 2 }], dev: [{ user: ada, id: 3 }] }
    signOffs: { qa: [qa], uat: [qa, uat], prod: [qa, uat, dev] }
    automation: { app: 4200001 }`;

function plan(parts: Parameters<typeof rawConfig>[0] = {}): StagePlan {
  return planStage(decodeConfig(rawConfig(parts)));
}

const chain = (stagePlan: StagePlan) =>
  stagePlan.gates.environments.filter((one) => one.purpose === "sign-off").map((one) => [one.name, one.after]);

describe("planStage", () => {
  it("planStage is plain data, equal for equal configuration, and changes nothing it was given", () => {
    const config = decodeConfig(rawConfig({ shared: facts(GATES) }));
    const before = structuredClone(config);
    const first = planStage(config);
    assert.deepEqual(config, before);
    assert.deepEqual(JSON.parse(JSON.stringify(first)), first);
    assert.equal(JSON.stringify(planStage(structuredClone(config))), JSON.stringify(first));
  });

  it("S0-1 planStage gives a stage a secure and a standard registry", () => {
    const { registries } = plan();
    assert.equal(registries.secure.vanityHost, "qa.secure-registry.company.com");
    assert.equal(registries.standard.vanityHost, "qa.registry.company.com");
    assert.deepEqual(registries.secure.repositories, ["orders/api"]);
    assert.deepEqual(registries.standard.repositories, ["orders/web"]);
  });

  it("S0-4 planStage gives the application and every consumer a token in each registry it reads, and no other", () => {
    const consumers = facts(
      "consumers: [{ name: shop, pull: [orders/web] }, { name: lab, pull: ['orders/*'], tokenDays: 10, stages: [dev] }]",
    );
    const names = plan({ shared: consumers }).tokens.map((token) => `${token.registry} ${token.name}`);
    assert.deepEqual(names, ["secure orders-pull", "standard orders-pull", "standard shop-pull"]);
  });

  it("planStage lets no token live longer than its class's ceiling", () => {
    const shared = facts(
      "{ tokens: { ceilingDays: { secure: 30, standard: 60 } }, consumers: [{ name: lab, pull: ['orders/*'], tokenDays: 20 }] }",
    );
    const days = plan({ shared }).tokens.map((token) => [token.consumer, token.registry, token.expiresAfterDays]);
    assert.deepEqual(days, [
      ["lab", "secure", 20],
      ["lab", "standard", 20],
      ["orders", "secure", 30],
      ["orders", "standard", 60],
    ]);
  });

  it("S0-17 S0-18 planStage chains an environment for each role that signs off", () => {
    const shared = facts(GATES);
    assert.deepEqual(chain(plan({ shared, stack: "uat" })), [
      ["uat-signoff-qa", []],
      ["uat-signoff-uat", ["uat-signoff-qa"]],
    ]);
    assert.deepEqual(chain(plan({ shared, stack: "prod" })).at(-1), [
      "prod-signoff-dev",
      ["prod-signoff-qa", "prod-signoff-uat"],
    ]);
  });

  it("S0-15 planStage gives each class that may push an environment of its own, behind the sign-offs", () => {
    const environments = plan({ shared: facts(GATES) }).gates.environments;
    const publish = environments.filter((one) => one.purpose === "publish");
    assert.deepEqual(
      publish.map((one) => [one.name, one.class, one.after]),
      [
        ["qa-publish-secure", "secure", ["qa-signoff-qa", "qa"]],
        ["qa-publish-standard", "standard", ["qa-signoff-qa", "qa"]],
      ],
    );
    assert.deepEqual(
      environments.slice(-5, -2).map(({ name, purpose, after }) => [name, purpose, after.length > 0]),
      [
        ["qa", "deploy", true],
        ["qa-preview", "preview", false],
        ["qa-operations", "operations", false],
      ],
    );
  });

  it("S0-2 planStage lists every repository with its class and binding, in alphabetical order", () => {
    const shared = facts(
      "images: [{ repository: orders/web, class: standard }, { repository: orders/api, class: secure, binding: stage-bound }]",
    );
    assert.deepEqual(plan({ shared }).images, [
      { repository: "orders/api", class: "secure", binding: "stage-bound" },
      { repository: "orders/web", class: "standard", binding: "portable" },
    ]);
  });

  it("planStage carries what images must bring and who signs sign-offs", () => {
    const signer = { issuer: "https://accounts.example.com", subject: "a@example.com" };
    const marked = { ...signer, foreign: true };
    const shared = { policies: { secure: { signers: [marked] }, signOffs: { signers: [marked] } } };
    const { policies, gates, foreignSigners } = plan({ shared });
    assert.deepEqual([policies.secure.signature, policies.standard.signature], [true, true]);
    assert.deepEqual([policies.secure.signers, gates.signOffSigners], [[signer], [signer]]);
    assert.deepEqual(foreignSigners, { secure: [signer.subject], standard: [], signOffs: [signer.subject] });
    assert.equal(plan({ shared, stack: "dev" }).policies.secure.scan, undefined);
  });

  it("planStage hands the reviewers' access to the stage that owns the repository alone", () => {
    const shared = facts(GATES);
    assert.equal(plan({ shared }).gates.access.length, 3);
    const stage = { owns: ["subscription"] };
    const others = { dev: { owns: ["repository"] } };
    assert.deepEqual(plan({ shared, stage, others }).gates.access, []);
  });

  it("planStage says of every rule for each registry how it is kept", () => {
    const stage = facts("registries: { standard: { mode: reference, kind: ghcr, host: ghcr.io, namespace: company } }");
    const { secure, standard } = plan({ stage }).registries;
    for (const rules of [secure.rules, standard.rules]) assert.deepEqual(Object.keys(rules).sort(), [...RULES].sort());
    assert.equal(standard.rules["pull-audit"].support, "impossible");
    assert.equal(secure.rules["tag-immutability"].support, "emulated");
    assert.equal(secure.rules["untagged-retention"].support, "emulated");
  });

  it("planStage calls the untagged policy native where it is on, and says what it does not reach", () => {
    const stage = facts("registries: { secure: { untaggedRetentionDays: 7 } }");
    const rule = plan({ stage }).registries.secure.rules["untagged-retention"];
    assert.ok(rule.support === "native" && rule.limits?.includes("Docker media types"));
  });

  it("planStage makes nothing in Azure for a pair that is only named", () => {
    const named = "{ mode: reference, kind: ghcr, host: ghcr.io, namespace: company";
    const stage = facts(`registries: { secure: ${named}/secure }, standard: ${named}/standard } }`);
    const result = plan({ stage });
    assert.equal(result.resourceGroup, undefined);
    assert.equal(result.audit, undefined);
    assert.deepEqual(result.tokens, []);
    assert.equal(result.protect, false);
  });

  it("S0-5 planStage takes name and group of an adopted registry from its id, and protects it whatever is said", () => {
    const id =
      "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/legacy/providers/Microsoft.ContainerRegistry/registries/companyold";
    const stage = { registries: { standard: { mode: "adopt", id, sku: "Standard", protect: false } } };
    const registry = plan({ stage }).registries.standard;
    assert.ok(registry.mode === "adopt");
    assert.deepEqual(
      [registry.registryName, registry.resourceGroupName, registry.importId, registry.protect],
      ["companyold", "legacy", id, true],
    );
  });

  it("S1-15 S1-16 S1-17 planStage keeps dev 30 days of inactivity, uat 90, and prod for ever, unless told", () => {
    const rule = (stack: string) => plan({ stack }).retention;
    assert.deepEqual(rule("dev"), { rule: "inactive", days: 30 });
    assert.deepEqual(rule("uat"), { rule: "inactive", days: 90 });
    assert.deepEqual(rule("prod"), { rule: "forever" });
    const stage = { retention: { rule: "keep", days: 2555 } };
    assert.deepEqual(plan({ stack: "prod", stage }).retention, { rule: "keep", days: 2555 });
  });

  it("factsOfPlan leaves what it cannot know of a foreign registry unknown", () => {
    const stage = facts("registries: { standard: { mode: reference, kind: quay, host: quay.io } }");
    const { registries, gates, tokens } = factsOfPlan(plan({ stage, shared: facts(GATES) }));
    assert.equal(registries[1]?.adminUserEnabled, "unknown");
    assert.equal(registries[0]?.adminUserEnabled, false);
    assert.equal(gates.length, 8);
    assert.equal(tokens.length, 1);
  });
});
