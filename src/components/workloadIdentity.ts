import type { Input, Resource } from "@pulumi/pulumi";
import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { ENTRA_AUDIENCE, type CredentialPlan } from "../domain/federation";

/** Where identities are made, and what they hang on. */
export interface IdentityPlace {
  resourceGroupName: Input<string>;
  location: Input<string>;
  tags?: Input<Record<string, Input<string>>>;
  parent: Resource;
  dependsOn: Resource[];
}

/**
 * Makes the credentials of one identity, each after the one before: Azure answers 409 to two at once.
 * Names are plain text, since they are part of resource names.
 */
function makeCredentials(
  name: string,
  credentials: readonly CredentialPlan[],
  identity: { name: string; resource: Resource },
  place: IdentityPlace,
): void {
  let former: Resource[] = [];
  for (const credential of credentials) {
    const made = new FederatedIdentityCredential(
      `${name}-login-${credential.name}`,
      {
        resourceName: identity.name,
        resourceGroupName: place.resourceGroupName,
        federatedIdentityCredentialResourceName: credential.name,
        issuer: credential.issuer,
        subject: credential.subject,
        audiences: [ENTRA_AUDIENCE],
      },
      { parent: place.parent, replaceWith: [identity.resource], dependsOn: former },
    );
    former = [made];
  }
}

/** Makes one user-assigned identity without any secret, and the ways to log in as it. */
export function makeIdentity(
  name: string,
  plan: { name: string; credentials: readonly CredentialPlan[] },
  place: IdentityPlace,
): UserAssignedIdentity {
  const { resourceGroupName, location, tags, parent, dependsOn } = place;
  const own = `${name}-${plan.name}`;
  const resource = new UserAssignedIdentity(
    own,
    { resourceName: plan.name, resourceGroupName, location, ...(tags === undefined ? {} : { tags }) },
    { parent, dependsOn },
  );
  makeCredentials(own, plan.credentials, { name: plan.name, resource }, place);
  return resource;
}
