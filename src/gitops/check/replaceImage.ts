import { isDigest } from "../../base/digest";
import { isObject, textAt } from "../../base/json";
import type { ImageParts, ObjectName } from "../documents";
import { documentsOf } from "./objects";
import type { ImageReplacement } from "./release";

/** What means more than itself in a name, which Kustomize takes as a pattern; a dot, which hosts have, is any character. */
const PATTERN = /[^\w./:-]/;

/** True for an entry whose name is a pattern: which images it replaces is not told here. */
export const isPattern = ({ name }: ImageReplacement): boolean => PATTERN.test(name);

/**
 * An image as Kustomize's `images` leaves it: each entry in turn replaces what those before it left, where the name without
 * tag and digest is its own. Source: kustomize, api/internal/image, "IsImageMatched", and filters/imagetag.
 */
export const replaceImage = (parts: ImageParts, replacements: readonly ImageReplacement[]): ImageParts =>
  replacements.reduce(replaceOnce, parts);

function replaceOnce(parts: ImageParts, one: ImageReplacement): ImageParts {
  const { host, repository, tag } = parts;
  const name = host === undefined ? repository : `${host}/${repository}`;
  if (!isNamed(name, one.name)) return parts;
  const { newName = name, newTag = tag, digest } = one;
  const slash = newName.indexOf("/");
  const hasHost = slash > 0 && /[.:]|^localhost$/.test(newName.slice(0, slash));
  const moved = hasHost
    ? { host: newName.slice(0, slash), repository: newName.slice(slash + 1) }
    : { repository: newName };
  if (digest !== undefined && isDigest(digest)) return { ...moved, digest };
  const kept = one.newTag === undefined && parts.digest !== undefined ? { digest: parts.digest } : {};
  return { ...moved, ...(newTag !== undefined && { tag: newTag }), ...kept };
}

function isNamed(name: string, pattern: string): boolean {
  return name.length === pattern.length && Array.from(pattern).every((char, at) => char === "." || char === name[at]);
}

/** True for the objects of a rendered chart that are hooks, which Helm shows to no post-renderer; for all where it cannot be told. */
export function hooksOf(text: string): (object: Pick<ObjectName, "kind" | "name">) => boolean {
  const documents = documentsOf(text);
  if (documents === undefined) return () => true;
  const isHook = (one: unknown) => isObject(one) && JSON.stringify(one).includes('"helm.sh/hook"');
  const key = (kind = "", name = "") => `${kind}/${name}`;
  const hooks = new Set(
    documents.filter(isHook).map((one) => key(textAt(one, "kind"), textAt(one, "metadata", "name"))),
  );
  // A list holds objects of other names.
  const isList = documents.some((one) => isHook(one) && (textAt(one, "kind")?.endsWith("List") ?? false));
  return ({ kind, name }) => isList || hooks.has(key(kind, name));
}
