import type { CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult } from "@pulumi/pulumi/dynamic";
import { defined } from "../base/defined";
import type { AzureAccess } from "./clients";
import { lookAtPassword, revokePassword, rotatePassword } from "./rotate";
import { isSlot, type PasswordPlace, type PasswordState, type PasswordWish } from "./types";

/** What a program says of one token's password. */
export interface TokenPasswordInputs extends PasswordPlace, PasswordWish {}

/** What the state knows of it: what was said, and what may be known; a slot that has ended is empty. */
export type TokenPasswordOutputs = TokenPasswordInputs & Omit<PasswordState, "slot"> & { slot: string };

/** What stands for a value that a preview does not know yet. Source: Pulumi SDK, runtime/rpc. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A role given by the same run works after up to some minutes. Source: Azure RBAC, "Role assignment limits and delays". */
const RIGHTS = { attempts: 31, everyMs: 10_000 };

/**
 * What the engine does with a token's password. A preview asks `diff` alone, which asks nobody.
 * Nothing it returns or throws holds a password.
 */
export class TokenPasswordProvider implements ResourceProvider<TokenPasswordInputs, TokenPasswordOutputs> {
  private readonly access: AzureAccess;

  /** @param access for tests; by default the process's own identity in the registry's cloud */
  constructor(access: AzureAccess = {}) {
    this.access = { rights: RIGHTS, ...access };
  }

  /** Another token is another password; another date, or another vault, is a rotation; days count from the next one on. */
  diff(_id: string, olds: TokenPasswordOutputs, news: TokenPasswordInputs): Promise<DiffResult> {
    const differ = (key: keyof TokenPasswordInputs) => news[key] !== UNKNOWN && news[key] !== olds[key];
    const replaces = (["registryId", "token"] as const).filter(differ);
    const changes = replaces.length > 0 || needsRotation(olds, news) || differ("days");
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: false });
  }

  async create(inputs: TokenPasswordInputs): Promise<CreateResult<TokenPasswordOutputs>> {
    const how = { leaked: isLater(inputs.leaked, undefined) };
    const state = await rotatePassword(placeOf(inputs), wishOf(inputs), how, this.access);
    return { id: `${inputs.loginServer}/${inputs.token}`, outs: { ...said(inputs), ...state } };
  }

  async update(
    _id: string,
    olds: TokenPasswordOutputs,
    news: TokenPasswordInputs,
  ): Promise<UpdateResult<TokenPasswordOutputs>> {
    // Moved or made anew, it keeps the dates it was last made for, where the stage file names older ones.
    const leaked = isLater(news.leaked, olds.leaked) ? news.leaked : olds.leaked;
    const rotate = isLater(news.rotate, olds.rotated) ? news.rotate : olds.rotated;
    const wished = said({ ...news, leaked });
    if (!needsRotation(olds, news)) return { outs: { ...wished, ...stateOf(olds) } };
    const how = { past: isSlot(olds.slot) ? olds.slot : undefined, leaked: isLater(news.leaked, olds.leaked) };
    const state = await rotatePassword(placeOf(news), { ...wishOf(wished), rotate }, how, this.access);
    return { outs: { ...wished, ...state } };
  }

  /** Whether the token still has the password; asks ARM alone, so an identity without rights on the vault may refresh. */
  async read(id: string, outputs?: TokenPasswordOutputs): Promise<ReadResult<TokenPasswordOutputs>> {
    const slot = outputs?.slot;
    if (outputs === undefined || !isSlot(slot)) return { id, ...defined({ props: outputs }) };
    const found = await lookAtPassword(placeOf(outputs), { slot }, this.access);
    if (found === "gone") return {};
    return { id, props: { ...outputs, slot: found === "valid" ? slot : "" } };
  }

  async delete(_id: string, outputs: TokenPasswordOutputs): Promise<void> {
    await revokePassword(placeOf(outputs), this.access);
  }
}

/**
 * Whether a password is to be made: for a date after the last one, for one that leaked, for another place to keep it, or
 * for one that ended.
 * An older date asks for nothing: an earlier commit that is deployed again must not end a password in use.
 */
function needsRotation(olds: TokenPasswordOutputs, news: TokenPasswordInputs): boolean {
  const moved = (["vaultUri", "secretName"] as const).some((key) => news[key] !== UNKNOWN && news[key] !== olds[key]);
  return moved || isLater(news.rotate, olds.rotated) || isLater(news.leaked, olds.leaked) || !isSlot(olds.slot);
}

/** Whether one date, `YYYY-MM-DD` or none, comes after another. */
const isLater = (date: string | undefined, than: string | undefined) => (date ?? "") > (than ?? "");

function placeOf({ registryId, loginServer, token, vaultUri, secretName }: PasswordPlace): PasswordPlace {
  return { registryId, loginServer, token, vaultUri, secretName };
}

function wishOf({ days, rotate, leaked }: PasswordWish): PasswordWish {
  return { days, rotate, ...defined({ leaked }) };
}

function said(inputs: TokenPasswordInputs): TokenPasswordInputs {
  return { ...placeOf(inputs), ...wishOf(inputs) };
}

function stateOf({ slot, expiry, secretVersion, secretUri, rotated }: TokenPasswordOutputs) {
  return { slot, expiry, secretVersion, secretUri, rotated };
}
