import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { type Digest, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { readBounded } from "../../base/file";
import { fieldsOf, parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { CLOCK_SKEW, DAY_MS, utcTime } from "../../base/time";
import { type ImageTree, platformsOf } from "../../oci";
import { isAbout, nameSigner, type Statement, type TrustedSigner, type Verifier } from "../../signing";
import { type HiddenFinding, JUSTIFICATIONS, type ScanReport } from "../recordSchemas";

/** Bytes of the largest document that is read. */
const MAX_VEX = 4 * 1024 * 1024;

/** Days after its last change that a statement counts. OpenVEX knows no end, so this is one: then it is stated anew. */
const STATEMENT_DAYS = 90;

const CONTEXT = "https://openvex.dev/ns/v0.2.0";

/** Predicate types of an OpenVEX document in an in-toto statement. Source: openvex/spec, ATTESTING.md; and as Cosign writes it. */
const PREDICATE_TYPES: readonly string[] = [CONTEXT, "https://openvex.dev/ns"];

const iri = z.string().min(1).max(2_000);
const text = z.string().max(10_000);
const time = z.string().transform((value, context) => {
  const utc = utcTime(value);
  if (utc !== undefined) return utc;
  context.addIssue({ code: "custom", message: "allowed: a time, such as 2026-11-21T08:00:00Z" });
  return z.NEVER;
});
const identifiers = z.strictObject({
  purl: iri.exactOptional(),
  cpe22: iri.exactOptional(),
  cpe23: iri.exactOptional(),
  "@cpe22": iri.exactOptional(),
  "@cpe23": iri.exactOptional(),
});
const hashes = z.record(z.string().max(50), z.string().max(200));
const named = { "@id": iri.exactOptional(), identifiers: identifiers.exactOptional(), hashes: hashes.exactOptional() };
const component = z.strictObject({
  ...named,
  subcomponents: z.array(z.strictObject(named)).max(10_000).exactOptional(),
});

const statement = z
  .strictObject({
    "@id": iri.exactOptional(),
    version: z.int().min(1).exactOptional(),
    vulnerability: z.strictObject({
      "@id": iri.exactOptional(),
      name: z.string().min(1).max(500),
      description: text.exactOptional(),
      aliases: z.array(z.string().max(500)).max(1_000).exactOptional(),
    }),
    timestamp: time.exactOptional(),
    last_updated: time.exactOptional(),
    products: z.array(component).max(10_000).exactOptional(),
    status: z.enum(["not_affected", "affected", "fixed", "under_investigation"]),
    supplier: text.exactOptional(),
    status_notes: text.exactOptional(),
    justification: z.enum(JUSTIFICATIONS).exactOptional(),
    impact_statement: text.exactOptional(),
    action_statement: text.exactOptional(),
    action_statement_timestamp: time.exactOptional(),
  })
  .refine(({ status, justification: why, impact_statement: impact }) => {
    return status !== "not_affected" || (why === undefined) !== (impact === undefined);
  }, "not_affected takes either a justification or an impact_statement")
  .refine(({ status, action_statement: action }) => {
    return status !== "affected" || action !== undefined;
  }, "affected takes an action_statement");

/**
 * An OpenVEX document of version 0.2.0. Source: openvex/spec, OPENVEX-SPEC.md and openvex_json_schema.json; the names of
 * CPE identifiers are written with and without `@` there.
 */
const document = z.strictObject({
  "@context": z.literal(CONTEXT),
  "@id": iri,
  author: z.string().min(1).max(500),
  role: text.exactOptional(),
  timestamp: time,
  last_updated: time.exactOptional(),
  version: z.int().min(1),
  tooling: text.exactOptional(),
  statements: z.array(statement).min(1).max(10_000),
});

type VexStatement = z.infer<typeof statement>;

/** An OpenVEX document that a trusted signer signed, about the images that its envelope names. */
export interface VexDocument {
  envelope: Statement;
  document: z.infer<typeof document>;
  /** Who signed it, in words. */
  signer: string;
}

/**
 * Reads an OpenVEX document from a file: a Sigstore bundle of an in-toto statement about the image, whose predicate is
 * the document, as `cosign attest --type openvex` makes it. A document that nobody signed is refused.
 *
 * @param trusted who may sign images and records of the class
 * @throws DualRegistryError SIGNATURE_INVALID, CONTENT_INVALID or USAGE
 */
export async function readVex(
  file: string,
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): Promise<VexDocument> {
  const where = `OpenVEX ${quoted(file)}`;
  const bytes = readBounded(file, MAX_VEX);
  if ("@context" in fieldsOf(parseJson(bytes, where))) {
    const how = "sign it as an in-toto statement about the image: cosign attest-blob --type openvex, with --bundle";
    throw new DualRegistryError(
      "SIGNATURE_INVALID",
      `${where}: a bare document, which anybody could have written; ${how}`,
    );
  }
  const { statement: envelope, signer } = await verifier.verifyBundle(bytes, trusted);
  if (!PREDICATE_TYPES.includes(envelope.predicateType)) {
    const found = quoted(envelope.predicateType);
    throw new DualRegistryError("CONTENT_INVALID", `${where}: a statement of type ${found}; allowed: ${CONTEXT}`);
  }
  const read = decode(document, envelope.predicate);
  if (read.success) return { envelope, document: read.data, signer: nameSigner(signer).slice(0, 500) };
  const [issue] = read.error.issues;
  const path = quoted(issue?.path.map(String).join(".") ?? "");
  throw new DualRegistryError("CONTENT_INVALID", `${where}: ${path}: ${issue?.message ?? "unreadable"}`);
}

/** The digest in a purl (`pkg:oci/api@sha256%3A...?repository_url=...`) or an image's reference. */
function digestIn(name: string | undefined): Digest | undefined {
  const found = /@((?:sha256|sha512)(?::|%3a)[0-9a-f]+)(?:[?#]|$)/i.exec(name ?? "")?.[1];
  const digest = found?.replace(/%3a/i, ":").toLowerCase() ?? "";
  return isDigest(digest) ? digest : undefined;
}

type Component = z.infer<typeof component>;

/** Whether a product is one of these digests, by a purl, a reference or a hash. */
function isImage({ "@id": id, identifiers: ids, hashes: sums }: Component, digests: readonly Digest[]): boolean {
  const sha256 = sums?.["sha-256"] ?? "";
  const names = [digestIn(id), digestIn(ids?.purl), isDigest(`sha256:${sha256}`) ? `sha256:${sha256}` : undefined];
  return names.some((digest) => digest !== undefined && digests.some((one) => one === digest));
}

const bare = (purl: string): string => purl.replace(/[?#].*$/, "");

/** Whether a product speaks of the finding's package: of all of them where it names none. */
function speaksOf({ subcomponents = [] }: Component, { purl }: HiddenFinding): boolean {
  if (subcomponents.length === 0) return true;
  return subcomponents.some(({ "@id": id, identifiers: ids }) =>
    [id, ids?.purl].some((name) => name !== undefined && purl !== undefined && bare(name) === bare(purl)),
  );
}

/** What statements say of an image: its digests, and the moment. */
interface Asked {
  digests: readonly Digest[];
  now: Date;
}

/** Whether a statement is of this finding in this image. One that names no product is of what its envelope is about. */
function isOf({ vulnerability, products }: VexStatement, finding: HiddenFinding, { digests }: Asked): boolean {
  const { name, aliases = [] } = vulnerability;
  if (![name, ...aliases].includes(finding.vulnerability)) return false;
  return products === undefined || products.some((one) => isImage(one, digests) && speaksOf(one, finding));
}

/** Why a finding is hidden, by the newest statement of it that counts; undefined where that does not excuse it. */
function excuseFor(
  finding: HiddenFinding,
  documents: readonly VexDocument[],
  asked: Asked,
): HiddenFinding["excuse"] | undefined {
  const { digests, now } = asked;
  const found = documents.flatMap(({ envelope, document: { statements, author, ...of }, signer }) => {
    if (!digests.some((digest) => isAbout(envelope, digest))) return [];
    return statements
      .filter((one) => isOf(one, finding, asked))
      .map((one) => {
        const at = one.last_updated ?? one.timestamp ?? of.last_updated ?? of.timestamp;
        return { ...one, author, signer, at: Date.parse(at) };
      });
  });
  const past = found.filter(({ at }) => at <= now.getTime() + CLOCK_SKEW);
  const [last] = past.sort((one, other) => other.at - one.at || (one.status === "not_affected" ? 1 : -1));
  if (last?.status !== "not_affected" || last.justification === undefined) return undefined;
  const until = new Date(last.at + STATEMENT_DAYS * DAY_MS);
  if (until < now) return undefined;
  const { justification, author, signer } = last;
  return { justification, author, signer, until: until.toISOString() };
}

/** Scans with a reason at each finding that they hide, where a document has one for this image. */
export function excused(
  tree: ImageTree,
  scans: readonly ScanReport[],
  documents: readonly VexDocument[],
  now: Date,
): readonly ScanReport[] {
  if (documents.length === 0) return scans;
  const digests = [tree.root.digest, ...platformsOf(tree).map(({ digest }) => digest)];
  return scans.map(({ hidden, ...scan }) => {
    if (hidden === undefined) return scan;
    return {
      ...scan,
      hidden: hidden.map((finding) => {
        const excuse = excuseFor(finding, documents, { digests, now });
        return excuse === undefined ? finding : { ...finding, excuse };
      }),
    };
  });
}
