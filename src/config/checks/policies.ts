import { IMAGE_CLASSES } from "../../domain/imageClass";
import type { TrustedSigner } from "../../domain/imagePolicy";
import type { PoliciesFacts } from "../../domain/policyFor";
import type { Problem } from "../problem";
import { SHARED_FILE } from "../raw";

const keyOf = (signer: TrustedSigner) =>
  "key" in signer ? signer.key.replace(/\s/g, "") : `${signer.issuer} ${signer.subject}`;

/** Where a signature is demanded somebody is trusted to give it, and each signer stands once. */
export function checkPolicies(policies: PoliciesFacts): Problem[] {
  const problems: Problem[] = [];
  for (const imageClass of IMAGE_CLASSES) {
    const { signature, signers } = policies[imageClass];
    if (signature !== true || signers.length > 0) continue;
    problems.push({
      file: SHARED_FILE,
      path: `policies.${imageClass}.signature`,
      what: "true, and nobody is trusted to sign",
      allowed: `name them in policies.${imageClass}.signers: a key, or issuer and subject`,
    });
  }
  for (const part of [...IMAGE_CLASSES, "signOffs"] as const) {
    const seen = new Set<string>();
    policies[part].signers.forEach((signer, at) => {
      const path = `policies.${part}.signers[${at}]`;
      const repeated = { file: SHARED_FILE, path, what: "stands twice", allowed: "allowed: each signer once" };
      if (seen.has(keyOf(signer))) problems.push(repeated);
      seen.add(keyOf(signer));
    });
  }
  return problems;
}
