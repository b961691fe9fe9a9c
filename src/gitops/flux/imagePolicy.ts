import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { parseFile, startOf, textOf, treeAt, type Tree } from "../documents/tree";
import type { Path } from "../documents/types";
import type { TagOrder, TagPolicy } from "./policy";

/** An ImagePolicy as a file holds it. */
export interface ImagePolicy {
  document: number;
  name: string;
  namespace?: string;
  /** From 1. */
  line: number;
  policy: TagPolicy;
  /** Of the range, where it orders by semver. */
  rangePath: Path;
}

/**
 * The image policies of a file, in any of Flux's versions of the kind.
 *
 * @throws DualRegistryError CONTENT_INVALID for a policy without an order, or with two
 */
export function readImagePolicies(file: string, text: string): ImagePolicy[] {
  const parsed = parseFile(file, text);
  return parsed.documents.flatMap((tree, document) => {
    const at = (...path: Path) => textOf(treeAt(tree, ...path));
    if (tree === undefined || at("kind") !== "ImagePolicy") return [];
    const name = at("metadata", "name") ?? "";
    const line = parsed.lineAt(startOf(tree));
    const order = orderOf(treeAt(tree, "spec", "policy"), `${quoted(file)}, line ${line}, ImagePolicy ${quoted(name)}`);
    const [pattern, extract] = [at("spec", "filterTags", "pattern"), at("spec", "filterTags", "extract")];
    const filter = pattern === undefined ? undefined : { pattern, ...defined({ extract }) };
    const place = { document, name, line, rangePath: ["spec", "policy", "semver", "range"] };
    return [
      { ...place, ...defined({ namespace: at("metadata", "namespace") }), policy: { order, ...defined({ filter }) } },
    ];
  });
}

/** Source: image.toolkit.fluxcd.io/v1, ImagePolicyChoice: exactly one of semver, alphabetical, numerical. */
function orderOf(choice: Tree | undefined, where: string): TagOrder {
  const kinds = (["semver", "alphabetical", "numerical"] as const).filter((kind) => treeAt(choice, kind) !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${where}: spec.policy has ${kinds.join(" and ") || "no order"}; allowed: one of semver, alphabetical, numerical`,
    );
  }
  if (kind === "semver") return { kind, range: textOf(treeAt(choice, kind, "range")) ?? "" };
  const order = (textOf(treeAt(choice, kind, "order")) ?? "asc").toLowerCase();
  if (order === "asc" || order === "desc") return { kind, order };
  throw new DualRegistryError("CONTENT_INVALID", `${where}: order ${quoted(order)}; allowed: asc, desc`);
}

/**
 * The policy that is meant.
 *
 * @param name left out where the file has one
 * @throws DualRegistryError USAGE where there is none, or it cannot be told which
 */
export function chooseImagePolicy(
  policies: readonly ImagePolicy[],
  name: string | undefined,
  file: string,
): ImagePolicy {
  const meant = policies.filter((each) => name === undefined || each.name === name);
  const [policy] = meant;
  if (policy !== undefined && meant.length === 1) return policy;
  const there = policies.map((each) => quoted(each.name)).join(", ") || "none";
  const which = name === undefined ? "which ImagePolicy is meant" : `ImagePolicy ${quoted(name)}`;
  throw new DualRegistryError(
    "USAGE",
    `${quoted(file)}: ${which} cannot be told; there: ${there}; name one of them by --policy`,
  );
}
