import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import { decodeString } from "./wire";

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
