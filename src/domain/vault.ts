import { stableGuid } from "./guid";
import { vaultName } from "./names";
import type { StageConfig } from "./stageConfig";

/** A vault's id, for error messages. */
export const VAULT_ID_FORM =
  "/subscriptions/<guid>/resourceGroups/<name>/providers/Microsoft.KeyVault/vaults/<name of 3 to 24 characters>";

const VAULT_ID =
  /^\/subscriptions\/[0-9a-fA-F-]{36}\/resourceGroups\/[-\w._()]{1,90}\/providers\/Microsoft\.KeyVault\/vaults\/([a-zA-Z0-9-]{3,24})$/;

/** The vault's name in an ARM id; undefined where the text is none. */
export const vaultOf = (id: string): string | undefined => VAULT_ID.exec(id)?.[1];

/** Azure's role that writes, recovers and deletes secrets. Source: Azure built-in roles for security. */
export const SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";

/** What a stage file says of the vault that holds its tokens' passwords. */
export type VaultFacts =
  | {
      mode: "create";
      name?: string | undefined;
      /** Whether the vault answers on its public endpoint. */
      publicAccess: boolean;
      /** IPv4 ranges that alone may reach it. */
      allowedIps: readonly string[];
      /** Object ids of who deploys. */
      writers: readonly string[];
    }
  | { mode: "reference"; id: string; uri?: string | undefined; writers: readonly string[] };

/** Somebody who may write the vault's secrets. */
export interface VaultWriter {
  /** Object id; absent for whoever makes the vault. */
  principalId?: string;
  /** Name of the role assignment: a guid that stands for vault and principal. */
  assignment: string;
}

/** The vault of a stage, decided. */
export type VaultPlan = { vaultName: string; writers: readonly VaultWriter[] } & (
  | { mode: "create"; publicAccess: boolean; allowedIps: readonly string[] }
  | { mode: "reference"; id: string; uri: string }
);

const DEFAULT: VaultFacts = { mode: "create", publicAccess: true, allowedIps: [], writers: [] };

/**
 * A vault of the stage's own, or one that exists. Of one that is made, who makes it may write the secrets, unless others
 * are named: Azure gives that right to nobody by itself. Of one that exists, its owner gives it.
 */
export function planVault({
  vault = DEFAULT,
  product,
  stage,
}: Pick<StageConfig, "vault" | "product" | "stage">): VaultPlan {
  const name = vault.mode === "reference" ? (vaultOf(vault.id) ?? "") : (vault.name ?? vaultName(product.name, stage));
  const assignment = (who: string) =>
    stableGuid("assignment", name.toLowerCase(), "secrets-officer", who.toLowerCase());
  const named = [...vault.writers].sort().map((principalId) => ({ principalId, assignment: assignment(principalId) }));
  if (vault.mode === "reference") {
    const uri = vault.uri ?? `https://${name.toLowerCase()}.vault.azure.net/`;
    return { mode: "reference", vaultName: name, id: vault.id, uri, writers: named };
  }
  const writers = named.length > 0 ? named : [{ assignment: assignment("deployer") }];
  const { publicAccess, allowedIps } = vault;
  return { mode: "create", vaultName: name, publicAccess, allowedIps: [...allowedIps].sort(), writers };
}
