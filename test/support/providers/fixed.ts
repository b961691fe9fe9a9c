import { createHash } from "node:crypto";

/** When everything in the stand-in's cloud was made: two runs give equal outputs. */
export const CREATED = "2026-01-01T00:00:00Z";

/** A GUID that is always the same for the same text. */
export function guid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
