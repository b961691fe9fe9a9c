import type { KeyObject } from "node:crypto";
import type { FoundSigner, TrustedSigner } from "./contract";
import { quoted } from "../boundedFile";

import { fingerprint, readPublicKey } from "./publicKey";

/** Whom to trust, keys read and told apart from identities. */
export interface Trusted {
  keys: readonly KeyObject[];
  identities: readonly { issuer: string; subject: string }[];
}

/** @throws DualRegistryError CONFIG_INVALID for a key that is none */
export function readTrusted(signers: readonly TrustedSigner[]): Trusted {
  return {
    keys: signers.flatMap((signer, index) =>
      "key" in signer ? [readPublicKey(signer.key, `Trusted signer ${index + 1}`)] : [],
    ),
    identities: signers.flatMap((signer) =>
      "key" in signer ? [] : [{ issuer: signer.issuer, subject: signer.subject }],
    ),
  };
}

/** A signer, as messages and reports name it. */
export function nameSigner(signer: FoundSigner): string {
  return "keyFingerprint" in signer
    ? `key sha256:${signer.keyFingerprint}`
    : `identity ${quoted(signer.subject)} of issuer ${quoted(signer.issuer)}`;
}

/** Names of more signers than these make no message clearer. */
const NAMED = 10;

/** Who would have been believed, for messages. */
export function nameExpected({ keys, identities }: Trusted): string {
  const names = [...keys.map((key) => ({ keyFingerprint: fingerprint(key) })), ...identities].map(nameSigner);
  if (names.length === 0) return "nobody is trusted: name a signer in the image class's policy";
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `expected: ${names.slice(0, NAMED).join(" or ")}${more}`;
}
