import {
  ComponentResource,
  log,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { PACKAGE } from "./names";
import { TokenPassword } from "./tokenPassword";
import { TokenVault, type TokenVaultArgs } from "./tokenVault";

/** One token and where its password is kept. */
export interface PasswordArgs {
  /** Part of the resource name: the token's and its registry's class. */
  name: string;
  /** Name of the token. */
  token: string;
  secretName: string;
  /** Days a password lives. */
  days: Input<number>;
  /** `YYYY-MM-DD` of the last leak of it. Default none. */
  leaked?: Input<string>;
  registryId: Input<string>;
  loginServer: Input<string>;
  /** The token itself: it is there before its password, and is replaced with it. */
  resource?: Resource;
}

/** The passwords of a stage's tokens and the vault they are kept in. */
export interface TokenPasswordsArgs {
  vault: TokenVaultArgs;
  passwords: readonly PasswordArgs[];
  /** `YYYY-MM-DD`; a later date than the last is a rotation. Default none. */
  rotate?: Input<string>;
  /** Told whoever runs the program. */
  warning?: string;
}

/**
 * A vault, and in it one secret for each token of a stage with the password that is valid now.
 *
 * @example new TokenPasswords("orders-passwords", { vault: { vaultName: "kv-orders-qa", ... }, passwords: [...] })
 */
export class TokenPasswords extends ComponentResource {
  /** ARM id of the vault. */
  readonly vaultId: Output<string>;
  /** The vault's address. */
  readonly vaultUri: Output<string>;
  /** By the password's name: when it ends, ISO 8601. */
  readonly expiries: Readonly<Record<string, Output<string>>>;
  /** By the password's name: what has to be there before it can be read. */
  readonly made: Readonly<Record<string, Resource>>;

  constructor(name: string, args: TokenPasswordsArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:TokenPasswords`, name, undefined, options);
    const { dependsOn } = options ?? {};
    const vault = new TokenVault(`${name}-vault`, args.vault, {
      parent: this,
      ...(dependsOn === undefined ? {} : { dependsOn }),
    });
    this.vaultId = vault.vaultId;
    this.vaultUri = vault.vaultUri;
    const made = args.passwords.map((one) => [one.name, this.make(name, one, vault, args)] as const);
    this.made = Object.fromEntries(made);
    this.expiries = Object.fromEntries(made.map(([key, { expiry }]) => [key, expiry]));
    if (args.warning !== undefined) void log.warn(args.warning, this);
    this.registerOutputs({ vaultId: this.vaultId, vaultUri: this.vaultUri });
  }

  private make(name: string, one: PasswordArgs, vault: TokenVault, { rotate }: TokenPasswordsArgs): TokenPassword {
    const { token, secretName, days, registryId, loginServer, resource, leaked } = one;
    return new TokenPassword(
      `${name}-${one.name}`,
      {
        registryId,
        loginServer,
        token,
        vaultUri: vault.vaultUri,
        secretName,
        days,
        ...(rotate === undefined ? {} : { rotate }),
        ...(leaked === undefined ? {} : { leaked }),
      },
      {
        parent: this,
        dependsOn: [...vault.ready, ...(resource === undefined ? [] : [resource])],
        ...(resource === undefined ? {} : { replaceWith: [resource] }),
      },
    );
  }
}
