import { hash } from "node:crypto";

/** Begins every name that is hashed, so that no guid of ours is one that another program derives. */
const NAMESPACE = Buffer.from("7f1a6c52b7d84c0e9f3a52d1c6e8b904", "hex");

/**
 * A guid that stands for what it is derived from: equal parts give an equal guid, on every machine and at any time.
 * Version 5 of RFC 9562: a SHA-1 of a namespace and a name.
 *
 * @param parts what the guid stands for, in an order of its own; letter case counts
 */
export function stableGuid(...parts: readonly string[]): string {
  const bytes = hash("sha1", Buffer.concat([NAMESPACE, Buffer.from(JSON.stringify(parts))]), "buffer").subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
