import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Finding, judge, type StageChanges, type Verdict } from "../../src/preview/change/changes";
import { diffRecordings } from "../../src/preview/change/diff";
import { loadProviderFacts } from "../../src/preview/change/providerFacts";
import { providerFindings } from "../../src/preview/change/providerSettings";
import { recordStages } from "../../src/preview/record/recordStages";
import type { Recording } from "../../src/preview/recording";
import { transitionFindings } from "../../src/reports/transitionFindings";
import { copyExample } from "../support/examples";

const CASES = resolve(__dirname, "../fixtures/stageFiles/cases");
const TODAY = new Date("2026-11-30T12:00:00Z");

/** Stage files of dev; each but the first is compared with the first. */
const FILES = ["base", "base-subscription", "base-owner", "base-firewall-off", "base-downgrade", "base-budget-start"];

describe("a stage against what it was", function () {
  this.timeout(240_000);
  let root: string;
  const recordings = new Map<string, Recording>();

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "dualreg-transitions-"));
    for (const name of FILES) {
      const projectDir = copyExample("company", join(root, name));
      cpSync(join(CASES, `${name}.dev.yaml`), join(projectDir, "Pulumi.dev.yaml"));
      const { recordings: found, failures } = await recordStages({ projectDir, stages: ["dev"] });
      assert.deepEqual(failures, []);
      recordings.set(name, found.get("dev") ?? assert.fail(name));
    }
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  function review(name: string, today = TODAY): { stage: StageChanges; verdict: Verdict; said: string[] } {
    const [base, head] = ["base", name].map((one) => recordings.get(one) ?? assert.fail(one)) as [Recording, Recording];
    const stage = diffRecordings(base, head, loadProviderFacts());
    const told = providerFindings(base, stage.providers ?? [], stage.changes);
    const verdict = judge([stage], true, [...told, ...transitionFindings(base, head, today)]);
    const shown = ({ note, name: subject, reason }: Finding) =>
      `${note === true ? "note" : "finding"} ${subject} ${reason}`;
    return { stage, verdict, said: verdict.findings.map(shown) };
  }

  it("another subscription is a finding that says how much stays, though no resource changes", () => {
    const { stage, verdict, said } = review("base-subscription");
    assert.equal(verdict.exitCode, 1);
    assert.match(
      said.join("\n"),
      /azure-native:subscriptionId was "0{8}.*0d" and is ".*0e": \d{2,} resources remain where/,
    );
    assert.deepEqual(
      stage.changes.filter(({ type }) => /:(?:Registry|Vault|Token)$/.test(type)),
      [],
    );
    assert.ok(stage.same > 50, String(stage.same));
  });

  it("another owner is a finding that says how much stays on GitHub", () => {
    const { verdict, said } = review("base-owner");
    assert.equal(verdict.exitCode, 1);
    assert.match(said.join("\n"), /github:owner was "company" and is "other-company": \d+ resources? remains? where/);
  });

  it("allowedIps taken out is an update that is sent and seen, and said as one step", () => {
    const { stage, verdict, said } = review("base-firewall-off");
    const change = stage.changes.find(({ type }) => type.endsWith(":Registry"));
    assert.equal(change?.kind, "update");
    assert.deepEqual(
      change.properties.map(({ path, after }) => [path, after]).filter(([, after]) => after !== undefined),
      [["networkRuleSet.defaultAction", "Allow"]],
    );
    assert.deepEqual(said, [
      "note orders-secure-registry the firewall off is one step: every address reaches it from then on",
    ]);
    assert.equal(verdict.exitCode, 0);
  });

  it("Premium to Standard beside a replica and a firewall takes two steps, in their order, and nothing lifts it", () => {
    const { verdict, said } = review("base-downgrade");
    assert.equal(verdict.exitCode, 1);
    assert.match(
      said.join("\n"),
      /finding orders-secure-registry sku from Premium to Standard takes two steps: first take northeurope out of replicas, take allowedIps out, .* then set sku to Standard/,
    );
  });

  it("S1-21 a budget of a new stage that begins before this month is said to be refused", () => {
    const [found, ...none] = transitionFindings(undefined, recordings.get("base") ?? assert.fail(), TODAY);
    assert.deepEqual(none, []);
    assert.match(found?.reason ?? "", /^start 2026-01-01: Azure makes no budget that begins then/);
    assert.equal(found?.note, true);
  });

  it("S1-21 another start of a budget replaces it, and is impossible once that month is past", () => {
    const { stage, verdict, said } = review("base-budget-start");
    const change = stage.changes.find(({ type }) => type.endsWith(":Budget"));
    assert.equal(change?.kind, "replace");
    assert.deepEqual([verdict.exitCode, said.length], [0, 1]);
    assert.match(said[0] ?? "", /^note .* start from 2026-01-01 to 2026-11-01 is one step/);
    const late = review("base-budget-start", new Date("2026-12-01T00:00:00Z"));
    assert.equal(late.verdict.exitCode, 1);
    assert.match(late.said[0] ?? "", /^finding .* is impossible: .*Leave 2026-01-01/);
  });

  it("a lower tier is a finding for a registry that has another URN by now, and is known by an alias", () => {
    const [base, head] = ["base", "base-downgrade"].map((one) => recordings.get(one) ?? assert.fail(one)) as [
      Recording,
      Recording,
    ];
    const [plain, versioned] = [":containerregistry:Registry", ":containerregistry/v20230701:Registry"];
    const resources = head.resources.map((resource) => {
      if (!resource.type.endsWith(plain)) return resource;
      const [type, urn] = [resource.type, resource.urn].map((text) => text.replace(plain, versioned)) as [
        string,
        string,
      ];
      return { ...resource, type, urn, options: { ...resource.options, aliases: [{ type: resource.type }] } };
    });
    const said = transitionFindings(base, { ...head, resources }, TODAY).filter(({ note }) => note !== true);
    assert.ok(said.some(({ reason }) => reason.startsWith("sku from Premium to Standard takes two steps")));
  });
});
