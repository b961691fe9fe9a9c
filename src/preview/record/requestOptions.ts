import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { userAliases } from "./aliases";
import type { RecordedOptions } from "../recording";
import { decodeString } from "./wire";

/** The options of a registration; what the program did not give is absent. */
export function requestOptions(request: RegisterResourceRequest): RecordedOptions {
  const options: RecordedOptions = {};
  if (request.hasProtect()) options.protect = request.getProtect() === true;
  if (request.hasRetainondelete()) options.retainOnDelete = request.getRetainondelete() === true;
  if (request.getDeletebeforereplacedefined()) options.deleteBeforeReplace = request.getDeletebeforereplace();
  if (request.getImportid() !== "") options.import = decodeString(request.getImportid());
  if (request.getDeletedwith() !== "") options.deletedWith = request.getDeletedwith();
  if (request.getProvider() !== "") options.provider = decodeString(request.getProvider());
  setLists(options, request);
  const aliases = userAliases(request.getAliasesList(), request.getType(), request.getParent());
  const urns = request.getAliasurnsList();
  if (aliases.length + urns.length > 0) options.aliases = [...aliases, ...urns];
  const timeouts = customTimeouts(request);
  if (Object.keys(timeouts).length > 0) options.customTimeouts = timeouts;
  return options;
}

/** The resources that inputs come from, by input; options such as `dependsOn` are not among them. */
export function requestSources(request: RegisterResourceRequest): Record<string, readonly string[]> {
  const sources: [string, readonly string[]][] = [];
  request.getPropertydependenciesMap().forEach((dependencies, input) => {
    const urns = dependencies.getUrnsList();
    if (urns.length > 0) sources.push([input, [...new Set(urns)].sort()]);
  });
  return Object.fromEntries(sources.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function setLists(options: RecordedOptions, request: RegisterResourceRequest): void {
  const dependsOn = request.getDependenciesList();
  if (dependsOn.length > 0) options.dependsOn = [...new Set(dependsOn)].sort();
  const ignoreChanges = request.getIgnorechangesList();
  if (ignoreChanges.length > 0) options.ignoreChanges = ignoreChanges;
  const replaceOnChanges = request.getReplaceonchangesList();
  if (replaceOnChanges.length > 0) options.replaceOnChanges = replaceOnChanges;
  const replaceWith = request.getReplaceWithList();
  if (replaceWith.length > 0) options.replaceWith = [...new Set(replaceWith)].sort();
  const secrets = request.getAdditionalsecretoutputsList();
  if (secrets.length > 0) options.additionalSecretOutputs = secrets;
  const hideDiffs = request.getHidediffsList();
  if (hideDiffs.length > 0) options.hideDiffs = hideDiffs;
}

function customTimeouts(request: RegisterResourceRequest): Record<string, string> {
  const given = request.getCustomtimeouts();
  const all = {
    create: given?.getCreate() ?? "",
    update: given?.getUpdate() ?? "",
    delete: given?.getDelete() ?? "",
    read: given?.getRead() ?? "",
  };
  return Object.fromEntries(Object.entries(all).filter(([, timeout]) => timeout !== ""));
}
