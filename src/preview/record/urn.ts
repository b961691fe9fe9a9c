/** The type of the resource that stands for the stack itself (Pulumi, resource/stack.go). */
export const STACK_TYPE = "pulumi:pulumi:Stack";

/** Where a resource stands: the parts the engine builds its URN from. */
export interface Place {
  stack: string;
  project: string;
  /** URN of the parent; empty for the stack itself. */
  parent: string;
  type: string;
  name: string;
}

/**
 * The URN as the engine builds it: `urn:pulumi:<stack>::<project>::<parent's types>$<type>::<name>`; the stack's own type
 * is not among the parent's types.
 */
export function buildUrn(place: Place): string {
  const parentTypes = place.parent === "" ? "" : qualifiedType(place.parent);
  const types = parentTypes === "" || parentTypes === STACK_TYPE ? place.type : `${parentTypes}$${place.type}`;
  return `urn:pulumi:${place.stack}::${place.project}::${types}::${place.name}`;
}

/** The third part of a URN: the types from the outermost parent to the resource, joined by `$`. */
function qualifiedType(urn: string): string {
  return urn.split("::")[2] ?? "";
}
