import type { Destination } from "./publishState";

/** What a stage does not ask for, in words: an absent gate is never passed without one. */
export function laxities({ stage, class: imageClass, policy }: Destination, roles?: readonly string[]): string[] {
  const of = `class ${imageClass} in ${stage}`;
  return [
    ...(policy.scan === undefined ? [`${of} asks for no scan`] : []),
    ...(policy.signature ? [] : [`${of} asks for no signature: records are taken as whoever may push wrote them`]),
    ...(roles?.length === 0 ? [`${stage} asks for no sign-off`] : []),
  ];
}
