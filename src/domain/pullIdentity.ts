import { serviceAccountSubject } from "./federation";
import type { IdentityDraft } from "./identityDrafts";
import type { ImageClass } from "./imageClass";
import { credentialName, identityName } from "./names";
import { stableGuid } from "./guid";
import type { Stage } from "./stage";

/** A service account whose pods pull. */
export interface PullingAccount {
  /** The cluster's own issuer, as `az aks show --query oidcIssuerProfile.issuerUrl` says it. */
  issuer: string;
  namespace: string;
  serviceAccount: string;
}

/**
 * The identity by which a consumer's pods pull without a password. It reads all of each registry: a registry in its own
 * permission mode has no narrower right for an identity, so a consumer of few repositories is better served by a token.
 *
 * @param classes registries that the stage holds and the consumer reads
 * @param accounts at most {@link MAX_CREDENTIALS}; checked with the configuration
 */
export function pullIdentity(facts: {
  product: string;
  stage: Stage;
  consumer: string;
  classes: readonly ImageClass[];
  accounts: readonly PullingAccount[];
}): IdentityDraft {
  const { product, stage, consumer, classes, accounts } = facts;
  return {
    name: identityName(product, stage, "pull", consumer),
    purpose: "pull",
    credentials: accounts.map(({ issuer, namespace, serviceAccount }) => ({
      // Two clusters may have a namespace and an account of the same name.
      name: credentialName(`${namespace}-${serviceAccount}-${stableGuid(issuer).slice(0, 8)}`),
      issuer,
      subject: serviceAccountSubject(namespace, serviceAccount),
    })),
    rights: classes.map((imageClass) => ({ role: "AcrPull", on: { at: "registry", class: imageClass } })),
  };
}
