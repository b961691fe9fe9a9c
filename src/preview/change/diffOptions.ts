import type { PropertyChange } from "./diffTypes";
import { shown } from "./diffProperties";
import { changedValues } from "./diffValues";
import type { Json, RecordedResource } from "../recording";

/** Options that differ and only change what Pulumi keeps about the resource. */
export function optionChanges(before: RecordedResource, after: RecordedResource): readonly PropertyChange[] {
  return changedValues(kept(before), kept(after)).map((change) => ({ ...shown(change), effect: "update" }));
}

/** The options without those that are looked at on their own. */
function kept({ options }: RecordedResource): Json {
  const apart = ["aliases", "import", "provider"];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !apart.includes(name)));
}

/**
 * Options whose change replaces a custom resource, or may: another id to import, another provider.
 * Source: pulumi, pkg/resource/deploy/step_generator.go (isImport, providerChanged).
 */
export function replacingOptions(before: RecordedResource, after: RecordedResource): readonly PropertyChange[] {
  if (before.custom !== after.custom) {
    const why = "a component and a resource of a provider cannot become one another";
    return [{ path: "(custom)", before: before.custom, after: after.custom, effect: "replace", why }];
  }
  if (!after.custom) return [];
  return [...importChange(before, after), ...providerChange(before, after)];
}

function importChange(before: RecordedResource, after: RecordedResource): readonly PropertyChange[] {
  const was = before.options.import;
  const is = after.options.import;
  if (is === undefined || was === is) return [];
  if (was === undefined) {
    const why = "it takes over this id; nothing changes if the stack already holds it";
    return [{ path: "(import)", after: is, effect: "may-replace", why }];
  }
  const why = "it takes over another resource and deletes the one it had";
  return [{ path: "(import)", before: was, after: is, effect: "replace", why }];
}

function providerChange(before: RecordedResource, after: RecordedResource): readonly PropertyChange[] {
  const was = before.options.provider;
  const is = after.options.provider;
  if (was === is) return [];
  const why = "the provider decides by its configuration, such as another subscription";
  const values = { ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
  return [{ path: "(provider)", ...values, effect: "may-replace", why }];
}
