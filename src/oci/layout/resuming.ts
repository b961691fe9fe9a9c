import type { Readable } from "node:stream";
import { DualRegistryError } from "../../errors";

/** How often a source may break without a byte in between, before its error counts. */
const FRUITLESS = 3;

/**
 * The bytes of a source that may break on its way: it is opened anew where it broke off. Whoever reads has to verify
 * the whole, since the parts after a break are verified by nobody else.
 *
 * @param open the bytes from an offset on
 * @throws the source's error, once it broke three times at the same byte; at once where the bytes were wrong
 */
export async function* resuming(
  open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
  { onBytes, signal }: { onBytes?: (count: number) => void; signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (let fruitless = 0; ; fruitless += 1) {
    try {
      for await (const chunk of (await open(offset, signal)) as AsyncIterable<Buffer>) {
        offset += chunk.length;
        fruitless = 0;
        onBytes?.(chunk.length);
        yield chunk;
      }
      return;
    } catch (error) {
      const wrong = error instanceof DualRegistryError && error.code !== "REGISTRY_UNAVAILABLE";
      const final = wrong || signal?.aborted === true;
      if (final || fruitless + 1 >= FRUITLESS) throw error;
    }
  }
}
