import { defined } from "../../base/defined";
import { quoted } from "../../base/text/quote";
import {
  artifactOf,
  type Candidate,
  imagesOfMap,
  kustomizeImage,
  resolveParts,
  type Slot,
  type Unreadable,
} from "./forms";
import { type Leaf, type MapTree, type ParsedFile, startOf, textOf, treeAt, type Tree, valueCounter } from "./tree";
import type { Elsewhere, ImageSite, ObjectName, Path } from "./types";

/** An image with the scalars that it is made of. */
export interface LocatedImage {
  site: ImageSite;
  candidate: Candidate;
  /** `global.imageRegistry`, where the host comes from it. */
  global?: Slot;
}

/** What a file says of images, with the places to change. */
export interface LocatedImages {
  images: LocatedImage[];
  elsewhere: Elsewhere[];
}

/** Groups of a kind: in another one the same word means something else. */
type Groups = ReadonlyMap<string, readonly string[]>;

/** True for a kind of these groups, and for one that leaves its group out. */
function isOf(groups: Groups, { kind, apiVersion }: ObjectName): boolean {
  const allowed = groups.get(kind);
  return allowed !== undefined && (apiVersion === "" || allowed.some((group) => apiVersion.startsWith(`${group}/`)));
}

/** Kinds whose images are looked for in a registry or described, and do not run. */
const NOT_DEPLOYED: Groups = new Map([
  ["ImageRepository", ["image.toolkit.fluxcd.io"]],
  ["ImagePolicy", ["image.toolkit.fluxcd.io"]],
  ["ImageUpdateAutomation", ["image.toolkit.fluxcd.io"]],
  ["CustomResourceDefinition", ["apiextensions.k8s.io"]],
]);
/** A kustomization.yaml may leave its kind out. Source: kustomize API, types.Kustomization, "FixKustomizationPostUnmarshalling". */
const KUSTOMIZE: Groups = new Map([
  ["Kustomization", ["kustomize.config.k8s.io", "kustomize.toolkit.fluxcd.io"]],
  ["Component", ["kustomize.config.k8s.io"]],
]);
/** Lists of containers, where a name alone is an image too. Source: Kubernetes API v1, PodSpec. */
const CONTAINERS = new Set(["containers", "initContainers", "ephemeralContainers"]);

/** Finds images in every document of a file that was read. @throws DualRegistryError CONTENT_INVALID */
export function locateImages(parsed: ParsedFile): LocatedImages {
  const finder = new Finder(parsed);
  parsed.documents.forEach((tree, document) => {
    for (const { object, root, path } of objectsOf(tree)) finder.addObject(root, document, object, path);
  });
  return { images: finder.images, elsewhere: finder.elsewhere };
}

interface Described {
  object: ObjectName;
  root: MapTree;
  path: Path;
}

/** The objects of a document: itself, or the items of a List, which may leave the kind to it (PodList). */
function objectsOf(tree: Tree | undefined, path: Path = [], ofList = ""): Described[] {
  if (tree?.kind !== "map") return [];
  const named = objectName(tree);
  const object = { ...named, kind: named.kind === "" ? ofList : named.kind };
  const items = tree.entries.get("items");
  if (!/^(?:.*List)$/.test(object.kind) || items?.kind !== "list") return [{ object, root: tree, path }];
  const ofItems = object.kind.replace(/List$/, "");
  return items.items.flatMap((item, at) => objectsOf(item, [...path, "items", at], ofItems));
}

function objectName(root: Tree): ObjectName {
  const at = (...path: Path) => textOf(treeAt(root, ...path));
  return {
    apiVersion: at("apiVersion") ?? "",
    kind: at("kind") ?? "",
    ...defined({ namespace: at("metadata", "namespace"), name: at("metadata", "name") }),
  };
}

class Finder {
  readonly images: LocatedImage[] = [];
  readonly elsewhere: Elsewhere[] = [];
  private readonly count: () => void;

  constructor(private readonly parsed: ParsedFile) {
    this.count = valueCounter(parsed.file);
  }

