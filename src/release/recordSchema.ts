import { z } from "zod";
import { IMAGE_CLASSES } from "../domain/imageClass";
import { STAGES } from "../domain/stage";
import { isDigest } from "../oci/digest";
import type { BuildMetadata, PublishRecord, ReleaseRecord, ScanReport, SignOffs } from "./contract";
import { utcTime } from "./gates/time";

const short = z.string().min(1).max(500);
/** As long as the longest address that build metadata may hold. */
const address = z.string().min(1).max(2_000);
const digest = z.string().refine(isDigest, "no digest");
const time = z.iso.datetime();
const commit = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "allowed: a whole commit");
const count = z.number().int().nonnegative();
const stage = z.enum(STAGES);

/** Drops what is said to be undefined, so that "absent" is one thing. */
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

export const scanSchema = z
  .object({
    scanner: z.enum(["trivy", "grype"]),
    scannerVersion: z.string().max(500).optional(),
    digests: z.array(digest).min(1).max(200),
    scannedAt: time,
    counts: z.object({ critical: count, high: count, medium: count, low: count, unknown: count }),
  })
  .transform((value) => defined(value) as ScanReport);

const login = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@[\]-]{0,99}$/, "allowed: a login");
/** A time with any offset, as UTC. */
const anyTime = z.string().transform((text, context) => {
  const utc = utcTime(text);
  if (utc !== undefined) return utc;
  context.addIssue({ code: "custom", message: "allowed: a time, such as 2026-11-21T08:00:00Z" });
  return z.NEVER;
});

/** Sign-offs as they come in a file, and as a release record embeds them. */
export const signOffsSchema: z.ZodType<SignOffs> = z.object({
  from: stage,
  to: stage,
  repository: short,
  digest,
  version: short,
  commit,
  authors: z.array(login).max(1_000),
  approvals: z.array(z.object({ role: short, by: login, at: anyTime, commit, digest })).max(100),
});

export const buildSchema = z
  .object({ source: address, commit, version: short, createdAt: time, run: address.optional() })
  .transform((value) => defined(value) as BuildMetadata);

export const publishSchema = z
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

export const releaseSchema = z
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
