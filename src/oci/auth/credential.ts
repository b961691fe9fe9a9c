/** What a registry is logged in to with, and where it was found, which is all that messages may say of it. */
export type Credential =
  | { kind: "basic"; username: string; password: string; from: string }
  /** A token that is exchanged at the realm's own address (Docker's "identity token"). */
  | { kind: "identity-token"; token: string; from: string }
  | { kind: "anonymous"; from: string };

/**
 * Finds the credential for a registry.
 *
 * @param host with its port, compared whole: never a part of it, never a parent domain
 * @param repository path of the repository that is asked about; absent for what is of no repository
 */
export type CredentialSource = (host: string, repository?: string) => Promise<Credential>;
