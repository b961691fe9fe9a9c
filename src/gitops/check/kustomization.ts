import { fieldAt, fieldsOf, isObject, listOf } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { documentsOf } from "./objects";
import type { CheckRule } from "./rules";

/** Something in a kustomization, or a patch of its own, that decides past the manifests. */
interface Decides {
  rule: CheckRule;
  text: string;
}

const FILE = /(?:^|\/)kustomization(?:\.ya?ml)?$/i;
/** A patch that may change which image runs: by its key, or by the values of a release. */
const SETS_IMAGES = /image|values|HelmRelease/i;
/** What kustomize loads from elsewhere. Source: kustomize, "Remote targets". */
const REMOTE = /^(?:[a-z+]+:\/\/|[\w.-]+@[\w.-]+:|[\w-]+(?:\.[\w-]+)+\/|.*\?(?:ref|version|submodules|timeout)=)/i;
/** Source: kustomize API, types.Kustomization. */
const PATCHES = ["patches", "patchesStrategicMerge", "patchesJson6902", "replacements"];
const LOADED = ["resources", "bases", "components", "crds"];

const PATCH = "it may set images, which is not looked into; set them in the manifest, or by images of Kustomize";

/**
 * What a file says that decides about images and is not looked into: patches of a kustomization that may set images, what it
 * loads from elsewhere, and JSON patches, which have no kind. Patches that are manifests of their own are read as those.
 */
export function decidedElsewhere(file: string, text: string): Decides[] {
  const isOwn = FILE.test(file);
  if (isOwn || text.includes("kustomize.toolkit.fluxcd.io")) {
    return (documentsOf(text) ?? []).flatMap((document) => {
      const fields = isOwn && !isObject(fieldAt(document, "spec")) ? document : fieldAt(document, "spec");
      return [...patchesOf(fields), ...(isOwn ? remotesOf(fields) : [])];
    });
  }
  return isJsonPatch(text) ? [{ rule: "image-elsewhere", text: `a JSON patch: ${PATCH}` }] : [];
}

function patchesOf(fields: unknown): Decides[] {
  return PATCHES.flatMap((key) =>
    listOf(fieldsOf(fields)[key])
      .filter((patch) => SETS_IMAGES.test(inlineText(patch)))
      .map((): Decides => ({ rule: "image-elsewhere", text: `${key} of Kustomize: ${PATCH}` })),
  );
}

/** What a patch says in its place; a file that it names is read as a file. */
function inlineText(patch: unknown): string {
  if (typeof patch === "string") return patch.includes("\n") ? patch : "";
  const { patch: inline, target, source, targets } = fieldsOf(patch);
  const parts = [inline, fieldAt(target, "kind"), ...(source === undefined ? [] : [JSON.stringify(targets)])];
  return parts.filter((part) => typeof part === "string").join("\n");
}

function remotesOf(fields: unknown): Decides[] {
  return LOADED.flatMap((key) =>
    listOf(fieldsOf(fields)[key])
      .filter((name) => typeof name === "string" && REMOTE.test(name))
      .map((name): Decides => ({
        rule: "manifests-elsewhere",
        text: `${key}: ${shown(String(name))} is not in this repository`,
      })),
  );
}

/** An address may hold a password. */
const shown = (name: string): string => (name.includes("@") ? "an address" : quoted(name));

/** Operations on paths, of which one may be an image's. Source: RFC 6902, 4. */
const isJsonPatch = (text: string): boolean =>
  /["']?op["']?\s*:\s*["']?(?:add|replace|copy|move)\b/.test(text) &&
  /["']?path["']?\s*:\s*["']?\/\S*/.test(text) &&
  !/^[ \t]*["']?kind["']?\s*:/m.test(text) &&
  SETS_IMAGES.test(text);
