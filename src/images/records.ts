import type { z } from "zod";
import { decode } from "../base/decode/decode";
import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import type { TrustedSigner } from "../domain/image/policy";
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
  unverifiedStatement,
  type Verifier,
} from "../signing";
import {
  ARTIFACTS,
  PREDICATES,
  type PublishRecord,
  publishSchema,
  type ReleaseRecord,
  releaseSchema,
} from "./recordSchemas";

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
  return statementBytes({ name, digest: { [algorithm]: hex } }, predicateType, predicate);
}

/** The same about a commit. Source of `gitCommit`: in-toto attestation framework, digest_set.md. */
export function commitStatementOf(gitCommit: string, name: string, predicateType: string, predicate: unknown): Buffer {
  return statementBytes({ name, digest: { gitCommit } }, predicateType, predicate);
}

function statementBytes(subject: Statement["subject"][number], predicateType: string, predicate: unknown): Buffer {
  const statement: Statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [subject],
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
 * The records of an image. Where signers are named only what one of them signed over exactly this digest counts, in
 * every class and stage; where nobody is, all records are told, none of them with a signer, and prove nothing. What was
 * refused, and why, goes to `onRefused`.
 *
 * @throws DualRegistryError what the registry answers; a record that cannot be believed is left out
 */
export async function findRecords<Kind extends keyof Records>(
  source: ImageSource,
  digest: Digest,
  kind: Kind,
  { verifier, trusted, onRefused }: RecordTrust,
): Promise<FoundRecord<Kind>[]> {
  const found: FoundRecord<Kind>[] = [];
  for await (const { bundle, descriptor } of readBundles(source, digest, PREDICATES[kind])) {
    if (found.length >= LIMITS.records) break;
    try {
      // Where nobody is named a signature proves nothing, and is no reason to take less than what nobody signed.
      const { statement, signer } =
        trusted.length === 0
          ? { statement: unverifiedStatement(bundle), signer: undefined }
          : await verifier.verifyBundle(bundle, trusted);
      if (statement.predicateType !== PREDICATES[kind] || !isAbout(statement, digest)) continue;
      const record = decodeRecord(kind, statement.predicate, `${source.name}@${descriptor.digest}`);
      found.push({ record, ...defined({ signer }) });
    } catch (error) {
      if (!(error instanceof DualRegistryError)) throw error;
      onRefused?.(error.message);
    }
  }
  const plain = trusted.length === 0 ? await plainRecords(source, digest, kind, onRefused) : [];
  if (trusted.length > 0 && onRefused) (await unsignedOf(source, digest, kind)).forEach(onRefused);
  return [...found, ...plain].filter(({ record }) => record.digest === digest);
}

/** Who is believed, and who hears of what was not. */
export interface RecordTrust {
  verifier: Verifier;
  /** Empty where a policy names nobody: then records are told that anyone who may push could have written. */
  trusted: readonly TrustedSigner[];
  onRefused?: (why: string) => void;
}

/** What is said of unsigned records, where they count for nothing. */
async function unsignedOf(source: ImageSource, digest: Digest, kind: keyof Records): Promise<string[]> {
  const plain = (await source.referrers(digest)).filter(({ artifactType }) => artifactType === ARTIFACTS[kind]);
  return plain
    .slice(0, LIMITS.records)
    .map(
      (one) =>
        `${source.name}@${one.digest}: a ${kind} record that nobody signed counts for nothing where signers are named; ` +
        "publish or promote the image again with --key or --keyless",
    );
}

async function plainRecords<Kind extends keyof Records>(
  source: ImageSource,
  digest: Digest,
  kind: Kind,
  onRefused: RecordTrust["onRefused"],
): Promise<FoundRecord<Kind>[]> {
  // Some registries list an artifact by the type of its configuration, or by none: its manifest decides.
  const listed: readonly (string | undefined)[] = [undefined, MEDIA.empty, MEDIA.ociConfig, ARTIFACTS[kind]];
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
    `${where}: not a ${kind} record: ${field}: ${issue?.message ?? "unreadable"}`,
  );
}
