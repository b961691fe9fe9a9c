import type { ImageClass } from "../domain/imageClass";

/** A role assignment as Azure has it. */
export interface DeployedAssignment {
  /** Its name, a guid. */
  name: string;
  principalId: string;
  /** `User`, `Group`, `ServicePrincipal`; `Unknown` for one that is gone. */
  principalType?: string;
  /** Name of the role, or the id of a definition that cannot be read. */
  role: string;
  /** ARM id of what it stands on: the registry, or something above it. */
  scope: string;
  /** What narrows it. */
  condition?: string;
}

/** A token as the registry has it; never a password. */
export interface DeployedToken {
  name: string;
  enabled: boolean;
  /** Name of its scope map. */
  scopeMap?: string;
  /** What the scope map allows, sorted, such as `repositories/orders/api/content/read`. */
  actions: readonly string[];
  /** ISO 8601. */
  createdAt?: string;
  passwords: readonly { name: string; createdAt?: string; expiresAt?: string }[];
}

/** Who may do what at one registry, as it is deployed. */
export interface DeployedAccess {
  class: ImageClass;
  registryId: string;
  adminUser: boolean;
  anonymousPull: boolean;
  assignments: readonly DeployedAssignment[];
  tokens: readonly DeployedToken[];
  /** Scope maps that somebody made, by name. */
  scopeMaps: readonly string[];
}
