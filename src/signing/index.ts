/** The face of this folder: signers, verifiers and what they find. Other rooms import this file only. */
export { bundleArtifact, readBundles } from "./bundle";
export { type JudgedSignature, judgeSignatures } from "./findSignatures";
export { nameExpected, nameSigner, readTrusted } from "./identity";
export { isKeySigner, keySigner, signImage } from "./keySigner";
export { identityTokenFromEnvironment, keylessSigner } from "./keylessSigner";
export { fingerprint, readPublicKey } from "./publicKey";
export { isAbout } from "./statement";
export { COSIGN_SIGN, PREDICATE_ANNOTATION } from "./types";
export type { FoundSigner, Signer, Statement, TrustedSigner, Verifier } from "./types";
export { makeVerifier, unverifiedStatement } from "./verifier";
export { verifyImage } from "./verifyImage";
