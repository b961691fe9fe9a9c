import { DualRegistryError, type ErrorCode } from "../../../src/base/errors";

/** What `assert.rejects` wants of an error of this project: its code, and words that its message must have. */
export function coded(code: ErrorCode, ...words: readonly (string | RegExp)[]): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof DualRegistryError)) throw error;
    const missing = words.filter((word) =>
      typeof word === "string" ? !error.message.includes(word) : !word.test(error.message),
    );
    if (error.code === code && missing.length === 0) return true;
    throw new Error(`Expected ${code} with ${missing.join(", ")}; got ${error.code}: ${error.message}`);
  };
}
