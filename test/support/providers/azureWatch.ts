import { parentOf } from "./armIds";
import { actionGroupsOf } from "./azureAnswers";
import { EVENT_TYPES } from "./azureFacts";
import { AZURE } from "./azureTypes";
import type { Cloud } from "./cloud";
import { at, listAt, textAt } from "./lookup";
import { CloudError } from "./model";
import type { PlainFields } from "./values";

/** What each kind of rule watches, and where it says so. */
const WATCHED: Readonly<Record<string, (inputs: PlainFields) => readonly string[]>> = {
  [AZURE.queryAlert]: (inputs) => texts(inputs, "scopes"),
  [AZURE.metricAlert]: (inputs) => texts(inputs, "scopes"),
  [AZURE.activityLogAlert]: (inputs) => texts(inputs, "scopes"),
  [AZURE.systemTopic]: (inputs) => [textAt(inputs, "source")],
  [AZURE.workbook]: (inputs) => [textAt(inputs, "sourceId")],
  [AZURE.component]: (inputs) => [textAt(inputs, "workspaceResourceId")],
  [AZURE.diagnosticSetting]: (inputs) => [textAt(inputs, "storageAccountId")],
};

const texts = (inputs: PlainFields, path: string) =>
  listAt(inputs, path).filter((one): one is string => typeof one === "string");

/** Something there, or a whole subscription or group; `Azure Monitor` is what a workbook names for everything. */
const exists = (id: string, cloud: Cloud) =>
  id === "" || id === "Azure Monitor" || cloud.has(id) || /^\/?subscriptions\/[^/]+$/i.test(id);

/**
 * What Azure refuses of alerts, topics and workbooks: what they watch and whom they tell is there.
 *
 * @throws CloudError with Azure's code
 */
export function admitWatch(type: string, id: string, inputs: PlainFields, cloud: Cloud): void {
  for (const watched of WATCHED[type]?.(inputs) ?? []) {
    if (exists(watched, cloud)) continue;
    throw new CloudError("ResourceNotFound", `cannot store '${id}': there is no '${watched}' to watch`);
  }
  for (const group of actionGroupsOf(type, inputs)) {
    if (cloud.get(group)?.type === AZURE.actionGroup) continue;
    throw new CloudError("ActionGroupNotFound", `cannot store '${id}': there is no action group '${group}'`);
  }
  if (type === AZURE.budget) admitBudget(id, inputs, cloud);
  if (type === AZURE.systemTopic) admitTopic(id, inputs, cloud);
  if (type === AZURE.eventSubscription) admitEvents(id, inputs, cloud);
  if (type === AZURE.immutability) admitImmutability(id, inputs);
}

function admitBudget(id: string, inputs: PlainFields, cloud: Cloud): void {
  const start = "timePeriod.startDate";
  const before = cloud.get(id)?.inputs;
  if (before === undefined || textAt(before, start) === textAt(inputs, start)) return;
  throw new CloudError("400", `cannot update '${id}': the start date of a budget cannot be changed`);
}

/** A source has one system topic of a kind. Source: Azure Event Grid, system topics. */
function admitTopic(id: string, inputs: PlainFields, cloud: Cloud): void {
  const same = (other: PlainFields) => textAt(other, "source").toLowerCase() === textAt(inputs, "source").toLowerCase();
  const twin = cloud.ofType(AZURE.systemTopic).find((other) => other.id !== id && same(other.inputs));
  if (twin !== undefined) {
    throw new CloudError("InvalidRequest", `cannot create '${id}': '${twin.id}' is the topic of the same source`);
  }
}

/** A subscription names events of its topic's type. */
function admitEvents(id: string, inputs: PlainFields, cloud: Cloud): void {
  const topic = cloud.get(parentOf(AZURE.eventSubscription, id) ?? "");
  const known = EVENT_TYPES[textAt(topic?.inputs ?? {}, "topicType").toLowerCase()];
  const strange = texts(inputs, "filter.includedEventTypes").find((event) => known?.includes(event) === false);
  if (strange === undefined) return;
  throw new CloudError("InvalidRequest", `cannot store '${id}': '${strange}' is no event of '${topic?.id ?? ""}'`);
}

function admitImmutability(id: string, inputs: PlainFields): void {
  const both = ["allowProtectedAppendWrites", "allowProtectedAppendWritesAll"];
  if (both.every((name) => at(inputs, name) === true)) {
    throw new CloudError("InvalidRequest", `cannot store '${id}': ${both.join(" and ")} exclude each other`);
  }
}
