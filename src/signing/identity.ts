import type { KeyObject } from "node:crypto";
import type * as SigstoreBundle from "@sigstore/bundle";
import type * as Verify from "@sigstore/verify";
import { defined } from "../base/defined";
import { loadPackage } from "../base/packages";
import { quoted } from "../base/text/quote";
import { invalid, said } from "./bundle";
import { fingerprint, readPublicKey } from "./publicKey";
import type { TrustRoot } from "./trustRoot";
import type { FoundSigner, TrustedSigner } from "./types";

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

/** Extensions of Fulcio's certificates. Source: fulcio, docs/oid-info.md. */
const ISSUER = "1.3.6.1.4.1.57264.1.8";
const ISSUER_OLD = "1.3.6.1.4.1.57264.1.1";
const SUBJECT_NAMES = "2.5.29.17";
/** Context tags of the kinds of name that Fulcio gives: e-mail address and URI. */
const NAMES: readonly number[] = [1, 6];

/** The most log entries, and the most time stamps, of one bundle: comparing them costs the square of their number. */
const MAX_WITNESSES = 16;

/** Who a certificate names. */
export type Identity = Extract<FoundSigner, { issuer: string }>;

/** The text of plain ASCII bytes; whatever else could look like another name is none. */
const ascii = (bytes: Buffer | undefined): string | undefined =>
  bytes && bytes.length > 0 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? bytes.toString("latin1")
    : undefined;

/** Who a certificate names: exactly one subject, and the issuer that vouched for it. Nothing is verified here. */
function readIdentity(der: Buffer<ArrayBuffer>): Identity | undefined {
  const { X509Certificate } = loadPackage("@sigstore/core");
  const certificate = X509Certificate.parse(der);
  const names = certificate.extension(SUBJECT_NAMES)?.valueObj.subs[0]?.subs ?? [];
  const [name] = names;
  if (names.length !== 1 || !name || !NAMES.some((tag) => name.tag.isContextSpecific(tag))) return undefined;
  const subject = ascii(name.value);
  const wrapped = certificate.extension(ISSUER);
  const issuer = ascii(wrapped ? wrapped.valueObj.subs[0]?.value : certificate.extension(ISSUER_OLD)?.value);
  return subject === undefined || issuer === undefined ? undefined : { issuer, subject };
}

/** The first time that a verified log entry or time stamp gives. */
function timeOf(entity: Verify.SignedEntity): Date | undefined {
  const times = entity.timestamps.flatMap((stamp) => {
    if (stamp.$case === "timestamp-authority") return [stamp.timestamp.signingTime.getTime()];
    return stamp.tlogEntry.inclusionPromise ? [Number(stamp.tlogEntry.integratedTime) * 1000] : [];
  });
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/**
 * Verifies a bundle that was signed under a certificate: chain, certificate log, transparency log, time, signature; then
 * compares the identity, whole, with the trusted ones.
 *
 * @param artifact the bytes signed, where the bundle does not hold them itself
 * @param root asked for only where an identity is trusted at all
 * @param where names the signature, for the message
 * @throws DualRegistryError SIGNATURE_INVALID
 */
export async function verifyIdentity(
  bundle: SigstoreBundle.Bundle,
  trusted: Trusted,
  { artifact, root, where }: { artifact?: Buffer; root: () => Promise<TrustRoot>; where: string },
): Promise<{ signer: Identity; at?: Date }> {
  const identity = identityOf(bundle, where);
  const who = nameSigner(identity);
  const match = trusted.identities.find(
    (wanted) => wanted.issuer === identity.issuer && wanted.subject === identity.subject,
  );
  if (!match) throw invalid(where, `the certificate names ${who}; ${nameExpected(trusted)}`);
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const witnesses = Math.max(tlogEntries.length, timestampVerificationData?.rfc3161Timestamps.length ?? 0);
  if (witnesses > MAX_WITNESSES) {
    throw invalid(where, `${witnesses} log entries or time stamps; allowed: ${MAX_WITNESSES}`);
  }
  const { material, thresholds } = await root();
  const { Verifier, toSignedEntity } = loadPackage("@sigstore/verify");
  try {
    const entity = toSignedEntity(bundle, artifact);
    new Verifier(material, thresholds).verify(entity);
    const at = timeOf(entity);
    return { signer: identity, ...defined({ at }) };
  } catch (error) {
    throw invalid(where, `what claims to be of ${who} does not verify: ${reasons(error)}`, error);
  }
}

function identityOf(bundle: SigstoreBundle.Bundle, where: string): Identity {
  const { content } = bundle.verificationMaterial;
  const der =
    content.$case === "certificate"
      ? content.certificate.rawBytes
      : content.$case === "x509CertificateChain"
        ? content.x509CertificateChain.certificates[0]?.rawBytes
        : undefined;
  let identity: Identity | undefined;
  try {
    identity = der && readIdentity(Buffer.from(der));
  } catch (error) {
    throw invalid(where, `the certificate is unreadable: ${said(error)}`, error);
  }
  if (identity) return identity;
  throw invalid(where, "the certificate names no single subject and issuer, as Fulcio's certificates do");
}

/** An error's message with its cause's: "failed to verify certificate chain" alone says nothing. */
function reasons(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? said(error) : `${said(error)}: ${said(cause)}`;
}