  addObject(root: MapTree, document: number, object: ObjectName, path: Path): void {
    const place: Place = { document, object };
    const { kind, apiVersion } = object;
    if (isOf(NOT_DEPLOYED, object)) return;
    if (kind === "HelmRelease") this.addRelease(root, place, path);
    else if (kind === "OCIRepository") this.addArtifact(root, place, path);
    else if (isOf(KUSTOMIZE, object) || (kind === "" && isKustomization(root))) {
      // Flux's own Kustomization has a spec, Kustomize's has none.
      const images: Path = apiVersion.startsWith("kustomize.toolkit.") ? ["spec", "images"] : ["images"];
      this.addKustomize(treeAt(root, ...images), place, [...path, ...images]);
    } else this.walk(root, place, path, kind === "" ? globalOf(root, path) : undefined);
  }

  private addRelease(root: MapTree, place: Place, path: Path): void {
    const spec = treeAt(root, "spec");
    const at = [...path, "spec"];
    const values = treeAt(spec, "values");
    if (values !== undefined) this.walk(values, place, [...at, "values"], globalOf(values, [...at, "values"]));
    listOf(treeAt(spec, "valuesFrom")).forEach((each, index) => {
      this.addElsewhere(place, [...at, "valuesFrom", index], each, "valuesFrom", describeSource(each));
    });
    listOf(treeAt(spec, "postRenderers")).forEach((each, index) => {
      const inner = [...at, "postRenderers", index, "kustomize"];
      this.addKustomize(treeAt(each, "kustomize", "images"), place, [...inner, "images"]);
      for (const key of ["patches", "patchesStrategicMerge", "patchesJson6902"]) {
        const patches = treeAt(each, "kustomize", key);
        if (listOf(patches).length === 0 || patches === undefined) continue;
        this.addElsewhere(place, [...inner, key], patches, "postRenderers", `${key} of Kustomize may set images`);
      }
    });
    const chart = chartOf(spec);
    if (chart !== undefined) this.addElsewhere(place, [...at, chart.key], chart.tree, "chart", chart.where);
  }

  private addArtifact(root: MapTree, place: Place, path: Path): void {
    const candidate = artifactOf(treeAt(root, "spec"), [...path, "spec"]);
    if (candidate !== undefined) this.addCandidate(candidate, place);
    const range = textOf(treeAt(root, "spec", "ref", "semver"));
    const ref = treeAt(root, "spec", "ref");
    if (range === undefined || ref === undefined) return;
    const where = `the newest tag in the range ${quoted(range)}, chosen when Flux looks`;
    this.addElsewhere(place, [...path, "spec", "ref", "semver"], ref, "chart", where);
  }

  private addKustomize(images: Tree | undefined, place: Place, path: Path): void {
    listOf(images).forEach((each, index) => {
      this.count();
      const candidate = each.kind === "map" ? kustomizeImage(each, [...path, index]) : undefined;
      if (candidate !== undefined) this.addCandidate(candidate, place);
    });
  }

  /** Looks at a value and all below it. */
  private walk(tree: Tree, place: Place, path: Path, global: Slot | undefined): void {
    this.count();
    if (tree.kind === "leaf") return;
    const key = path.findLast((step): step is string => typeof step === "string") ?? "";
    if (tree.kind === "list") {
      tree.items.forEach((item, at) => {
        this.addListed(item, place, [...path, at], key);
        this.walk(item, place, [...path, at], global);
      });
      return;
    }
    const own = CONTAINERS.has(key) && typeof path.at(-1) === "number" ? containerImage(tree, path) : undefined;
    const candidates = own === undefined ? imagesOfMap(tree, key, path) : [own];
    for (const candidate of candidates) this.addCandidate(candidate, place, global);
    for (const [name, inner] of tree.entries) this.walk(inner, place, [...path, name], global);
  }

  /** `images: [host/a:1, host/b:2]`: a list of references under a key that says so. */
  private addListed(item: Tree, place: Place, path: Path, key: string): void {
    if (item.kind !== "leaf" || !/^(?:images|.*Images)$/.test(key)) return;
    this.addCandidate({ path, form: "string", slots: [{ kind: "reference", path, leaf: item }] }, place);
  }

