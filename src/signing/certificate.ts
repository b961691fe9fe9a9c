import type * as Sigstore from "@sigstore/core";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { quoted } from "../base/text/quote";
import { invalid, said } from "./bundle";
import type { CertificateIdentity } from "./types";

const SUBJECT_NAMES = "2.5.29.17";
/** Context tags of the kinds of name that Fulcio gives: e-mail address and URI. */
const NAMES: readonly number[] = [1, 6];

/**
 * Fulcio's extensions, below 1.3.6.1.4.1.57264.1. The first are deprecated, and raw strings; from .8 on the value is a
 * UTF8String in DER. Source: sigstore/fulcio, docs/oid-info.md, "Extension values" and "Directory".
 */
const FULCIO = "1.3.6.1.4.1.57264.1";
const EXTENSION = {
  issuer: { now: `${FULCIO}.8`, old: `${FULCIO}.1` },
  sourceRepository: { now: `${FULCIO}.12`, old: `${FULCIO}.5` },
  sourceRef: { now: `${FULCIO}.14`, old: `${FULCIO}.6` },
  sourceRepositoryId: { now: `${FULCIO}.15` },
  event: { now: `${FULCIO}.20`, old: `${FULCIO}.2` },
} as const;

/** The old form names a repository without the address of its server. */
const pathOf = (address: string): string =>
  URL.canParse(address) ? new URL(address).pathname.replace(/^\//, "") : address;

/**
 * What a certificate says. Nothing is verified here but that it says each thing once, in one way.
 *
 * @param where names the signature, for the message
 * @throws DualRegistryError SIGNATURE_INVALID
 */
export function readCertificate(der: Buffer<ArrayBuffer>, where: string): CertificateIdentity {
  try {
    return readIdentity(der);
  } catch (error) {
    const why = error instanceof DualRegistryError ? error.message : said(error);
    throw invalid(where, `the certificate is refused: ${why}`, error);
  }
}

/** What is wrong with a certificate, in words of this file. */
const refused = (why: string): DualRegistryError => new DualRegistryError("SIGNATURE_INVALID", why);

function readIdentity(der: Buffer<ArrayBuffer>): CertificateIdentity {
  const { X509Certificate } = loadPackage("@sigstore/core");
  const certificate = X509Certificate.parse(der);
  // The library verifies what it writes again, so bytes that are read in another way than they are signed get no further.
  if (!certificate.root.toDER().equals(der)) throw refused("it is not written in DER");
  const extensions = extensionsOf(certificate);
  const subject = subjectOf(certificate);
  const says = (
    { now, old }: { now: string; old?: string },
    inOldForm = (value: string): string => value,
  ): string | undefined => {
    const value = textOf(extensions, now, derText);
    const before = old === undefined ? undefined : textOf(extensions, old, (raw) => raw);
    if (value !== undefined && before !== undefined && inOldForm(value) !== before) {
      throw refused(`extension ${now} is ${quoted(value)}, and ${old ?? ""} says otherwise: ${quoted(before)}`);
    }
    return value;
  };
  const issuer = says(EXTENSION.issuer) ?? textOf(extensions, EXTENSION.issuer.old, (raw) => raw);
  if (issuer === undefined) throw refused("it names no issuer");
  return {
    issuer,
    subject,
    ...defined({
      sourceRepository: says(EXTENSION.sourceRepository, pathOf),
      sourceRef: says(EXTENSION.sourceRef),
      sourceRepositoryId: says(EXTENSION.sourceRepositoryId),
      event: says(EXTENSION.event),
    }),
  };
}

/** Extensions by their OID. Two of one kind are not allowed, and readers differ in which they take. Source: RFC 5280, 4.2. */
function extensionsOf(certificate: Sigstore.X509Certificate): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const { subs } of certificate.extensions) {
    const oid = subs[0]?.toOID() ?? "";
    if (found.has(oid)) throw refused(`extension ${oid} is there twice`);
    found.set(oid, subs.at(-1)?.value ?? Buffer.alloc(0));
  }
  return found;
}

/** Exactly one name. */
function subjectOf(certificate: Sigstore.X509Certificate): string {
  const names = certificate.extension(SUBJECT_NAMES)?.valueObj.subs[0]?.subs ?? [];
  const [name] = names;
  const subject =
    names.length === 1 && name && NAMES.some((tag) => name.tag.isContextSpecific(tag)) && ascii(name.value);
  if (subject) return subject;
  throw refused("it names no single subject");
}

/** @throws DualRegistryError SIGNATURE_INVALID where the extension is there and its value cannot be read */
function textOf(
  extensions: ReadonlyMap<string, Buffer>,
  oid: string,
  unwrap: (raw: Buffer) => Buffer | undefined,
): string | undefined {
  const raw = extensions.get(oid);
  if (raw === undefined) return undefined;
  const text = ascii(unwrap(raw));
  if (text === undefined) throw refused(`extension ${oid} is unreadable; allowed: plain text, encoded as Fulcio does`);
  return text;
}

/** The text of plain ASCII bytes; whatever else could look like another name is none. */
const ascii = (bytes: Buffer | undefined): string | undefined =>
  bytes && bytes.length > 0 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? bytes.toString("latin1")
    : undefined;

/** The tag of a UTF8String, of the universal class. */
const UTF8_STRING = 0x0c;

/** The bytes of a UTF8String in DER that is all there is. Source: X.690, 10.1. */
function derText(raw: Buffer): Buffer | undefined {
  const { ASN1Obj } = loadPackage("@sigstore/core");
  if (raw[0] !== UTF8_STRING) return undefined;
  const read = ASN1Obj.parseBuffer(Buffer.from(raw));
  return raw.equals(read.toDER()) ? read.value : undefined;
}
