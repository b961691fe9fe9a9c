import { fieldAt, fieldsOf, isObject, listOf, textAt } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { isKustomizationFile } from "./folder";
import { documentsOf } from "./objects";
import { HAS_ALIASES, isHarmlessPatch } from "./patch";
import { type ReleasePatch, releasePatches } from "./releasePatch";
import type { CheckRule } from "./rules";

/** Something in a kustomization, or a patch of its own, that decides past the manifests. */
interface Decides {
  rule: CheckRule;
  text: string;
}

/** What a kustomization says beside its images. */
export interface Kustomization {
  decides: readonly Decides[];
  /** Files and folders that it is put together from, relative to its own folder. */
  names: readonly string[];
  /** Folders of this repository that Flux takes manifests from, relative to its root. */
  folders: readonly string[];
  /** Patches of releases, in their order. */
  patches: readonly ReleasePatch[];
  /** Files that hold nothing but such patches, relative to its own folder: they are no releases of their own. */
  patchFiles: readonly string[];
  /** Objects that it makes. */
  generated: readonly { kind: "ConfigMap" | "Secret"; name: string }[];
}

/** The text of a file that a kustomization names; undefined where there is none. */
export type OpenNamed = (name: string) => string | undefined;

/** What kustomize loads from elsewhere. Source: kustomize, "Remote targets". */
const REMOTE = /^(?:[a-z+]+:\/\/|[\w.-]+@[\w.-]+:|[\w-]+(?:\.[\w-]+)+\/|.*\?(?:ref|version|submodules|timeout)=)/i;
/** Fields that name manifests. Source: kustomize API, types.Kustomization. */
const LOADED = ["resources", "bases", "components", "crds"];
/** Fields that name programs, or what is changed by one. Source: the same. */
const PROGRAMS = ["transformers", "generators", "validators"];
const PATCHES = ["patches", "patchesStrategicMerge", "patchesJson6902"];
/** Fields that render charts, which the check does not do. Source: the same. */
const CHARTS = ["helmCharts", "helmChartInflationGenerator"];
/** Transformers that touch no image. Source: kustomize, "Built-In Transformers". */
const HARMLESS_KINDS = new Set(["LabelTransformer", "AnnotationsTransformer", "ReplicaCountTransformer"]);
const NONE: Kustomization = { decides: [], names: [], folders: [], patches: [], patchFiles: [], generated: [] };

const PATCH = "it may set images, which is not looked into; set them in the manifest, or by images of Kustomize";

/**
 * What a kustomization.yaml, or a Kustomization of Flux, says that decides about images and is not looked into: patches that
 * may set images, transformers, charts, and what it loads from elsewhere. Also what it names in this repository. Patches that
 * are manifests of their own are read as those too.
 */
export function readKustomization(file: string, text: string, open: OpenNamed): Kustomization {
  const isOwn = isKustomizationFile(file);
  if (!isOwn && !text.includes("kustomize.toolkit.") && !text.includes("\\")) return NONE;
  const documents = documentsOf(text) ?? [];
  const read = documents.map((document) => {
    const isFlux = textAt(document, "apiVersion")?.startsWith("kustomize.toolkit.fluxcd.io/") ?? false;
    // Of several in one file nobody here tells which one a release is of.
    if (isFlux) return fromFlux(fieldAt(document, "spec"), documents.length === 1);
    return isOwn ? fromOwn(document, open) : NONE;
  });
  return {
    decides: read.flatMap(({ decides }) => decides),
    names: read.flatMap(({ names }) => names),
    folders: read.flatMap(({ folders }) => folders),
    patches: read.flatMap(({ patches }) => patches),
    patchFiles: read.flatMap(({ patchFiles }) => patchFiles),
    generated: read.flatMap(({ generated }) => generated),
  };
}

/** Source: kustomize.toolkit.fluxcd.io/v1, KustomizationSpec. */
function fromFlux(spec: unknown, isAlone: boolean): Kustomization {
  const path = textAt(spec, "path");
  const isGit = textAt(spec, "sourceRef", "kind") === "GitRepository";
  const components = remotes(spec, ["components"]);
  const below = components.names.map((name) => `${path ?? "."}/${name}`);
  const folders = isGit && path !== undefined ? [path, ...below] : [];
  const patched = patchesOf(spec, () => undefined, isAlone && folders.length > 0);
  return { ...NONE, decides: [...patched.decides, ...components.decides], patches: patched.patches, folders };
}

function fromOwn(fields: unknown, open: OpenNamed): Kustomization {
  const loaded = remotes(fields, LOADED);
  const patched = patchesOf(fields, open);
  const files = PATCHES.flatMap((key) => listOf(fieldsOf(fields)[key]).map(fileOf)).filter(
    (name) => name !== undefined && !patched.patchFiles.includes(name),
  );
  const charts = CHARTS.filter((key) => fieldsOf(fields)[key] !== undefined);
  const made = (key: string, kind: "ConfigMap" | "Secret") =>
    listOf(fieldsOf(fields)[key]).flatMap((each) => {
      const name = textAt(each, "name");
      return name === undefined ? [] : [{ kind, name }];
    });
  return {
    decides: [
      ...patched.decides,
      ...PROGRAMS.flatMap((key) => programsOf(key, fields, open)),
      ...charts.map((key) =>
        decides(`${key} of Kustomize renders charts, which is not looked into; use a HelmRelease`),
      ),
      ...loaded.decides,
    ],
    names: [...loaded.names, ...files.flatMap((name) => name ?? [])],
    folders: [],
    patches: patched.patches,
    patchFiles: patched.patchFiles.filter((name) => !loaded.names.includes(name)),
    generated: [...made("configMapGenerator", "ConfigMap"), ...made("secretGenerator", "Secret")],
  };
}