  private addCandidate(candidate: Candidate, place: Place, global?: Slot): void {
    const parts = resolveParts(candidate, textOf(global?.leaf));
    if (parts === undefined) return;
    if ("why" in parts) {
      const { why, slot } = parts;
      const reason = why === "filled in" ? "substitution" : "unreadable";
      this.addElsewhere(place, slot.path, slot.leaf, reason, describeUnreadable(slot.leaf, why));
      return;
    }
    const first = candidate.slots[0];
    const line = this.parsed.lineAt(first === undefined ? 0 : startOf(first.leaf));
    const artifact = candidate.artifact === true ? { artifact: true as const } : {};
    const { path, form } = candidate;
    const site: ImageSite = { file: this.parsed.file, ...place, path, form, ...parts, line, ...artifact };
    const fromGlobal = form === "parts" && global !== undefined && textOf(global.leaf) !== undefined;
    this.images.push({ site, candidate, ...(fromGlobal ? { global } : {}) });
  }

  private addElsewhere(place: Place, path: Path, tree: Tree, reason: Elsewhere["reason"], where: string): void {
    const line = this.parsed.lineAt(startOf(tree));
    this.elsewhere.push({ file: this.parsed.file, ...place, path, line, reason, where });
  }
}

type Place = Pick<ImageSite, "document" | "object">;

const listOf = (tree: Tree | undefined): readonly Tree[] => (tree?.kind === "list" ? tree.items : []);

/** Kustomize's own fields, one of which a kustomization.yaml without a kind has. */
const isKustomization = (root: MapTree): boolean =>
  ["resources", "components", "patches", "configMapGenerator", "namePrefix", "nameSuffix"].some((key) =>
    root.entries.has(key),
  ) ||
  listOf(root.entries.get("images")).some((each) =>
    ["newName", "newTag"].some((key) => treeAt(each, key) !== undefined),
  );

/** `global.imageRegistry` of a chart's values. Source: bitnami/common, "common.images.image". */
function globalOf(values: Tree, path: Path): Slot | undefined {
  const leaf = treeAt(values, "global", "imageRegistry");
  return leaf?.kind === "leaf" ? { kind: "host", path: [...path, "global", "imageRegistry"], leaf } : undefined;
}

/** A container's image is one scalar, whatever stands beside it. */
function containerImage(container: MapTree, path: Path): Candidate | undefined {
  const leaf = container.entries.get("image");
  if (leaf?.kind !== "leaf") return undefined;
  const at = [...path, "image"];
  return { path: at, form: "string", slots: [{ kind: "reference", path: at, leaf }] };
}

/** Where values come from. Source: helm.toolkit.fluxcd.io/v2, ValuesReference. */
function describeSource(source: Tree): string {
  const at = (key: string) => textOf(treeAt(source, key));
  const key = at("valuesKey") ?? "values.yaml";
  const target = at("targetPath");
  const sets = target === undefined ? "may set any value" : `sets ${quoted(target)}`;
  return `${at("kind") ?? "a source"} ${quoted(at("name") ?? "")}, key ${quoted(key)}, ${sets} that spec.values leaves open`;
}

/** The chart, whose own values name what spec.values leaves open. */
function chartOf(spec: Tree | undefined): { key: string; tree: Tree; where: string } | undefined {
  const reference = treeAt(spec, "chartRef");
  const chart = treeAt(spec, "chart");
  const named = (tree: Tree, ...path: Path) => quoted(textOf(treeAt(tree, ...path)) ?? "");
  const why = "its own values name the images that spec.values leaves open";
  if (reference !== undefined) {
    const kind = textOf(treeAt(reference, "kind")) ?? "OCIRepository";
    return { key: "chartRef", tree: reference, where: `chart of ${kind} ${named(reference, "name")}; ${why}` };
  }
  if (chart === undefined) return undefined;
  // The chart straight from a registry. Source: helm.toolkit.fluxcd.io/v2, chart.kind OCIRepository.
  const url = textOf(treeAt(chart, "spec", "url"));
  const name = url === undefined ? named(chart, "spec", "chart") : quoted(url);
  return { key: "chart", tree: chart, where: `chart ${name}; ${why}` };
}

function describeUnreadable({ text }: Leaf, why: Unreadable["why"]): string {
  // An address may hold a password.
  const shown = text.includes("@") ? "the value" : quoted(text);
  if (why === "filled in") return `${shown} is filled in later`;
  if (why === "contradiction") return `${shown} contradicts what stands beside it; allowed: one of them`;
  return `${shown} names no image; allowed: host/repository:tag@digest, or one part of it`;
}
