import { DualRegistryError, type ErrorCode } from "../errors";

/** Times that bytes are read whose digest is another: they may be hurt on their way, or be wrong where they lie. */
const TRIES = 3;

/**
 * Does a step again that read bytes which are not what they should be.
 *
 * @param code of the error that says so
 * @throws what the last try throws
 */
export async function againIfHurt<T>(step: () => Promise<T>, code: ErrorCode = "DIGEST_MISMATCH"): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      const wrong = error instanceof DualRegistryError && error.code === code;
      if (!wrong || attempt === TRIES) throw error;
    }
  }
}
