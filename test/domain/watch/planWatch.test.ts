import assert from "node:assert/strict";
import { defined } from "../../../src/base/defined";
import { decodeConfig } from "../../../src/config";
import { planStage } from "../../../src/domain/plan/planStage";
import { ALERT_NAMES, type AlertPlan, liveAlerts } from "../../../src/domain/watch/alertPlan";
import { planWatch, type WatchPlan } from "../../../src/domain/watch/planWatch";
import { kustoProblems } from "../../support/kusto";
import { facts, rawConfig } from "../../support/rawConfig";

type Parts = Parameters<typeof rawConfig>[0];

const TOLD = "alerts: { emails: [operations@example.com] }";

function watchOf(yaml: string, parts: Parts = {}): WatchPlan {
  const { watch } = planStage(decodeConfig(rawConfig({ ...parts, stage: facts(yaml) })));
  assert.ok(watch);
  return watch;
}

function alertOf(watch: WatchPlan, name: string): AlertPlan {
  const alert = watch.alerts.alerts.find((one) => one.name === name);
  assert.ok(alert, name);
  return alert;
}

describe("planWatch", () => {
  it("S1-20 planWatch says of each alert that it is on with signal and threshold, or why it is not", () => {
    const { alerts } = watchOf(TOLD, { stack: "prod" }).alerts;
    assert.deepEqual(alerts.map((alert) => alert.name).sort(), [...ALERT_NAMES].sort());
    for (const alert of alerts) {
      if (alert.state === "on") assert.ok(alert.signal.length > 10 && alert.threshold.length > 2, alert.name);
      else assert.ok(alert.because.length > 10, alert.name);
    }
  });

  it("S1-20 planWatch calls an alert without a documented signal impossible, told or not", () => {
    for (const yaml of [TOLD, "{}"]) {
      for (const name of ["unlocked-image", "failed-replication", "token-near-expiry"]) {
        assert.equal(alertOf(watchOf(yaml), name).state, "impossible");
      }
    }
  });

  it("S1-20 planWatch makes no rule where nobody is told, and says so of each", () => {
    const { alerts } = watchOf("{}");
    assert.equal(alerts.receivers, undefined);
    assert.deepEqual(liveAlerts(alerts), []);
    const quiet = alerts.alerts.filter((alert) => alert.state === "off" && alert.because.startsWith("no receivers"));
    assert.ok(quiet.length >= 5);
  });

  it("planWatch makes the rules where a webhook alone is told, and keeps its address out of the plan", () => {
    const planted = "https://hooks.example.com/planted-secret";
    const stage = { alertWebhook: planted };
    const plan = planStage(decodeConfig(rawConfig({ stage, secretKeys: ["alertWebhook"] })));
    assert.equal(plan.watch?.alerts.receivers?.webhook, true);
    assert.ok(!JSON.stringify(plan).includes("planted-secret"));
  });

  it("S1-20 planWatch watches deletes in prod, and says why not elsewhere", () => {
    assert.equal(alertOf(watchOf(TOLD, { stack: "prod" }), "delete-in-prod").state, "on");
    const inQa = alertOf(watchOf(TOLD), "delete-in-prod");
    assert.ok(inQa.state === "off" && inQa.because.includes("the last stage alone"));
  });

  it("S1-20 planWatch hands thresholds on to the rules", () => {
    const yaml = "alerts: { emails: [a@example.com], thresholds: { failedLogins: 3, throttled: 7, pulls: High } }";
    const watch = watchOf(yaml);
    const [login] = liveAlerts(watch.alerts).filter((alert) => alert.name === "failed-logins");
    assert.ok(login?.rules[0]?.kind === "query" && login.rules[0].rows === 3);
    assert.match(login.threshold, /more than 3 in 15 minutes/);
    const [pulls] = liveAlerts(watch.alerts).filter((alert) => alert.name === "unusual-pulls");
    assert.ok(pulls?.rules.every((rule) => rule.kind === "unusual" && rule.sensitivity === "High"));
    assert.equal(pulls?.rules.length, 2);
  });

  it("S1-21 planWatch tells of storage from a share of what each tier includes", () => {
    const storage = alertOf(watchOf(TOLD), "storage-near-limit");
    assert.ok(storage.state === "on");
    const GIB = 2 ** 30;
    const limits = storage.rules.map((rule) => rule.kind === "limit" && [rule.registry, rule.above]);
    assert.deepEqual(limits, [
      ["secure", 400 * GIB],
      ["standard", 80 * GIB],
    ]);
    assert.match(storage.threshold, /80 % of what the tier includes: Premium 500 GiB.*Standard 100 GiB/);
  });

  it("S1-19 planWatch watches and asks only registries of ours", () => {
    const watch = watchOf(`{ ${TOLD}, registries: { standard: { mode: reference, kind: ghcr, host: ghcr.io } } }`);
    const alert = alertOf(watch, "secure-from-standard");
    assert.ok(alert.state === "off" && alert.because.includes("somebody else"));
    const registries = liveAlerts(watch.alerts).flatMap((live) =>
      live.rules.flatMap((rule) => ("registry" in rule ? [rule.registry] : [])),
    );
    assert.deepEqual([...new Set(registries)], ["secure"]);
  });

  it("S1-20 planWatch listens to the stage's own vault, not to somebody else's", () => {
    const config = decodeConfig(rawConfig({ stage: facts(TOLD) }));
    const { registries } = planStage(config);
    const state = (vault?: "create" | "reference") => {
      const watch = planWatch({ ...config, place: "between", registries, ...defined({ vaultMode: vault }) });
      return alertOf(watch, "secret-near-expiry");
    };
    const own = state("create");
    assert.ok(own.state === "on" && own.rules[0]?.kind === "event");
    assert.deepEqual(own.rules[0].events[0], "Microsoft.KeyVault.SecretNearExpiry");
    assert.equal(state("reference").state, "off");
    assert.equal(state().state, "off");
  });

  it("S1-20 planWatch asks in rules only what the tables answer", () => {
    const watch = watchOf(TOLD, { stack: "prod" });
    const queries = liveAlerts(watch.alerts).flatMap((alert) =>
      alert.rules.flatMap((rule) => (rule.kind === "query" ? [rule.query] : [])),
    );
    assert.equal(queries.length, 4);
    for (const query of [...queries, ...watch.views.queries.map(({ text }) => text)]) {
      assert.deepEqual(kustoProblems(query), []);
    }
  });

  it("S1-19 planWatch saves queries in the stage's own workspace alone", () => {
    const id = `/subscriptions/${"0".repeat(8)}-0000-0000-0000-${"0".repeat(12)}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/log-all`;
    assert.equal(watchOf("{}").views.saved, true);
    assert.equal(watchOf(`audit: { workspaceId: ${id} }`).views.saved, false);
  });

  it("planWatch names the workbook by a guid that stays, and differs by stage", () => {
    const guid = (stack: string) => watchOf("{}", { stack }).views.workbook.guid;
    assert.equal(guid("qa"), guid("qa"));
    assert.notEqual(guid("qa"), guid("prod"));
    assert.match(guid("qa"), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("S1-19 planWatch keeps the archive for the years of the file at least, in Azure's containers", () => {
    const { archive } = watchOf("audit: { archive: { years: 7 } }");
    assert.ok(archive);
    assert.ok(archive.days >= 7 * 365 + 2);
    assert.match(archive.accountName, /^[a-z0-9]{3,24}$/);
    assert.deepEqual(archive.containers, [
      "insights-logs-containerregistryloginevents",
      "insights-logs-containerregistryrepositoryevents",
      "insights-metrics-pt1m",
    ]);
    assert.equal(watchOf("{}").archive, undefined);
    assert.match(archive.notes.join(), /not locked.*no cool or archive tier/);
    assert.equal(watchOf("audit: { archive: { years: 1, name: companyaudit } }").archive?.accountName, "companyaudit");
  });

  it("S1-19 planWatch says that a registry that is taken over must stand in the archive's region", () => {
    const id = `/subscriptions/${"0".repeat(8)}-0000-0000-0000-${"0".repeat(11)}1/resourceGroups/old/providers/Microsoft.ContainerRegistry/registries/companyold`;
    const adopts = `registries: { standard: { mode: adopt, sku: Standard, id: ${id} } }`;
    const notes = (more: string) => watchOf(`{ audit: { archive: { years: 1 } } ${more} }`).archive?.notes.join() ?? "";
    assert.match(notes(`, ${adopts}`), /must stand in the stage's region/);
    assert.doesNotMatch(notes(""), /must stand in the stage's region/);
  });

  it("S1-21 planWatch orders a budget's messages and tells nobody twice", () => {
    const yaml = `{ ${TOLD}, budget: { amount: 100, start: "2026-01-01", thresholds: [100, 50], forecast: [110],
      emails: [Operations@example.com, finance@example.com] } }`;
    const { budget } = watchOf(yaml);
    assert.deepEqual(
      budget?.notices.map(({ key }) => key),
      ["actual-50", "actual-100", "forecasted-110"],
    );
    assert.deepEqual(budget.emails, ["finance@example.com"]);
  });
});
