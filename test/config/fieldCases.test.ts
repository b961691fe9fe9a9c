import assert from "node:assert/strict";
import { resolve } from "node:path";
import { readStages } from "../../src/config";
import type { StageConfig } from "../../src/domain/plan/stageConfig";
import { planStage } from "../../src/domain/plan/planStage";
import { factsOfPlan } from "../../src/controls/adapters/plan";
import { controlOf } from "../../src/controls/catalogue";
import { worst } from "../../src/controls/judge";
import { readProjectFile } from "../../src/project";

const CASES = resolve(__dirname, "../fixtures/stageFiles/cases");

const qaOf = (name: string) => {
  const [stage] = readStages(readProjectFile(resolve(CASES, name)), "qa");
  return stage ?? assert.fail(name);
};

/** What a control says of the stage's plan. */
const verdictOf = (config: StageConfig, id: string) =>
  worst((controlOf(id) ?? assert.fail(id)).evaluate(factsOfPlan(planStage(config))).map(({ verdict }) => verdict));

/** A stage file as somebody met it, and what is right: problems, warnings, or what it decodes to. */
const ROWS: readonly {
  name: string;
  problems?: readonly RegExp[];
  warnings?: readonly RegExp[];
  check?: (config: StageConfig) => void;
}[] = [
  { name: "minimal", check: ({ location }) => assert.equal(location, "westeurope") },
  { name: "old-spelling", check: ({ location }) => assert.equal(location, "westeurope") },
  {
    name: "old-spelling-provider",
    check: ({ owner, owns, subscriptionId }) =>
      assert.deepEqual([owner, owns, subscriptionId?.slice(-2)], ["company", ["repository", "subscription"], "a1"]),
  },
  { name: "stack-config-dir", check: ({ owns }) => assert.equal(owns.length, 2) },
  {
    name: "yaml-merge-top",
    check: ({ tags, owner }) => assert.deepEqual([tags["cost-center"], owner], ["4711", "company"]),
  },
  {
    name: "merge-of-two",
    check: ({ owns, location }) => assert.deepEqual([owns.length, location], [2, "northeurope"]),
  },
  {
    name: "merge-hides-reference",
    check: (config) => {
      assert.deepEqual(config.beforeHolds, ["secure"]);
      const pulls = planStage(config).identities.identities.flatMap(({ grants }) =>
        grants.flatMap(({ role, on }) => (role === "AcrPull" && on.at === "before" ? [on.class] : [])),
      );
      assert.deepEqual(new Set(pulls), new Set(["secure"]));
    },
  },
  { name: "tag-date", check: ({ tags }) => assert.deepEqual(tags, { since: "2026-01-01", pci: "on" }) },
  {
    name: "firewall-open",
    warnings: [/registries\.secure\.allowedIps: lets in a quarter of all addresses or more/],
    check: (config) => assert.equal(verdictOf(config, "network-restricted"), "fail"),
  },
  { name: "home-region", check: (config) => assert.equal(verdictOf(config, "replica-locations"), "fail") },
  {
    name: "display-names",
    check: (config) => {
      const { secure } = config.registries;
      assert.deepEqual(secure.mode !== "reference" && secure.replicas, ["northeurope", "francecentral"]);
      assert.deepEqual(config.compliance.allowedLocations, ["westeurope", "northeurope", "francecentral"]);
      assert.equal(verdictOf(config, "replica-locations"), "pass");
    },
  },
  {
    name: "arm-id-lower-case",
    check: ({ registries: { secure }, vault }) => {
      const group = "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/legacy/providers";
      assert.equal(secure.mode === "adopt" && secure.id, `${group}/Microsoft.ContainerRegistry/registries/companyold`);
      assert.equal(vault?.mode === "reference" && vault.id, `${group}/Microsoft.KeyVault/vaults/kv-company`);
    },
  },
  {
    name: "workspace-id-lower-case",
    check: ({ audit }) =>
      assert.match(
        audit.workspaceId ?? "",
        /resourceGroups\/RG-Logs\/providers\/Microsoft\.OperationalInsights\/workspaces\/log-company$/,
      ),
  },
  { name: "budget-past", problems: [/budget\.start: "2016-01-01" is before Azure had budgets/] },
  { name: "budget-far", warnings: [/budget\.start: "2099-01-01" is more than a year ahead/] },
];

describe("stage files as people meet them", () => {
  for (const { name, problems = [], warnings = [], check } of ROWS) {
    it(`readStages reads ${name}`, () => {
      const read = qaOf(name);
      assert.equal(read.problems.length, problems.length, read.problems.join("\n"));
      problems.forEach((pattern, at) => assert.match(read.problems[at] ?? "", pattern));
      assert.equal(read.warnings.length, warnings.length, read.warnings.join("\n"));
      warnings.forEach((pattern, at) => assert.match(read.warnings[at] ?? "", pattern));
      if (check !== undefined) check(read.config ?? assert.fail(`${name}: no configuration`));
    });
  }
});
