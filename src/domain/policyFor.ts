import { IMAGE_CLASSES, type ImageClass } from "./imageClass";
import { DEFAULT_SCAN, type ImagePolicy, type ScanPolicy, type TrustedSigner } from "./imagePolicy";
import type { Stage } from "./stage";

/** What is said of a class's images; what is not said is a default. */
export interface PolicyFacts {
  /** Default: {@link DEFAULT_SCAN}. */
  scan?: ScanPolicy | "off" | undefined;
  /** Default: secure images are signed where somebody is trusted to sign them; standard ones are not. */
  signature?: boolean | undefined;
  signers: readonly TrustedSigner[];
}

/** What images must bring, by class, and who is trusted to sign the sign-offs of a release. */
export type PoliciesFacts = Readonly<Record<ImageClass, PolicyFacts>> & {
  readonly signOffs: { readonly signers: readonly TrustedSigner[] };
};

/** What holds where nothing is said. */
export const NO_POLICIES: PoliciesFacts = {
  secure: { signers: [] },
  standard: { signers: [] },
  signOffs: { signers: [] },
};

/**
 * What an image of a class must bring in a stage. In dev nothing is demanded, since its tags move: scan and signature
 * are optional there, and who is trusted stays said, so that what was signed can be verified.
 */
export function policyFor(stage: Stage, imageClass: ImageClass, facts: PolicyFacts): ImagePolicy {
  const { signers } = facts;
  if (stage === "dev") return { signature: false, signers };
  const scan = facts.scan ?? DEFAULT_SCAN;
  const signature = facts.signature ?? (imageClass === "secure" && signers.length > 0);
  return { ...(scan === "off" ? {} : { scan }), signature, signers };
}

/** The policies of both classes in a stage. */
export function policiesFor(stage: Stage, facts: PoliciesFacts): Record<ImageClass, ImagePolicy> {
  const [secure, standard] = IMAGE_CLASSES;
  return {
    secure: policyFor(stage, secure, facts.secure),
    standard: policyFor(stage, standard, facts.standard),
  };
}
