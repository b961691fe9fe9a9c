import { nameOf } from "../../../src/preview/change/pairResources";
import type { EngineStack } from "./engineStack";
import { ownResources, type StateResource } from "./engineState";

/** What of a stack survives its end, and what stops it. */
export interface HeldBack {
  /** Names of what a deletion stops at: it is protected, and nothing protected stands in it, so that it is reached. */
  stopsAt: readonly string[];
  /** URNs of all that is protected. */
  guarded: readonly string[];
  /** Ids of what stays where it is when the stack lets go of it. */
  retained: readonly string[];
}

/** Read before a deletion, for what is expected of it. */
export function heldBack(stack: EngineStack): HeldBack {
  const own = ownResources(stack.state());
  const guarded = own.filter(({ protect }) => protect === true);
  const holds = (outer: StateResource) => guarded.some(({ dependencies }) => dependencies?.includes(outer.urn));
  return {
    stopsAt: guarded.filter((one) => !holds(one)).map(({ urn }) => nameOf(urn)),
    guarded: guarded.map(({ urn }) => urn),
    retained: own.flatMap(({ retainOnDelete, id }) => (retainOnDelete === true && id ? [id] : [])),
  };
}
