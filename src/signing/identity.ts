import type { KeyObject } from "node:crypto";
import type * as SigstoreBundle from "@sigstore/bundle";
import type * as Verify from "@sigstore/verify";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { quoted } from "../base/text/quote";
import { pinnedIdentity, type TrustedIdentity } from "../domain/image/signers";
import { invalid, said } from "./bundle";
import { readCertificate } from "./certificate";
import { fingerprint, readPublicKey } from "./publicKey";
import type { TrustRoot } from "./trustRoot";
import type { CertificateIdentity, FoundSigner, TrustedSigner } from "./types";

/** Whom to trust, keys read and told apart from identities, which say all that their certificates must. */
export interface Trusted {
  keys: readonly KeyObject[];
  identities: readonly TrustedIdentity[];
}

/** @throws DualRegistryError CONFIG_INVALID for a key that is none, and for an identity that cannot be pinned */
export function readTrusted(signers: readonly TrustedSigner[]): Trusted {
  const keys: KeyObject[] = [];
  const identities: TrustedIdentity[] = [];
  signers.forEach((signer, index) => {
    const where = `Trusted signer ${index + 1}`;
    if ("key" in signer) keys.push(readPublicKey(signer.key, where));
    else identities.push(pinnedIdentity(signer) ?? unpinned(where, signer));
  });
  return { keys, identities };
}

function unpinned(where: string, { subject }: TrustedIdentity): never {
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `${where}: ${quoted(subject)} names no workflow at a branch or tag; name sourceRepository and sourceRef as well`,
  );
}

/** A signer, as messages and reports name it. */
export function nameSigner(signer: FoundSigner | TrustedIdentity): string {
  if ("keyFingerprint" in signer) return `key sha256:${signer.keyFingerprint}`;
  const { subject, issuer, sourceRepository, sourceRepositoryId, sourceRef } = signer;
  const events = "events" in signer ? signer.events : "event" in signer ? [signer.event] : undefined;
  return [
    `identity ${quoted(subject)} of issuer ${quoted(issuer)}`,
    ...(sourceRepository === undefined ? [] : [`repository ${quoted(sourceRepository)}`]),
    ...(sourceRepositoryId === undefined ? [] : [`repository number ${quoted(sourceRepositoryId)}`]),
    ...(sourceRef === undefined ? [] : [`ref ${quoted(sourceRef)}`]),
    ...(events === undefined ? [] : [`event ${events.map((event) => quoted(event)).join(" or ")}`]),
  ].join(", ");
}

/** Names of what is compared, and the extension that holds it. */
const PINS = [
  ["sourceRepository", "source repository", "1.3.6.1.4.1.57264.1.12"],
  ["sourceRef", "source repository ref", "1.3.6.1.4.1.57264.1.14"],
  ["sourceRepositoryId", "source repository identifier", "1.3.6.1.4.1.57264.1.15"],
] as const;

/**
 * What keeps a certificate from being that of a trusted identity, in words; empty where it is. This is the one place
 * where identities are compared: each part whole, letter by letter, and what is wanted must be there.
 */
function differences(found: CertificateIdentity, wanted: TrustedIdentity): string[] {
  const missing = (what: string, oid: string): string => `it does not say its ${what} (extension ${oid})`;
  const parts = PINS.flatMap(([pin, what, oid]): string[] => {
    const [has, want] = [found[pin], wanted[pin]];
    if (want === undefined || has === want) return [];
    return [has === undefined ? missing(what, oid) : `its ${what} is ${quoted(has)}, not ${quoted(want)}`];
  });
  const { event } = found;
  if (wanted.events !== undefined && (event === undefined || !wanted.events.includes(event))) {
    const allowed = wanted.events.join(", ");
    parts.push(
      event === undefined
        ? missing("build trigger", "1.3.6.1.4.1.57264.1.20")
        : `its run was started by ${quoted(event)}, not ${allowed}`,
    );
  }
  return parts;
}

/** Why a certificate is that of nobody trusted, said once of each identity that has its name; undefined where it is. */
function whyNobody(found: CertificateIdentity, { identities }: Trusted): string | undefined {
  const named = identities.filter(({ issuer, subject }) => issuer === found.issuer && subject === found.subject);
  const reasons = named.map((wanted) => differences(found, wanted));
  if (reasons.some(({ length }) => length === 0)) return undefined;
  return [...new Set(reasons.flat().map((reason) => `${reason}; `))].slice(0, NAMED).join("");
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

/** The most log entries, and the most time stamps, of one bundle: comparing them costs the square of their number. */
const MAX_WITNESSES = 16;

/** The first time that a verified log entry or time stamp gives. */
function timeOf(entity: Verify.SignedEntity): Date | undefined {
  const times = entity.timestamps.flatMap((stamp) => {
    if (stamp.$case === "timestamp-authority") return [stamp.timestamp.signingTime.getTime()];
    return stamp.tlogEntry.inclusionPromise ? [Number(stamp.tlogEntry.integratedTime) * 1000] : [];
  });
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/**
 * Verifies a bundle that was signed under a certificate: compares the identity, whole, with the trusted ones; then chain,
 * certificate log, transparency log, time, signature.
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
): Promise<{ signer: CertificateIdentity; at?: Date }> {
  const identity = identityOf(bundle, where);
  const who = nameSigner(identity);
  const why = whyNobody(identity, trusted);
  if (why !== undefined) throw invalid(where, `the certificate names ${who}; ${why}${nameExpected(trusted)}`);
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

function identityOf(bundle: SigstoreBundle.Bundle, where: string): CertificateIdentity {
  const { content } = bundle.verificationMaterial;
  const der =
    content.$case === "certificate"
      ? content.certificate.rawBytes
      : content.$case === "x509CertificateChain"
        ? content.x509CertificateChain.certificates[0]?.rawBytes
        : undefined;
  if (der === undefined) throw invalid(where, "there is no certificate");
  return readCertificate(Buffer.from(der), where);
}

/** An error's message with its cause's: "failed to verify certificate chain" alone says nothing. */
function reasons(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? said(error) : `${said(error)}: ${said(cause)}`;
}
