import { DualRegistryError } from "../../errors";
import { Transient } from "./retry";

/** Times that what cannot be right is asked for: bytes may be hurt on their way, or read while they are written. */
const TRIES = 3;

/** What to throw of content that is not what it should be: something that is tried again, at first. */
export function hurt(error: unknown, attempt: number): unknown {
  return error instanceof DualRegistryError && attempt < TRIES ? new Transient(error.message, undefined, error) : error;
}

/** Looks at what came. @throws what {@link hurt} makes of the error of looking */
export function intact<T>(attempt: number, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw hurt(error, attempt);
  }
}
