import type { Digest } from "./digest";

/** What Cosign's older form appends to the tag of a digest: its signatures, attestations or SBOM. */
export type CosignSuffix = "sig" | "att" | "sbom";

const FORM = /^(sha256-[0-9a-f]{64}|sha512-[0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** The expression of every tag that {@link isReferrersTag} knows, as RE2 takes it too. */
export const REFERRERS_TAGS = FORM.source;

/**
 * The tag under which a registry without a referrers API lists what refers to a digest, and, with a suffix, the tag of
 * Cosign's older form. The algorithm is cut to 32 characters and the hexadecimal part to 64, which shortens SHA-512.
 * Source: OCI distribution specification 1.1, "Referrers Tag Schema".
 */
export function referrersTag(digest: Digest, suffix?: CosignSuffix): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  const tag = `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
  return suffix === undefined ? tag : `${tag}.${suffix}`;
}

/** True for a tag of the referrers tag schema or of Cosign's older form: nobody chose it as a name for an image. */
export const isReferrersTag = (tag: string): boolean => FORM.test(tag);

/** True where a tag is one of a digest's referrers tags, with or without a suffix. */
export const isReferrersTagOf = (tag: string, digest: Digest): boolean => FORM.exec(tag)?.[1] === referrersTag(digest);

/**
 * The digest that a referrers tag is about.
 *
 * @param known gives the digest that a tag without suffix stands for; needed for SHA-512, whose tag holds half of it
 * @returns undefined for any other tag, and for a SHA-512 that is not known
 */
export function subjectOfReferrersTag(tag: string, known: ReadonlyMap<string, Digest> = new Map()): Digest | undefined {
  const list = FORM.exec(tag)?.[1];
  if (list === undefined) return undefined;
  return known.get(list) ?? (list.startsWith("sha256-") ? `sha256:${list.slice("sha256-".length)}` : undefined);
}
