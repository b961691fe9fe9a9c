import {
  ComponentResource,
  type ComponentResourceOptions,
  CustomResource,
  type CustomResourceOptions,
  type Input,
  log,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { PACKAGE } from "../options";
import { TokenVault, type TokenVaultArgs } from "./tokenVault";

/** One token and where its password is kept. */
export interface PasswordArgs {
  /** Class of the registry and name of the token. Plain text, since it is part of the resource name. */
  name: string;
  /** Name of the token. A change makes a new password and ends the old one. */
  token: string;
  /** Name of the secret in the vault. A change is a rotation. */
  secretName: string;
  /** Days a password lives, from the next rotation on. */
  days: Input<number>;
  /**
   * `YYYY-MM-DD` of the password's last leak. A later date than before is a rotation that ends the old password at once.
   *
   * @default never
   */
  leaked?: Input<string>;
  /** ARM id of the registry. A change makes a new password and ends the old one. */
  registryId: Input<string>;
  /** The host clients log in at. */
  loginServer: Input<string>;
  /**
   * The token itself. The password is made after it, and replaced with it.
   *
   * @default none: the token is made elsewhere
   */
  resource?: Resource;
}

/** The passwords of a stage's tokens and the vault they are kept in. */
export interface TokenPasswordsArgs {
  /** The vault that keeps them. */
  vault: TokenVaultArgs;
  /** One for each token. */
  passwords: readonly PasswordArgs[];
  /**
   * `YYYY-MM-DD`. A later date than before is a rotation of every password.
   *
   * @default none: each password is made once
   */
  rotate?: Input<string>;
  /**
   * A warning for the operator who runs the program.
   *
   * @default none
   */
  warning?: string;
}

/**
 * A vault, and in it one secret for each token of a stage, with the password that is valid now.
 *
 * @example
 * new TokenPasswords("orders-passwords", {
 *   vault: { vaultName: "kv-orders-qa", resourceGroupName: "rg-orders-qa", location: "westeurope" },
 *   passwords: [
 *     { name: "secure-shop-pull", token: "shop-pull", secretName: "shop-pull-qa", days: 90, registryId, loginServer },
 *   ],
 *   rotate: "2026-01-31",
 * });
 */
export class TokenPasswords extends ComponentResource {
  /** ARM id of the vault. */
  readonly vaultId: Output<string>;
  /** The vault's address. */
  readonly vaultUri: Output<string>;
  /** By the password's name: when it ends, ISO 8601. */
  readonly expiries: Readonly<Record<string, Output<string>>>;
  /** By the password's name: what has to be there before it can be read. */
  readonly resources: Readonly<Record<string, Resource>>;

  constructor(name: string, args: TokenPasswordsArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:TokenPasswords`, name, undefined, options);
    const { dependsOn } = options ?? {};
    const vault = new TokenVault(`${name}-vault`, args.vault, {
      parent: this,
      ...defined({ dependsOn }),
    });
    this.vaultId = vault.vaultId;
    this.vaultUri = vault.vaultUri;
    const passwords = args.passwords.map((one) => [one.name, this.makePassword(name, one, vault, args)] as const);
    this.resources = Object.fromEntries(passwords);
    this.expiries = Object.fromEntries(passwords.map(([key, { expiry }]) => [key, expiry]));
    if (args.warning !== undefined) void log.warn(args.warning, this);
    this.registerOutputs({ vaultId: this.vaultId, vaultUri: this.vaultUri });
  }

  private makePassword(
    name: string,
    one: PasswordArgs,
    vault: TokenVault,
    { rotate }: TokenPasswordsArgs,
  ): TokenPassword {
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
        ...defined({ rotate, leaked }),
      },
      {
        parent: this,
        dependsOn: [...vault.ready, ...(resource === undefined ? [] : [resource])],
        ...(resource === undefined ? {} : { replaceWith: [resource] }),
      },
    );
  }
}

/** Where the password of a token is kept, and until when it lives. None of it is secret. */
export interface TokenPasswordArgs {
  /** ARM id of the registry. A change makes a new password and ends the old one. */
  registryId: Input<string>;
  /** The host clients log in at. */
  loginServer: Input<string>;
  /** Name of the token. A change makes a new password and ends the old one. */
  token: Input<string>;
  /** Such as `https://kv-orders-qa.vault.azure.net/`. A change is a rotation: the old vault's secret lapses. */
  vaultUri: Input<string>;
  /** Name of the secret in the vault. A change is a rotation. */
  secretName: Input<string>;
  /** Days a password lives, from the next rotation on. */
  days: Input<number>;
  /**
   * `YYYY-MM-DD`. A later date than before is a rotation.
   *
   * @default none
   */
  rotate?: Input<string>;
  /**
   * `YYYY-MM-DD`. A later date than before makes a new password and ends the old one at once.
   *
   * @default never
   */
  leaked?: Input<string>;
}

/**
 * The code the engine keeps in the state and runs in its process for dynamic resources. It loads the provider from the
 * project's folder, where that process runs. It is written by hand, since the SDK's serialisation of closures costs a
 * second at each start, breaks on code that a transpiler touched, and changes with every edit.
 */
export const PROVIDER = `exports.handler = () => {
  const { existsSync } = require("node:fs");
  const entry = require("node:path").resolve(process.cwd(), "src/passwords/entry.cjs");
  if (existsSync(entry)) return require(entry);
  throw new Error("Cannot find " + entry + ": run pulumi in the folder of Pulumi.yaml, with its packages installed");
};
`;

/** Outputs that come from Azure; named, so that the engine's answer is known to have them. */
const ANSWERED = {
  slot: undefined,
  expiry: undefined,
  secretVersion: undefined,
  secretUri: undefined,
  rotated: undefined,
};

/**
 * The password of an ACR token: made by ARM, written straight to Key Vault, rotated by date, ended on delete.
 * The password itself is in the memory of one process only, and in no state, output, log, error or preview; a preview
 * makes none. See src/passwords/rotate.ts for what a rotation does.
 *
 * @example
 * new TokenPassword("shop", { registryId, loginServer, token: "shop-pull", vaultUri, secretName: "shop-qa", days: 90 });
 */
export class TokenPassword extends CustomResource {
  /** When the password ends, ISO 8601 in UTC. */
  declare readonly expiry: Output<string>;
  /** `password1` or `password2`. */
  declare readonly slot: Output<string>;
  /** Version of the secret that holds it. */
  declare readonly secretVersion: Output<string>;
  /** Address of that version. */
  declare readonly secretUri: Output<string>;

  constructor(name: string, args: TokenPasswordArgs, options?: CustomResourceOptions) {
    const { registryId, loginServer, token, vaultUri, secretName, days, rotate = "", leaked } = args;
    const dates = { rotate, ...defined({ leaked }) };
    const inputs = { registryId, loginServer, token, vaultUri, secretName, days, ...dates };
    super(
      "pulumi-nodejs:dynamic/dualregistry:TokenPassword",
      name,
      { ...ANSWERED, ...inputs, __provider: PROVIDER },
      options,
    );
  }
}
