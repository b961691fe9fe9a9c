/** The face of this folder: registries, layouts, archives and copies of images. Other rooms import this file only. */
export { type Artifact, artifactDescriptor, type Attached, attachUnlisted, readSmallBlob } from "./artifact";
export type { Credential, CredentialSource } from "./auth/credential";
export { cachedSource } from "./cachedSource";
export { copyImage, type CopyThrottle, copyThrottle, type CopyResult } from "./copy/copyImage";
export { type CopiedReferrers, copyReferrers, type LeftOut } from "./copy/copyReferrers";
export { type ImageTree, ownBlobs, readTree, TREE_LIMITS, type TreeManifest } from "./copy/tree";
export { verifyContent, verifyCopy, verifyOrMend } from "./copy/verifyCopy";
export { credentialsFor } from "./credentials/credentialsFor";
export type { Environment } from "./credentials/environment";
export { keepPlatformLogin } from "./credentials/keepPlatformLogin";
export { toolLogin } from "./credentials/platformTool";
export { writeLogin } from "./credentials/loginFile";
export { type BoundedText, platformsOf, readDetails, type TreeDetails } from "./imageDetails";
export { IF_INCOMPLETE } from "./imageStore";
export type { ImageSource, ImageTarget, Resolved } from "./imageStore";
export {
  type ImageLabels,
  LABEL_BINDING,
  LABEL_CLASS,
  LABEL_CREATED,
  LABEL_REGISTRY_HOST,
  LABEL_REVISION,
  LABEL_SOURCE,
  LABEL_VERSION,
  readLabels,
} from "./labels";
export { LayoutStore, openLayout } from "./layout/layoutStore";
export { type Descriptor, isIndexType, type Manifest, MANIFEST_TYPES, MEDIA, readManifest } from "./manifest";
export { openSource } from "./openSource";
export { openRegistry, type RegistrySession, type SessionOptions } from "./registry/session";
export { requestedWait } from "./transport/retry";
export { readBody } from "./transport/responseBody";
export { discard, refusePlainText, TIMEOUTS, Transport } from "./transport/transport";
