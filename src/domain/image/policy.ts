import { placeOf, type Stage, type StagePlace, type Stages } from "../stage";
import { IMAGE_CLASSES, type ImageClass } from "./imageClass";
import { type ConfiguredSigner, type TrustedSigner, unmarked } from "./signers";

export type { TrustedSigner } from "./signers";

/** The most vulnerabilities of each severity that an image may have, and how old the scan that says so may be. */
export interface ScanPolicy {
  critical: number;
  high: number;
  /** Hours between the scan and the moment the gate reads it. */
  maxAgeHours: number;
}

/** What an image of a class must bring before a registry takes it. */
export interface ImagePolicy {
  /** Absent: no scan is asked for. */
  scan?: ScanPolicy;
  /** Whether a trusted signer must have signed the image and its records. */
  signature: boolean;
  /** Who is trusted to sign images and records. */
  signers: readonly TrustedSigner[];
}

/** CRITICAL = 0 and HIGH = 0, by a scan of the last three days. */
export const DEFAULT_SCAN: ScanPolicy = { critical: 0, high: 0, maxAgeHours: 72 };

/** What is said of a class's images; what is not said is a default. */
export interface PolicyConfig {
  /** Default: {@link DEFAULT_SCAN}. */
  scan?: ScanPolicy | "off" | undefined;
  /** Default: secure images are signed where somebody is trusted to sign them; standard ones are not. */
  signature?: boolean | undefined;
  signers: readonly ConfiguredSigner[];
}

/** What images must bring, by class, and who is trusted to sign the sign-offs of a release. */
export type PoliciesConfig = Readonly<Record<ImageClass, PolicyConfig>> & {
  readonly signOffs: { readonly signers: readonly ConfiguredSigner[] };
};

/**
 * What an image of a class must bring in a stage. In the first nothing is demanded, since its tags move: scan and
 * signature are optional there, and who is trusted stays said, so that what was signed can be verified.
 */
export function policyFor(place: StagePlace, imageClass: ImageClass, policy: PolicyConfig): ImagePolicy {
  const signers = unmarked(policy.signers);
  if (place === "first") return { signature: false, signers };
  const scan = policy.scan ?? DEFAULT_SCAN;
  const signature = policy.signature ?? (imageClass === "secure" && signers.length > 0);
  return { ...(scan === "off" ? {} : { scan }), signature, signers };
}

/** The policies of both classes in a stage. */
export function policiesFor(place: StagePlace, policies: PoliciesConfig): Record<ImageClass, ImagePolicy> {
  const [secure, standard] = IMAGE_CLASSES;
  return {
    secure: policyFor(place, secure, policies.secure),
    standard: policyFor(place, standard, policies.standard),
  };
}

/**
 * How long images of a stage are kept.
 * `inactive`: removed after so many days without a push or a pull. `keep`: removed no sooner than so many days after
 * the push. `forever`: never removed.
 */
export type RetentionRule = { rule: "inactive"; days: number } | { rule: "keep"; days: number } | { rule: "forever" };

const DEFAULT_RETENTION: Readonly<Record<StagePlace, RetentionRule>> = {
  first: { rule: "inactive", days: 30 },
  between: { rule: "inactive", days: 90 },
  last: { rule: "forever" },
};

/** What holds where a stage file names no rule: the first 30 days of inactivity, the last for ever, others 90 days. */
export function defaultRetention(stage: Stage, stages: Stages): RetentionRule {
  return DEFAULT_RETENTION[placeOf(stage, stages)];
}
