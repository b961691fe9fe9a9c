import { z } from "zod";
import { commit, decode } from "../base/decode/decode";
import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { signOffsSchema } from "../domain/flow/signOffs";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import type { TrustedSigner } from "../domain/image/policy";
import { STAGES } from "../domain/stage";
import {
  type Artifact,
  type ImageSource,
  type ImageTarget,
  MEDIA,
  readManifest,
  readSmallBlob,
  type Resolved,
} from "../oci";
import {
  bundleArtifact,
  type FoundSigner,
  isAbout,
  readBundles,
  type Signer,
  type Statement,
  type Verifier,
} from "../signing";
import {
  ARTIFACTS,
  type BuildMetadata,
  PREDICATES,
  type PublishRecord,
  type ReleaseRecord,
  type ScanReport,
} from "./types";

const short = z.string().min(1).max(500);
/** As long as the longest address that build metadata may hold. */
const address = z.string().min(1).max(2_000);
const digest = z.string().refine(isDigest, "no digest");
const time = z.iso.datetime();
const count = z.number().int().nonnegative();
const stage = z.enum(STAGES);

/** Drops what is said to be undefined, so that "absent" is one thing. */
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

const scanSchema = z
  .object({
    scanner: z.enum(["trivy", "grype"]),
    scannerVersion: z.string().max(500).optional(),
    digests: z.array(digest).min(1).max(200),
    scannedAt: time,
    counts: z.object({ critical: count, high: count, medium: count, low: count, unknown: count }),
  })
  .transform((value) => defined(value) as ScanReport);

const buildSchema = z
  .object({ source: address, commit, version: short, createdAt: time, run: address.optional() })
  .transform((value) => defined(value) as BuildMetadata);

const publishSchema = z
  .object({
    version: z.literal(1),
    stage,
    class: z.enum(IMAGE_CLASSES),
    repository: short,
    digest,
    tags: z.array(short).max(100),
    build: buildSchema,
    scans: z.array(scanSchema).max(100),
    targets: z.array(stage).max(4),
    publishedAt: time,
  })
  .transform((value) => defined(value) as PublishRecord);

const releaseSchema = z
  .object({
    version: z.literal(1),
    edge: z.object({ from: stage, to: stage }),
    source: short,
    target: short,
    digest,
    tags: z.array(short).max(100),
    class: z.enum(IMAGE_CLASSES),
    scans: z.array(scanSchema).max(100),
    signOffs: signOffsSchema.optional(),
    referrers: z.array(digest).max(2_000),
    releasedAt: time,
  })
  .transform((value) => defined(value) as ReleaseRecord);

/** The records by kind. */
export interface Records {
  publish: PublishRecord;
  release: ReleaseRecord;
}

const SCHEMAS: { readonly [Kind in keyof Records]: z.ZodType<Records[Kind]> } = {
  publish: publishSchema,
  release: releaseSchema,
};

/** The most bytes of a record, and the most records looked at for one image. */
const LIMITS = { bytes: 1024 * 1024, records: 100 } as const;

/** A record found at an image; without a signer it says what whoever may push wanted to say. */
export interface FoundRecord<Kind extends keyof Records> {
  record: Records[Kind];
  signer?: FoundSigner;
}

/** Whether a record found does for one that would be written: whoever signs is not content with an unsigned one. */
export const counts = ({ signer }: { signer?: FoundSigner }, own: Signer | undefined): boolean =>
  own === undefined || signer !== undefined;

/** An in-toto statement about one image, as the bytes that are signed. */
export function statementOf(digest: Digest, name: string, predicateType: string, predicate: unknown): Buffer {
  const [algorithm = "", hex = ""] = digest.split(":");
  const statement: Statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name, digest: { [algorithm]: hex } }],
    predicateType,
    predicate,
  };
  return Buffer.from(JSON.stringify(statement));
}

