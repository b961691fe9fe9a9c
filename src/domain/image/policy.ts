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
  /** The last day that limits above 0 hold, as the waiver of the last stage says (UTC); behind it they are 0. */
  until?: string;
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

/** What is said of a class's images; what is not said is a default. Behind the first stage nothing can be switched off. */
export interface PolicyConfig {
  /** Default: {@link DEFAULT_SCAN}. */
  scan?: ScanPolicy | undefined;
  signers: readonly ConfiguredSigner[];
}

/** What images must bring, by class, and who is trusted to sign the sign-offs of a release. */
export type PoliciesConfig = Readonly<Record<ImageClass, PolicyConfig>> & {
  readonly signOffs: { readonly signers: readonly ConfiguredSigner[] };
};

/** The last day of a waiver that lets images of a class into the last stage with more than 0 findings, by class. */
export type ScanWaivers = Readonly<Partial<Record<ImageClass, string>>>;

/**
 * What an image of a class must bring in a stage. In the first nothing is demanded, since its tags move: scan and
 * signature are optional there, and who is trusted stays said, so that what was signed can be verified. Everywhere else
 * both are asked for; in the last CRITICAL and HIGH are 0, whatever limits stand in the file, unless a waiver says until
 * when those hold.
 */
export function policyFor(
  place: StagePlace,
  imageClass: ImageClass,
  policy: PolicyConfig,
  waivers: ScanWaivers = {},
): ImagePolicy {
  const signers = unmarked(policy.signers);
  if (place === "first") return { signature: false, signers };
  const scan = policy.scan ?? DEFAULT_SCAN;
  const lenient = scan.critical > 0 || scan.high > 0;
  if (place === "between" || !lenient) return { scan, signature: true, signers };
  const until = waivers[imageClass];
  return {
    scan: until === undefined ? { ...scan, critical: 0, high: 0 } : { ...scan, until },
    ...{ signature: true, signers },
  };
}

/** The policies of both classes in a stage. */
export function policiesFor(
  place: StagePlace,
  policies: PoliciesConfig,
  waivers: ScanWaivers = {},
): Record<ImageClass, ImagePolicy> {
  const [secure, standard] = IMAGE_CLASSES;
  return {
    secure: policyFor(place, secure, policies.secure, waivers),
    standard: policyFor(place, standard, policies.standard, waivers),
  };
}

/**
 * How long images of a stage are kept.
 * `inactive`: removed after so many days without a push or a pull. `keep`: removed no sooner than so many days after
 * the push. `newest`: of each repository all but so many images that were pushed last are removed. `forever`: never
 * removed.
 */
export type RetentionRule =
  | { rule: "inactive"; days: number }
  | { rule: "keep"; days: number }
  | { rule: "newest"; count: number }
  | { rule: "forever" };

const DEFAULT_RETENTION: Readonly<Record<StagePlace, RetentionRule>> = {
  first: { rule: "inactive", days: 30 },
  between: { rule: "inactive", days: 90 },
  last: { rule: "forever" },
};

/** What holds where a stage file names no rule: the first 30 days of inactivity, the last for ever, others 90 days. */
export function defaultRetention(stage: Stage, stages: Stages): RetentionRule {
  return DEFAULT_RETENTION[placeOf(stage, stages)];
}
