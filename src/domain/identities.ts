import type { AccessPurpose } from "./access";
import type { CredentialPlan } from "./federation";
import type { ImageClass } from "./imageClass";
import type { RoleKey } from "./roles";

/** What a role is given on. `before`: the registry of the same class in the stage before. */
export type GrantScope =
  | { at: "registry" | "before"; class: ImageClass }
  | { at: "resource-group" }
  | { at: "workspace" }
  | { at: "vault" }
  /** One secret of the vault, with the password of a token of that class. */
  | { at: "secret"; class: ImageClass; name: string };

/** One role on one thing. */
export interface GrantPlan {
  role: RoleKey;
  on: GrantScope;
  /** Name of the role assignment: a guid that stands for identity, role and place. */
  name: string;
}

/** A right that is not yet bound to an identity. */
export type Right = Omit<GrantPlan, "name">;

/** One user-assigned identity, whole: who can be it and what it may do. */
export interface IdentityPlan {
  name: string;
  purpose: AccessPurpose;
  /** For what reaches the registry of one class alone. */
  class?: ImageClass;
  /** In the order in which they are made, one after the other. */
  credentials: readonly CredentialPlan[];
  grants: readonly GrantPlan[];
}

/** A role definition of a stage's own. */
export interface RolePlan {
  key: RoleKey;
  /** A guid that stands for stage and role. */
  guid: string;
  /** Unique in the tenant. */
  roleName: string;
  description: string;
  actions: readonly string[];
  dataActions: readonly string[];
}

/** The identities of a stage and the roles they need; both empty where the stage holds no registry. */
export interface IdentitiesPlan {
  identities: readonly IdentityPlan[];
  roles: readonly RolePlan[];
}

/** The facts of the product's workflows: file names within `.github/workflows`. */
export interface IdentityFacts {
  /** Whether identities are made at all. */
  enabled: boolean;
  publishWorkflow: string;
  promoteWorkflow: string;
  lockWorkflow: string;
  sweepWorkflow: string;
  reviewWorkflow: string;
  rotateWorkflow: string;
  previewWorkflow: string;
  /** Looks for drift, by the identity that previews. */
  driftWorkflow: string;
  /** The ref that callers take these workflows from. */
  ref: string;
  /** GitHub's numbers, where the repository's subjects carry them. */
  ids?: { owner: number; repository: number } | undefined;
}

/** What holds where Pulumi.yaml says nothing. */
export const DEFAULT_IDENTITIES: IdentityFacts = {
  enabled: true,
  publishWorkflow: "build-publish.yml",
  promoteWorkflow: "promote.yml",
  lockWorkflow: "lock.yml",
  sweepWorkflow: "sweep.yml",
  reviewWorkflow: "access-review.yml",
  rotateWorkflow: "rotate-tokens.yml",
  previewWorkflow: "preview-stage.yml",
  driftWorkflow: "drift.yml",
  ref: "refs/heads/main",
};