const decides = (text: string): Decides => ({ rule: "image-elsewhere", text });

/** @param isApplied false where it is not told what the patches are applied to */
function patchesOf(
  fields: unknown,
  open: OpenNamed,
  isApplied = true,
): Pick<Kustomization, "decides" | "patches" | "patchFiles"> {
  const patches: ReleasePatch[] = [];
  const patchFiles: string[] = [];
  const others = PATCHES.flatMap((key) =>
    listOf(fieldsOf(fields)[key]).flatMap((entry) => {
      const isHarmless = isHarmlessEntry(entry, open);
      const own = isApplied ? releasePatchesOf(entry, open) : undefined;
      if (own?.file !== undefined) patchFiles.push(own.file);
      if (isHarmless) return [];
      if (own === undefined) return [decides(`${key} of Kustomize: ${PATCH}`)];
      patches.push(...own.patches);
      return [];
    }),
  );
  const replacements = listOf(fieldsOf(fields)["replacements"]).filter((each) => !isHarmlessReplacement(each, open));
  const more = replacements.map(() => decides(`replacements of Kustomize: ${PATCH}`));
  return { decides: [...others, ...more], patches, patchFiles };
}

/** Patches of releases in an entry, from its file or its own text; undefined where it has others, or options. */
function releasePatchesOf(entry: unknown, open: OpenNamed): { patches: ReleasePatch[]; file?: string } | undefined {
  if (fieldsOf(entry)["options"] !== undefined) return undefined;
  const file = fileOf(entry);
  const text = file === undefined ? undefined : open(file);
  const inline = typeof entry === "string" ? entry : textAt(entry, "patch");
  const patches = releasePatches(text ?? inline ?? "", fieldsOf(entry)["target"]);
  if (patches === undefined || (text !== undefined && textAt(entry, "patch") !== undefined)) return undefined;
  return text === undefined || file === undefined ? { patches } : { patches, file };
}

/** The file that an entry of patches names, if it names one. */
function fileOf(patch: unknown): string | undefined {
  if (typeof patch === "string") return patch;
  return textAt(patch, "path");
}

function isHarmlessEntry(patch: unknown, open: OpenNamed): boolean {
  const file = fileOf(patch);
  const target = fieldsOf(patch)["target"];
  const text = file === undefined ? undefined : open(file);
  const inline = typeof patch === "string" ? patch : textAt(patch, "patch");
  // Without its file a patch keeps Kustomize from making anything.
  if (text === undefined && inline === undefined) return true;
  if (text !== undefined && !isHarmlessPatch(text, { target }, true)) return false;
  return inline === undefined || text !== undefined || isHarmlessPatch(inline, { target });
}

/** Values that are copied from one object into others. Source: kustomize API, types.Replacement. */
function isHarmlessReplacement(replacement: unknown, open: OpenNamed): boolean {
  const path = textAt(replacement, "path");
  const text = path === undefined ? undefined : open(path);
  const all = text === undefined ? [replacement] : (documentsOf(text) ?? ["unreadable"]).flat();
  return all.every((each) => {
    if (isObject(each) && textAt(each, "path") !== undefined && text === undefined) return true;
    const targets = listOf(fieldsOf(each)["targets"]);
    const paths = targets.flatMap((target) => listOf(fieldsOf(target)["fieldPaths"]));
    const operation = (at: unknown) => ({ op: "add", path: `/${String(at).replaceAll(/[.[\]=]+/g, "/")}` });
    return isHarmlessPatch(JSON.stringify(paths.map(operation)), { target: undefined }) && isObject(each);
  });
}

/** Programs of Kustomize: built-in ones that touch no image pass. */
function programsOf(key: string, fields: unknown, open: OpenNamed): Decides[] {
  return listOf(fieldsOf(fields)[key])
    .filter((each) => {
      const text = typeof each === "string" ? (open(each) ?? each) : undefined;
      const documents = text === undefined || HAS_ALIASES.test(text) ? undefined : documentsOf(text);
      const isHarmless = (one: unknown) =>
        textAt(one, "apiVersion") === "builtin" &&
        HARMLESS_KINDS.has(textAt(one, "kind") ?? "") &&
        !/image/i.test(JSON.stringify(one));
      return !documents?.every(isHarmless);
    })
    .map(() => decides(`${key} of Kustomize: ${PATCH}`));
}

function remotes(fields: unknown, keys: readonly string[]): { decides: Decides[]; names: string[] } {
  const named = keys.flatMap((key) =>
    listOf(fieldsOf(fields)[key]).flatMap((name) => (typeof name === "string" ? [{ key, name }] : [])),
  );
  return {
    decides: named
      .filter(({ name }) => REMOTE.test(name))
      .map(({ key, name }) => ({
        rule: "manifests-elsewhere",
        text: `${key}: ${shown(name)} is not in this repository`,
      })),
    names: named.filter(({ name }) => !REMOTE.test(name)).map(({ name }) => name),
  };
}

/** An address may hold a password. */
const shown = (name: string): string => (name.includes("@") ? "an address" : quoted(name));
