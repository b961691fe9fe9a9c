import assert from "node:assert/strict";
import type { RecordedResource, Recording } from "../../../src/preview/recording";
import { assertNoUnexpected, recordProgram, theResource } from "../../support/recorder";
import { TOLD_OF, WATCH_PROGRAM } from "./watchProgram";

const native = (...names: string[]) => names.map((name) => `azure-native:${name}`);
const TYPES = [
  ...["AuditArchive", "AlertRules", "AuditViews", "StageBudget", "StageInsights"].map((n) => `dualregistry:index:${n}`),
  ...native("storage:StorageAccount", "storage:BlobContainer", "storage:BlobContainerImmutabilityPolicy"),
  ...native("storage:ManagementPolicy", "operationalinsights:SavedSearch", "applicationinsights:Workbook"),
  ...native("applicationinsights:Component", "security:Pricing", "consumption:Budget", "monitor:ActionGroup"),
  ...native("monitor:ScheduledQueryRule", "monitor:MetricAlert"),
  ...native("eventgrid:SystemTopic", "eventgrid:SystemTopicEventSubscription"),
];

describe("what watches a stage", () => {
  let recording: Recording;
  const find = (type: string, name: string) => theResource(recording, `azure-native:${type}`, name);
  const ofType = (type: string): RecordedResource[] =>
    recording.resources.filter((resource) => resource.type === `azure-native:${type}`);

  before(async () => {
    recording = await recordProgram({ program: WATCH_PROGRAM });
  });

  it("the watch's components register only their own types, log nothing and do not collide when made twice", () => {
    assertNoUnexpected(recording, TYPES);
    assert.deepEqual(recording.logs, []);
    const urns = recording.resources.map((resource) => resource.urn);
    assert.equal(new Set(urns).size, urns.length);
    assert.equal(ofType("storage:StorageAccount").length, 2);
  });

  it("S1-19 AuditArchive takes no key, no old TLS, nobody from outside but Azure's own services", () => {
    const { inputs, options } = find("storage:StorageAccount", "least-archive-account");
    assert.equal(inputs["allowSharedKeyAccess"], false);
    assert.equal(inputs["allowBlobPublicAccess"], false);
    assert.equal(inputs["minimumTlsVersion"], "TLS1_2");
    assert.equal(inputs["enableHttpsTrafficOnly"], true);
    assert.deepEqual(inputs["networkRuleSet"], { bypass: "AzureServices", defaultAction: "Deny" });
    assert.deepEqual(inputs["sku"], { name: "Standard_GRS" });
    assert.equal(Reflect.get(inputs["encryption"] as object, "requireInfrastructureEncryption"), true);
    assert.equal(options.protect, true);
  });

  it("S1-19 AuditArchive lets logs be appended and nothing be changed, for its days, and deletes them after", () => {
    const policies = ofType("storage:BlobContainerImmutabilityPolicy").filter(({ name }) => name.startsWith("all-"));
    assert.equal(policies.length, 2);
    for (const { inputs, options } of policies) {
      assert.equal(inputs["immutabilityPeriodSinceCreationInDays"], 2562);
      assert.equal(inputs["allowProtectedAppendWrites"], true);
      assert.equal(options.dependsOn?.length, 1);
    }
    const { inputs } = find("storage:ManagementPolicy", "all-archive-lifecycle");
    const text = JSON.stringify(inputs["policy"]);
    assert.match(text, /"delete":\{"daysAfterModificationGreaterThan":2562\}/);
    assert.match(text, /"blobTypes":\["appendBlob"\]/);
    // No tier: a rule for append blobs that names one is refused by Azure.
    assert.doesNotMatch(text, /tierTo/);
  });

  it("S1-20 AlertRules tells one group, whose webhook stays secret", () => {
    const { inputs } = find("monitor:ActionGroup", "all-alerts-receivers");
    assert.deepEqual(inputs["webhookReceivers"], [
      { name: "webhook", serviceUri: "[secret]", useCommonAlertSchema: true },
    ]);
    assert.ok(!JSON.stringify(recording).includes("planted"));
    assert.equal(inputs["groupShortName"], "images-prod");
    assert.equal("webhookReceivers" in find("monitor:ActionGroup", "least-alerts-receivers").inputs, false);
  });

  it("S1-20 AlertRules makes a rule for each alert that is on, each with its threshold and telling the group", () => {
    const group = find("monitor:ActionGroup", "all-alerts-receivers").urn;
    const rules = recording.resources.filter(({ name, type }) => name.startsWith("all-alerts-") && type.includes(":"));
    for (const name of TOLD_OF) {
      const own = rules.filter((rule) => rule.name.startsWith(`all-alerts-${name}`));
      assert.ok(own.length > 0, name);
      assert.ok(
        own.some(({ options }) => options.dependsOn?.includes(group)),
        name,
      );
    }
    const login = find("monitor:ScheduledQueryRule", "all-alerts-failed-logins").inputs;
    assert.match(JSON.stringify(login["criteria"]), /"operator":"GreaterThan".*"threshold":20/);
    assert.match(JSON.stringify(login["description"]), /ResultDescription other than 200; more than 20 in 15 minutes/);
    const storage = find("monitor:MetricAlert", "all-alerts-storage-near-limit-secure").inputs;
    assert.match(JSON.stringify(storage["criteria"]), /"metricName":"StorageUsed".*"threshold":429496729600/);
    const pulls = find("monitor:MetricAlert", "all-alerts-unusual-pulls-secure").inputs;
    assert.match(JSON.stringify(pulls["criteria"]), /DynamicThresholdCriterion/);
  });

  it("S1-20 AlertRules hears of secrets near their expiry from the vault's topic, in the one form alerts take", () => {
    const { inputs } = find("eventgrid:SystemTopicEventSubscription", "all-alerts-secret-near-expiry");
    assert.equal(inputs["eventDeliverySchema"], "CloudEventSchemaV1_0");
    assert.match(JSON.stringify(inputs["filter"]), /Microsoft\.KeyVault\.SecretNearExpiry/);
    assert.match(JSON.stringify(inputs["destination"]), /"endpointType":"MonitorAlert".*"severity":"Sev2"/);
    assert.equal(ofType("eventgrid:SystemTopic").length, 1, "none without a vault");
  });

  it("S1-19 AuditViews saves each query, and shows them in a workbook of a name that stays", () => {
    const saved = ofType("operationalinsights:SavedSearch");
    assert.equal(saved.length, 8);
    const { inputs } = find("applicationinsights:Workbook", "all-views-workbook");
    assert.equal(inputs["resourceName"], "11111111-1111-5111-8111-111111111111");
    const data = JSON.parse(inputs["serializedData"] as string) as {
      items: { type: number; content: { query: string } }[];
    };
    const queries = data.items.filter(({ type }) => type === 3).map(({ content }) => content.query);
    assert.deepEqual(queries.sort(), saved.map((search) => search.inputs["query"]).sort());
  });

  it("S1-21 StageBudget sends its start as it is said, and its messages for what is spent and what will be", () => {
    const { inputs } = find("consumption:Budget", "all-budget-budget");
    assert.deepEqual(inputs["timePeriod"], { startDate: "2026-01-01T00:00:00Z" });
    assert.equal(inputs["timeGrain"], "Monthly");
    const notifications = inputs["notifications"] as Record<string, Record<string, unknown>>;
    assert.deepEqual(Object.keys(notifications), ["actual-80", "forecasted-100"]);
    const when = ({ operator, threshold, thresholdType }: Record<string, unknown>) => [
      operator,
      threshold,
      thresholdType,
    ];
    assert.deepEqual(Object.values(notifications).map(when), [
      ["GreaterThanOrEqualTo", 80, "Actual"],
      ["GreaterThanOrEqualTo", 100, "Forecasted"],
    ]);
    assert.deepEqual(notifications["actual-80"]?.["contactEmails"], ["finance@example.com"]);
  });

  it("S1-22 StageInsights keeps the keys of Application Insights secret and useless, and leaves Defender on", () => {
    const { inputs, options } = find("applicationinsights:Component", "all-insights-insights");
    assert.equal(inputs["disableLocalAuth"], true);
    assert.deepEqual(options.additionalSecretOutputs, ["connectionString", "instrumentationKey"]);
    const defender = find("security:Pricing", "all-insights-defender");
    assert.deepEqual(
      [defender.inputs["pricingName"], defender.inputs["pricingTier"], defender.options.retainOnDelete],
      ["Containers", "Standard", true],
    );
    const plan = "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Security/pricings/Containers";
    assert.equal(defender.options.import, plan, "every subscription has it already");
  });
});
