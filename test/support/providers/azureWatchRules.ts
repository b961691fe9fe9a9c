import { METRICS } from "./azureFacts";
import { at, shown } from "./lookup";
import { type Fields, isFields, isList } from "./values";

type Refuse = (property: string, reason: string) => void;

/** Minutes of an ISO 8601 duration such as `PT15M`, `PT1H` or `P1D`; undefined for what is none, or not known yet. */
function minutesOf(duration: unknown): number | undefined {
  if (typeof duration !== "string") return undefined;
  const [whole, days = "0", hours = "0", minutes = "0"] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration) ?? [];
  return whole === undefined ? undefined : Number(days) * 1440 + Number(hours) * 60 + Number(minutes);
}

/** How often log alerts may be evaluated, in minutes. Source: Azure Monitor, log search alert rules. */
const FREQUENCIES = [1, 5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440];

/** What a scheduled query rule must agree on. Source: Azure Monitor, log search alert rules. */
export function queryAlertRules(inputs: Fields, refuse: Refuse): void {
  const frequency = minutesOf(at(inputs, "evaluationFrequency"));
  const window = minutesOf(at(inputs, "windowSize"));
  if (frequency !== undefined && !FREQUENCIES.includes(frequency)) {
    refuse("evaluationFrequency", `is ${shown(inputs, "evaluationFrequency")}: minutes of ${FREQUENCIES.join(", ")}`);
  }
  if (frequency !== undefined && window !== undefined && window < frequency) {
    refuse("windowSize", "is shorter than evaluationFrequency: what happens between is never seen");
  }
  if ((at(inputs, "kind") ?? "LogAlert") === "LogAlert") {
    for (const name of ["evaluationFrequency", "windowSize", "severity", "criteria", "scopes"]) {
      if (at(inputs, name) === undefined) refuse(name, "is missing: a LogAlert needs it");
    }
  }
  const conditions = at(inputs, "criteria.allOf");
  if (!isList(conditions)) return;
  if (conditions.length !== 1) refuse("criteria.allOf", `has ${conditions.length} conditions: one is taken`);
  conditions.forEach((_, index) => {
    const part = (name: string) => at(inputs, `criteria.allOf.${index}.${name}`);
    const path = (name: string) => `criteria.allOf[${index}].${name}`;
    if (part("query") === undefined) refuse(path("query"), "is missing and required");
    if (part("timeAggregation") !== "Count" && part("metricMeasureColumn") === undefined) {
      refuse(path("metricMeasureColumn"), "is missing: an aggregation other than Count needs the column it is of");
    }
    const [least, of] = [
      part("failingPeriods.minFailingPeriodsToAlert"),
      part("failingPeriods.numberOfEvaluationPeriods"),
    ];
    if (typeof of === "number" && (of < 1 || of > 6)) refuse(path("failingPeriods"), `counts ${of} periods: 1 to 6`);
    if (typeof least === "number" && typeof of === "number" && least > of) {
      refuse(path("failingPeriods"), `needs ${least} of ${of} periods`);
    }
  });
}

/** What a metric alert must agree on. Source: ARM REST: Metric Alerts, and Azure Monitor, metric alert rules. */
export function metricAlertRules(inputs: Fields, refuse: Refuse): void {
  const frequency = minutesOf(at(inputs, "evaluationFrequency"));
  const window = minutesOf(at(inputs, "windowSize"));
  if (frequency !== undefined && window !== undefined && window < frequency) {
    refuse("windowSize", "is shorter than evaluationFrequency");
  }
  const single = at(inputs, "criteria.odataType") === "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria";
  const criteria = at(inputs, "criteria.allOf");
  if (!isList(criteria)) return;
  criteria.forEach((_, index) => {
    const part = (name: string) => at(inputs, `criteria.allOf.${index}.${name}`);
    const path = (name: string) => `criteria.allOf[${index}].${name}`;
    metricRules(inputs, index, window, refuse);
    const dynamic = part("criterionType") === "DynamicThresholdCriterion";
    if (dynamic && single) refuse(path("criterionType"), "is dynamic: only a MultipleResource criterion takes that");
    if (!dynamic && part("threshold") === undefined) refuse(path("threshold"), "is missing and required");
    if (!dynamic) return;
    for (const name of ["alertSensitivity", "failingPeriods"]) {
      if (part(name) === undefined) refuse(path(name), "is missing: a dynamic threshold needs it");
    }
  });
}

/** A criterion's metric is one of its namespace, with its dimensions, and sampled within the window. */
function metricRules(inputs: Fields, index: number, window: number | undefined, refuse: Refuse): void {
  const part = (name: string) => at(inputs, `criteria.allOf.${index}.${name}`);
  const path = (name: string) => `criteria.allOf[${index}].${name}`;
  const [space, name] = [part("metricNamespace"), part("metricName")];
  const metrics = typeof space === "string" ? METRICS[space.toLowerCase()] : undefined;
  if (metrics === undefined || typeof name !== "string") return;
  const metric = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  if (metric === undefined) {
    refuse(path("metricName"), `is "${name}": the metrics are ${Object.keys(metrics).join(", ")}`);
    return;
  }
  if (window !== undefined && window < metric.grain) {
    refuse("windowSize", `is shorter than the ${metric.grain} minutes between two samples of ${name}`);
  }
  const dimensions = part("dimensions");
  if (!isList(dimensions)) return;
  dimensions.forEach((_, at) => {
    const dimension = part(`dimensions.${at}.name`);
    if (typeof dimension !== "string" || metric.dimensions.includes(dimension)) return;
    refuse(path(`dimensions[${at}].name`), `is "${dimension}": ${name} has ${metric.dimensions.join(", ") || "none"}`);
  });
}

/** A budget tells somebody. Source: ARM REST: Notification, contactEmails are required unless groups or roles are told. */
export function budgetRules(inputs: Fields, refuse: Refuse): void {
  const notifications = at(inputs, "notifications");
  if (!isFields(notifications)) return;
  for (const key of Object.keys(notifications)) {
    const told = ["contactEmails", "contactGroups", "contactRoles"].map((name) =>
      at(inputs, `notifications.${key}.${name}`),
    );
    const nobody = told.every((one) => one === undefined || (isList(one) && one.length === 0));
    if (nobody) refuse(`notifications.${key}.contactEmails`, "tells nobody: an address, a group or a role is needed");
  }
}

/** What a storage account must agree on. Source: ARM REST: Storage Accounts - Create. */
export function storageRules(inputs: Fields, refuse: Refuse): void {
  const [kind, tier] = [at(inputs, "kind"), at(inputs, "accessTier")];
  if (kind === "BlobStorage" && tier === undefined) refuse("accessTier", "is missing: kind BlobStorage needs it");
  const immutable = at(inputs, "immutableStorageWithVersioning.enabled") === true;
  if (immutable && at(inputs, "isHnsEnabled") === true) refuse("isHnsEnabled", "excludes immutability with versions");
  if (at(inputs, "isSftpEnabled") === true && at(inputs, "isHnsEnabled") !== true) {
    refuse("isSftpEnabled", "needs isHnsEnabled");
  }
}
