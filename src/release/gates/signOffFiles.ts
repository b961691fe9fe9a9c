import type { TrustedSigner, Verifier } from "../../signing/contract";
import { DualRegistryError } from "../../errors";
import type { SignOffReader } from "../contract";
import { signOffsFromFile } from "./signOffFile";

/**
 * Reads the file of several that is about the image wanted: one for each image of a release.
 *
 * @throws DualRegistryError of the last file, where none is
 */
export function signOffsFromFiles(
  files: readonly string[],
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): SignOffReader {
  const readers = files.map((file) => signOffsFromFile(file, trusted, verifier));
  return async (wanted) => {
    let why: unknown = new DualRegistryError("USAGE", "No file of sign-offs was named; give one with --sign-offs");
    for (const read of readers) {
      try {
        return await read(wanted);
      } catch (error) {
        if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
        why = error;
      }
    }
    throw why;
  };
}
