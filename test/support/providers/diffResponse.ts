import { DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { type Change, changes, same } from "./changes";
import type { Model } from "./model";
import type { Fields } from "./values";

const KINDS = {
  add: [PropertyDiff.Kind.ADD, PropertyDiff.Kind.ADD_REPLACE],
  delete: [PropertyDiff.Kind.DELETE, PropertyDiff.Kind.DELETE_REPLACE],
  update: [PropertyDiff.Kind.UPDATE, PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

/**
 * What a change of inputs does, property by property.
 *
 * @param outputs the old ones: stating what the service chose anyway replaces nothing
 */
export function diffResponse(model: Model, type: string, before: Fields, after: Fields, outputs: Fields): DiffResponse {
  const found = changes(before, after);
  const top = (change: Change): string => change.names[0] ?? "";
  const stated = (change: Change) =>
    change.kind === "add" && same(outputs[top(change)], after[top(change)], top(change));
  const replacing = found.filter((change) => model.replaces(type, change, found) && !stated(change));
  const response = new DiffResponse()
    .setChanges(found.length > 0 ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE)
    .setReplacesList([...new Set(replacing.map(top))])
    .setDiffsList([...new Set(found.map(top))])
    .setDeletebeforereplace(replacing.length > 0 && model.deletesFirst)
    .setHasdetaileddiff(true);
  for (const change of found) {
    const [plain, replace] = KINDS[change.kind];
    const kind = replacing.includes(change) ? replace : plain;
    response.getDetaileddiffMap().set(change.path, new PropertyDiff().setKind(kind).setInputdiff(true));
  }
  return response;
}
