import { z } from "zod";
import { commit } from "../base/decode/decode";
import { isDigest } from "../base/digest";
import { buildSignOffsSchema, signOffsSchema } from "../domain/flow/signOffs";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { isStageName, MAX_STAGES } from "../domain/stage";

/** Why a product is not affected. Source: OpenVEX specification 0.2.0, "Status Justifications". */
export const JUSTIFICATIONS = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const;

const short = z.string().min(1).max(500);
/** As long as the longest address that build metadata may hold. */
const address = z.string().min(1).max(2_000);
const digest = z.string().refine(isDigest, "not a digest");
/** ISO 8601, UTC. */
const time = z.iso.datetime();
const count = z.number().int().nonnegative();
/** A stage of the project that the record is of, which need not be this one. */
const stage = z.string().refine(isStageName, "not a stage");

/** Why a finding is hidden: what a trusted signer's OpenVEX statement says of this image. */
const excuseSchema = z.object({
  justification: z.enum(JUSTIFICATIONS),
  /** The document's author, and who signed it. */
  author: short,
  signer: short,
  /** ISO 8601: behind it the statement counts for nothing. */
  until: time,
});

/** A finding that a scanner was told to hide. */
const hiddenSchema = z.object({
  vulnerability: short,
  /** Name of the package, and its purl, where the report says them. */
  package: short.exactOptional(),
  purl: z.string().max(2_000).exactOptional(),
  /** Present where a trusted statement says why it is hidden. */
  excuse: excuseSchema.exactOptional(),
});

/** A finding that a scanner was told to hide. */
export type HiddenFinding = z.infer<typeof hiddenSchema>;

/** The most findings that may be hidden in one report. */
export const MAX_HIDDEN = 1_000;

const scanSchema = z.object({
  scanner: z.enum(["trivy", "grype", "defender"]),
  /** The scanner's own version, where the report says it. */
  scannerVersion: z.string().max(500).exactOptional(),
  /** The digest scanned: the manifest's or, where only that is named, the configuration's; never a tag. */
  digests: z.array(digest).min(1).max(200).readonly(),
  /** The image's id, which is its configuration's digest, where the report says it. */
  imageId: digest.exactOptional(),
  scannedAt: time,
  /** When the scanner's database was built, where the report says it. */
  databaseAt: time.exactOptional(),
  /** Different vulnerabilities by severity: an id found in several packages counts once for each package. */
  counts: z.object({ critical: count, high: count, medium: count, low: count, unknown: count }).readonly(),
  /** Findings that the scanner was told to hide, none of them counted; absent where there is none. */
  hidden: z.array(hiddenSchema).max(MAX_HIDDEN).readonly().exactOptional(),
});

/** What a scanner found in one image, whichever scanner it was. */
export type ScanReport = z.infer<typeof scanSchema>;

const buildSchema = z.object({
  /** Address of the source repository. */
  source: address,
  commit,
  /** Such as v1.2.3-rc1. */
  version: short,
  createdAt: time,
  /** Address of the run that built it. */
  run: address.exactOptional(),
});

/** How an image was built. */
export type BuildMetadata = z.infer<typeof buildSchema>;

/** A publication past the stages before, and who answers for it: the stage's sign-offs of this very digest. */
const breakGlassSchema = z.object({ reason: z.string().min(1).max(1_000), signOffs: signOffsSchema });

/** Why an image was published where others are promoted, and who approved that. */
export type BreakGlass = z.infer<typeof breakGlassSchema>;

/** What is kept of a publication, as a referrer of the image. */
export const publishSchema = z.object({
  version: z.literal(1),
  stage,
  class: z.enum(IMAGE_CLASSES),
  /** `host/path`. */
  repository: short,
  digest,
  tags: z.array(short).max(100).readonly(),
  build: buildSchema,
  /** Of each platform; empty where the class asks for no scan and none was given. */
  scans: z.array(scanSchema).max(100).readonly(),
  /** Stages the image may be deployed to by its class and binding. */
  targets: z.array(stage).max(MAX_STAGES).readonly(),
  /** Who signed off what was built; absent where the stage asks for no sign-off. */
  signOffs: buildSignOffsSchema.exactOptional(),
  /** Present where it came past the stages before. */
  breakGlass: breakGlassSchema.exactOptional(),
  publishedAt: time,
});

/** A record of a publication. */
export type PublishRecord = z.infer<typeof publishSchema>;

/** What is kept of a promotion, as a referrer of the image at its target. It embeds the sign-offs. */
export const releaseSchema = z.object({
  version: z.literal(1),
  edge: z.object({ from: stage, to: stage }),
  source: short,
  target: short,
  digest,
  tags: z.array(short).max(100).readonly(),
  class: z.enum(IMAGE_CLASSES),
  scans: z.array(scanSchema).max(100).readonly(),
  signOffs: signOffsSchema.exactOptional(),
  /** Digests of what came along: signatures, SBOMs, records. */
  referrers: z.array(digest).max(2_000).readonly(),
  releasedAt: time,
});

/** A record of a promotion. */
export type ReleaseRecord = z.infer<typeof releaseSchema>;

/** Predicate types of the records, in-toto statements in Sigstore bundles. */
export const PREDICATES = {
  publish: "urn:dual-registry:publish:v1",
  release: "urn:dual-registry:release:v1",
  signOffs: "urn:dual-registry:sign-offs:v1",
  buildSignOffs: "urn:dual-registry:build-sign-offs:v1",
} as const;

/** Artifact types of what is attached without a signature of its own. */
export const ARTIFACTS = {
  scan: "application/vnd.dual-registry.scan.v1+json",
  build: "application/vnd.dual-registry.build.v1+json",
  publish: "application/vnd.dual-registry.publish.v1+json",
  release: "application/vnd.dual-registry.release.v1+json",
} as const;
