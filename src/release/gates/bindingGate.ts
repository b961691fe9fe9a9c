import type { MappedImage } from "../../domain/imageClass";
import { quoted } from "../../boundedFile";
import { LABEL_BINDING, LABEL_REGISTRY_HOST, LABEL_REVISION, LABEL_SOURCE } from "../../oci/labels";
import type { ImageLabels } from "../../oci/readLabels";

/** Where the image should have gone. */
export interface BindingFacts {
  image: Pick<MappedImage, "binding">;
  /** The target's host that would be baked in, and the path the image is published under. */
  target: { host: string; repository: string; tag: string };
}

/** Commands that build the image again for its target. What labels say stands in them only where it is harmless to a shell. */
function rebuildCommand(labels: ImageLabels["labels"], { target }: BindingFacts): string {
  const source = labels[LABEL_SOURCE] ?? "";
  const commit = labels[LABEL_REVISION] ?? "";
  const from = /^https:\/\/[A-Za-z0-9.:/_-]{1,500}$/.test(source)
    ? source.replace(/(?:\.git)?\/?$/, ".git")
    : "<source>";
  const at = /^[0-9a-f]{40,64}$/.test(commit) ? commit : "<commit>";
  return (
    `docker buildx build "${from}#${at}" --label ${LABEL_BINDING}=stage-bound ` +
    `--label ${LABEL_REGISTRY_HOST}=${target.host} --output type=oci,dest=image.tar, ` +
    `then dualreg image publish to ${target.host}/${target.repository}:${target.tag}, with a fresh scan`
  );
}

/**
 * What keeps an image from being promoted by digest: a registry host that is baked in, or nothing that says there is
 * none. Both the map and every platform's label must call it portable.
 */
export function bindingRefusals(images: readonly ImageLabels[], facts: BindingFacts): string[] {
  const bound = images.find(({ labels }) => labels[LABEL_BINDING] === "stage-bound");
  if (bound || facts.image.binding === "stage-bound") {
    const host = bound?.labels[LABEL_REGISTRY_HOST];
    const baked = host === undefined ? "its stage's registry host" : `registry host ${quoted(host)}`;
    const command = rebuildCommand((bound ?? images[0])?.labels ?? {}, facts);
    return [`the image is stage-bound: ${baked} is baked in, and promoting would carry it along; rebuild: ${command}`];
  }
  const unsaid = images.filter(({ labels }) => labels[LABEL_BINDING] !== "portable");
  if (images.length > 0 && unsaid.length === 0) return [];
  const found = unsaid[0]?.labels[LABEL_BINDING];
  const what = found === undefined ? "is missing" : `is ${quoted(found)}`;
  return [`label ${LABEL_BINDING} ${what}; allowed: portable; build with --label ${LABEL_BINDING}=portable`];
}
