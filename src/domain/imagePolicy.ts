/** Who may have signed: the holder of a key (PEM), or an identity that an issuer vouched for. Both compared whole. */
export type TrustedSigner = { key: string } | { issuer: string; subject: string };

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