/** A record as it is attached to its image: signed where there is a signer, and plainly unsigned where there is none. */
export async function recordArtifact<Kind extends keyof Records>(
  { name }: Pick<ImageTarget, "name">,
  { digest }: Resolved,
  [kind, record]: readonly [Kind, Records[Kind]],
  signer: Signer | undefined,
): Promise<Artifact> {
  // What its own reader would refuse must not be written: nobody would find the record, and a tag would follow it.
  decodeRecord(kind, record, `The record for ${name}@${digest}`);
  if (signer === undefined) return { artifactType: ARTIFACTS[kind], bytes: Buffer.from(JSON.stringify(record)) };
  const statement = statementOf(digest, name, PREDICATES[kind], record);
  return bundleArtifact(await signer.signStatement(statement), PREDICATES[kind]);
}

/**
 * The records of an image. Signed ones count only where a trusted signer signed them over exactly this digest; what was
 * refused, and why, goes to `onRefused`.
 *
 * @throws DualRegistryError what the registry answers; a record that cannot be believed is left out
 */
export async function findRecords<Kind extends keyof Records>(
  source: ImageSource,
  digest: Digest,
  kind: Kind,
  { verifier, trusted, unsigned, onRefused }: RecordTrust,
): Promise<FoundRecord<Kind>[]> {
  const found: FoundRecord<Kind>[] = [];
  for await (const { bundle, descriptor } of readBundles(source, digest, PREDICATES[kind])) {
    if (found.length >= LIMITS.records) break;
    try {
      const { statement, signer } = await verifier.verifyBundle(bundle, trusted);
      if (statement.predicateType !== PREDICATES[kind] || !isAbout(statement, digest)) continue;
      found.push({ record: decodeRecord(kind, statement.predicate, `${source.name}@${descriptor.digest}`), signer });
    } catch (error) {
      if (!(error instanceof DualRegistryError)) throw error;
      onRefused?.(error.message);
    }
  }
  const plain = unsigned ? await plainRecords(source, digest, kind, onRefused) : [];
  return [...found, ...plain].filter(({ record }) => record.digest === digest);
}

/** Who is believed, and who hears of what was not. */
export interface RecordTrust {
  verifier: Verifier;
  trusted: readonly TrustedSigner[];
  /** Whether records count that nobody signed. */
  unsigned: boolean;
  onRefused?: (why: string) => void;
}

async function plainRecords<Kind extends keyof Records>(
  source: ImageSource,
  digest: Digest,
  kind: Kind,
  onRefused: RecordTrust["onRefused"],
): Promise<FoundRecord<Kind>[]> {
  // Some registries list an artifact by the type of its configuration, or by none: its manifest decides.
  const listed: readonly (string | undefined)[] = [undefined, MEDIA.empty, ARTIFACTS[kind]];
  const referrers = (await source.referrers(digest)).filter(({ artifactType }) => listed.includes(artifactType));
  const records: FoundRecord<Kind>[] = [];
  for (const referrer of referrers.slice(0, LIMITS.records)) {
    try {
      const where = `${source.name}@${referrer.digest}`;
      const { layers, artifactType } = readManifest(await source.manifest(referrer.digest), where);
      if (artifactType !== ARTIFACTS[kind]) continue;
      const bytes = layers[0] && (await readSmallBlob(source, layers[0], LIMITS.bytes));
      if (bytes) records.push({ record: decodeRecord(kind, JSON.parse(bytes.toString("utf8")), where) });
    } catch (error) {
      if (!(error instanceof DualRegistryError || error instanceof SyntaxError)) throw error;
      onRefused?.(error.message);
    }
  }
  return records;
}

function decodeRecord<Kind extends keyof Records>(kind: Kind, value: unknown, where: string): Records[Kind] {
  const read = decode(SCHEMAS[kind], value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: no ${kind} record: ${field}: ${issue?.message ?? "unreadable"}`,
  );
}
