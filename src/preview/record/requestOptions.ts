import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
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

/** An alias the program gave: a URN, or what about the resource was different. */
export type UserAlias = string | Readonly<Record<string, string | boolean>>;

/**
 * The aliases people wrote. A provider's SDK adds its own, one for each API version and for each name a type had in one
 * (about twenty for an azure-native resource); those say nothing about the program and are left out. A user's alias that
 * spells exactly such a type cannot be told apart and is left out with them.
 *
 * @param type the resource's type token
 * @param parent the resource's parent, which the SDK fills into every alias
 */
export function userAliases(aliases: readonly Alias[], type: string, parent: string): readonly UserAlias[] {
  if (aliases.length === 0) return [];
  const decoded = aliases.map((alias) => decodeAlias(alias, parent));
  const names = new Set([lastPart(type)]);
  for (const alias of decoded) if (isVersionAlias(alias, type)) names.add(lastPart(alias.type));
  return decoded.filter((alias) => !(isTypeAlias(alias, type) && names.has(lastPart(alias.type))));
}

function decodeAlias(alias: Alias, parent: string): UserAlias {
  const spec = alias.getSpec();
  if (spec === undefined) return decodeString(alias.getUrn());
  const fields: Record<string, string | boolean> = {};
  if (spec.getName() !== "") fields["name"] = spec.getName();
  if (spec.getType() !== "") fields["type"] = spec.getType();
  if (spec.getStack() !== "") fields["stack"] = spec.getStack();
  if (spec.getProject() !== "") fields["project"] = spec.getProject();
  if (spec.getNoparent()) fields["noParent"] = true;
  else if (spec.getParenturn() !== "" && spec.getParenturn() !== parent) fields["parent"] = spec.getParenturn();
  return fields;
}

/** Only the type differs, and it is a type of the same provider. */
function isTypeAlias(alias: UserAlias, type: string): alias is { readonly type: string } {
  if (typeof alias === "string" || Object.keys(alias).length !== 1) return false;
  return typeof alias["type"] === "string" && packageOf(alias["type"]) === packageOf(type);
}

/** The type names an API version, such as `azure-native:storage/v20240101:Blob`. */
function isVersionAlias(alias: UserAlias, type: string): alias is { readonly type: string } {
  return isTypeAlias(alias, type) && /^[^:]+:[^:]+\/v\d[^:]*:/.test(alias.type);
}

function packageOf(type: string): string {
  return type.split(":", 1)[0] ?? "";
}

function lastPart(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}
