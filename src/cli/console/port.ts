import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";

/** Reads a port; 0 takes one that is free. @throws DualRegistryError USAGE */
export function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new DualRegistryError("USAGE", `--port ${quoted(text)}: allowed: 0 to 65535`);
}
