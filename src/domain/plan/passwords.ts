import { type ArmKind, parseArmId } from "../../base/azure/armId";
import { defined } from "../../base/defined";
import { stableGuid } from "../../base/guid";
import type { ImageClass } from "../image/imageClass";
import type { Stage } from "../stage";
import { passwordSecretName, vaultName } from "./names";
import type { TokenPlan } from "./tokens";

/** What a stage file says of its tokens' passwords. */
export type PasswordsConfig =
  | "off"
  | {
      /** `YYYY-MM-DD`. */
      rotate?: string | undefined;
      /** By consumer: the day, `YYYY-MM-DD`, for which its passwords are made anew and those before end at once. */
      leaked?: Readonly<Record<string, string>> | undefined;
    };

/** Where one token's password is kept, and how long it lives. */
export interface SecretPlan {
  token: string;
  consumer: string;
  registry: ImageClass;
  /** Name of the secret in the vault. */
  secretName: string;
  /** Days a password lives; never over the ceiling of its class. */
  days: number;
  /** `YYYY-MM-DD` of its last leak; absent where there was none. */
  leaked?: string;
}

/** The passwords of a stage's tokens. */
export interface PasswordsPlan {
  vault: VaultPlan;
  /** `YYYY-MM-DD`: a later one than the last is a rotation; absent where none was named yet. */
  rotate?: string;
  /** One for each token, in their order. */
  secrets: readonly SecretPlan[];
  /** What somebody has to do about it. */
  warning?: string;
}

/** What the passwords of a stage are planned from. */
export interface PasswordInput {
  stage: Stage;
  product: { name: string };
  /** On, and made once, where not given. */
  passwords?: PasswordsConfig | undefined;
  /** A vault of the stage's own where not given. */
  vault?: VaultConfig | undefined;
  /** Most days a token password may live, by class. */
  tokenCeilingDays: Readonly<Record<ImageClass, number>>;
}

/**
 * Plans the passwords of all tokens; nothing where they are switched off, or there is no token.
 * Without a date the passwords are made once and end by themselves, which the plan warns of.
 */
export function planPasswords(config: PasswordInput, tokens: readonly TokenPlan[]): PasswordsPlan | undefined {
  const { stage, product, passwords = {}, tokenCeilingDays } = config;
  if (passwords === "off" || tokens.length === 0) return undefined;
  const { rotate } = passwords;
  const leaked = new Map(Object.entries(passwords.leaked ?? {}));
  const secrets = tokens.map(({ name, consumer, registry, expiresAfterDays }): SecretPlan => {
    const day = leaked.get(consumer);
    return {
      token: name,
      consumer,
      registry,
      secretName: passwordSecretName(product.name, stage, name, registry),
      days: Math.min(expiresAfterDays, tokenCeilingDays[registry]),
      ...defined({ leaked: day }),
    };
  });
  const first = Math.min(...secrets.map(({ days }) => days));
  return {
    vault: planVault(config),
    secrets,
    ...(rotate === undefined ? { warning: noDate(stage, first) } : { rotate }),
  };
}

const noDate = (stage: string, days: number): string =>
  `No rotation of the tokens' passwords has a date: the first ends ${days} days after it was made; before that, set ` +
  `passwords.rotate in Pulumi.${stage}.yaml to the day's date and run pulumi up, then again for each rotation`;

/** Microsoft.KeyVault/vaults: a letter first, a letter or digit last, no two hyphens together. */
export const VAULT_ARM_KIND: ArmKind = {
  type: "Microsoft.KeyVault/vaults",
  name: /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
  nameForm: "a vault's name, 3 to 24 letters, digits and single hyphens, a letter first and no hyphen last",
};

/** The vault's name in an ARM id; undefined where the text is none. */
const vaultOf = (id: string): string | undefined => parseArmId(id, VAULT_ARM_KIND)?.name;

/** Azure's role that writes, recovers and deletes secrets. Source: Azure built-in roles for security. */
export const SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";

/** What a stage file says of the vault that holds its tokens' passwords. */
export type VaultConfig =
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
type VaultPlan = { vaultName: string; writers: readonly VaultWriter[] } & (
  | { mode: "create"; publicAccess: boolean; allowedIps: readonly string[] }
  | { mode: "reference"; id: string; uri: string }
);

const DEFAULT: VaultConfig = { mode: "create", publicAccess: true, allowedIps: [], writers: [] };

/**
 * A vault of the stage's own, or one that exists. Of one that is made, who makes it may write the secrets, unless others
 * are named: Azure gives that right to nobody by itself. Of one that exists, its owner gives it.
 */
function planVault({
  vault = DEFAULT,
  product,
  stage,
}: Omit<PasswordInput, "passwords" | "tokenCeilingDays">): VaultPlan {
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
  // Key Vault answers a single address with its prefix, and a refresh would see another text for ever.
  const ranges = allowedIps.map((range) => (range.includes("/") ? range : `${range}/32`));
  return { mode: "create", vaultName: name, publicAccess, allowedIps: ranges.sort(), writers };
}
