import { isDigest } from "../../base/digest";
import type { ImageParts } from "../documents";
import type { ImageReplacement } from "./release";

/**
 * An image as Kustomize's `images` leaves it: the first entry of its name, without tag and digest, says what stands there
 * instead. Source: kustomize, api/internal/image, "Update".
 */
export function replaceImage(parts: ImageParts, replacements: readonly ImageReplacement[]): ImageParts {
  const { host, repository, tag } = parts;
  const name = host === undefined ? repository : `${host}/${repository}`;
  const found = replacements.find((one) => one.name === name);
  if (found === undefined) return parts;
  const { newName = name, newTag = tag, digest } = found;
  const slash = newName.indexOf("/");
  const hasHost = slash > 0 && /[.:]|^localhost$/.test(newName.slice(0, slash));
  const moved = hasHost
    ? { host: newName.slice(0, slash), repository: newName.slice(slash + 1) }
    : { repository: newName };
  if (digest !== undefined && isDigest(digest)) return { ...moved, digest };
  const kept = found.newTag === undefined && parts.digest !== undefined ? { digest: parts.digest } : {};
  return { ...moved, ...(newTag !== undefined && { tag: newTag }), ...kept };
}
