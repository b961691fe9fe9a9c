import { isObject, type Json } from "../../base/json";
import { buildUrn } from "../record/stageRecord";
import type { RecordedResource, Recording } from "../recording";

/** An old and a new resource that the engine takes for the same one, or one of them alone. */
export interface Pair {
  before?: RecordedResource;
  after?: RecordedResource;
}

/**
 * Pairs the resources of two recordings as the engine does: by URN, else by an alias of the new one, else by an alias
 * that its parent was found under. Source: pulumi, pkg/resource/deploy/step_generator.go, generateAliases.
 */
export function pairResources(base: Recording | undefined, head: Recording | undefined): readonly Pair[] {
  const old = new Map(base?.resources.map((resource) => [resource.urn, resource]));
  const taken = new Set<string>();
  const former = new Map<string, string>();
  const news = parentsFirst(head?.resources ?? []);
  const urns = new Set(news.map((resource) => resource.urn));
  const pairs: Pair[] = news.map((after) => {
    const aliases = head === undefined ? [] : aliasUrns(after, head, former);
    const urn = [after.urn, ...aliases].find(
      (one) => old.has(one) && !taken.has(one) && (one === after.urn || !urns.has(one)),
    );
    const before = urn === undefined ? undefined : old.get(urn);
    if (urn === undefined || before === undefined) return { after };
    taken.add(urn);
    if (urn !== after.urn) former.set(after.urn, urn);
    return { before, after };
  });
  const gone = [...old.values()].filter((resource) => !taken.has(resource.urn));
  return [...pairs, ...gone.map((before) => ({ before }))];
}

/** All URNs a resource's aliases stand for. */
function aliasUrns(
  resource: RecordedResource,
  head: Recording,
  former: ReadonlyMap<string, string>,
): readonly string[] {
  const own = (resource.options.aliases ?? []).map((alias) => aliasUrn(alias, resource, head, former));
  const parent = resource.parent;
  const parentFormer = parent === undefined ? undefined : former.get(parent);
  if (parent === undefined || parentFormer === undefined) return own;
  const inherit = (type: string, name: string): string => inherited(type, name, nameOf(parent), parentFormer, head);
  return [...own, inherit(resource.type, resource.name), ...own.map((urn) => inherit(typeOf(urn), nameOf(urn)))];
}

function aliasUrn(
  alias: Json,
  resource: RecordedResource,
  head: Recording,
  former: ReadonlyMap<string, string>,
): string {
  if (!isObject(alias)) return typeof alias === "string" ? alias : "";
  const text = (key: string): string | undefined => (typeof alias[key] === "string" ? alias[key] : undefined);
  const parent = text("parent") ?? resource.parent ?? "";
  return (
    text("urn") ??
    buildUrn({
      stack: text("stack") ?? head.stack,
      project: text("project") ?? head.project,
      parent: alias["noParent"] === true ? "" : text("parent") === undefined ? parent : (former.get(parent) ?? parent),
      type: text("type") ?? resource.type,
      name: text("name") ?? resource.name,
    })
  );
}

/** A child whose name begins with its parent's is taken to have followed the parent's renaming. */
function inherited(type: string, name: string, parentName: string, parentFormer: string, head: Recording): string {
  const formerName = name.startsWith(parentName) ? nameOf(parentFormer) + name.slice(parentName.length) : name;
  return buildUrn({ stack: head.stack, project: head.project, parent: parentFormer, type, name: formerName });
}

function parentsFirst(resources: readonly RecordedResource[]): readonly RecordedResource[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const depth = (resource: RecordedResource, seen = 0): number => {
    const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
    return parent === undefined || seen > 50 ? seen : depth(parent, seen + 1);
  };
  return [...resources].sort((a, b) => depth(a) - depth(b) || (a.urn < b.urn ? -1 : 1));
}

/** The resource's name, the last part of its URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The resource's own type token, the last of its URN's types. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}
