import type { ImageClass } from "./imageClass";
import { passwordSecretName } from "./names";
import type { TokenPlan } from "./plan";
import type { StageConfig } from "./stageConfig";
import { planVault, type VaultPlan } from "./vault";

/** What a stage file says of its tokens' passwords. */
export type PasswordFacts =
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

type Input = Pick<StageConfig, "stage" | "product" | "passwords" | "vault" | "tokenCeilingDays">;

/**
 * Plans the passwords of all tokens; nothing where they are switched off, or there is no token.
 * Without a date the passwords are made once and end by themselves, which the plan warns of.
 */
export function planPasswords(config: Input, tokens: readonly TokenPlan[]): PasswordsPlan | undefined {
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
      ...(day === undefined ? {} : { leaked: day }),
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
