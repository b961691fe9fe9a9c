import type { SecretProperties } from "@azure/keyvault-secrets";
import { DualRegistryError } from "../base/errors";
import { type AzureAccess, makeClients } from "./clients";
import { endOther, endPasswords, generate, readSlots, type SlotFact } from "./tokenSlots";
import { isSlot, otherSlot, type PasswordPlace, type PasswordState, type PasswordWish, type Slot, TAGS } from "./types";
import { currentVersion, deleteSecret, isOf, retireVersions, writePassword } from "./vaultSecret";

/**
 * Gives a token the password that is wanted, and puts it into the vault; the password goes nowhere else.
 *
 * The other slot is filled, so the password consumers have stays valid until the rotation after this one. The vault
 * says how far an earlier run came: a rotation that stopped before its secret was written fills the same slot again, and
 * one that stopped after it is found done. So it may be run again from anywhere, as often as need be.
 *
 * @param how.past the slot in use, where the vault cannot tell: its secret stands elsewhere from now on
 * @param how.leaked ends the password before as well, once the new one stands in the vault; default false
 * @throws DualRegistryError REGISTRY_AUTH, REGISTRY_REFUSED, REGISTRY_UNAVAILABLE or NOT_FOUND; none holds a password
 */
export async function rotatePassword(
  place: PasswordPlace,
  wish: PasswordWish,
  how: { past?: Slot | undefined; leaked?: boolean } = {},
  access?: AzureAccess,
): Promise<PasswordState> {
  const clients = makeClients(place, access);
  const finish = async (current: SecretProperties, slot: Slot): Promise<PasswordState> => {
    if (how.leaked === true) await endOther(clients, place, slot);
    await retireVersions(clients, place, current, how.leaked === true ? "all" : "overwritten");
    return stateOf(current, slot);
  };
  // The vault is asked first: an identity that may not write there must not end a password either.
  const found = await currentVersion(clients, place);
  const current = found !== undefined && isOf(place, found) ? found : undefined;
  const slots = await readSlots(clients, place);
  if (slots === undefined) {
    const message = `Cannot make a password: ${place.loginServer} has no token "${place.token}"; run pulumi refresh`;
    throw new DualRegistryError("NOT_FOUND", message);
  }
  const inUse = current === undefined ? undefined : slotInUse(current, slots);
  if (current !== undefined && inUse !== undefined && isMadeFor(current, wish)) return finish(current, inUse);
  const used = inUse ?? how.past;
  const slot = used === undefined ? "password1" : otherSlot(used);
  const fresh = await generate(clients, place, slot, wish.days);
  return finish(await writePassword(clients, place, fresh, wish), slot);
}

/**
 * Ends every password of a token and deletes its secret; safe to run again. A secret that belongs to another token by
 * now, such as that of the registry which replaced this one, is left alone.
 */
export async function revokePassword(place: PasswordPlace, access?: AzureAccess): Promise<void> {
  const clients = makeClients(place, access);
  await endPasswords(clients, place);
  const found = await currentVersion(clients, place);
  if (found !== undefined && isOf(place, found)) await deleteSecret(clients, place);
}

/** Whether the password that a state speaks of is still the token's; `gone` where there is no such token. */
export async function lookAtPassword(
  place: PasswordPlace,
  state: Pick<PasswordState, "slot">,
  access?: AzureAccess,
): Promise<"valid" | "ended" | "gone"> {
  const slots = await readSlots(makeClients(place, access), place);
  if (slots === undefined) return "gone";
  return slots.some(({ slot }) => slot === state.slot) ? "valid" : "ended";
}

/** The slot whose password a version holds, if the token still has that very password. */
function slotInUse({ tags = {} }: SecretProperties, slots: readonly SlotFact[]): Slot | undefined {
  const slot = tags[TAGS.slot];
  if (!isSlot(slot)) return undefined;
  return slots.some((one) => one.slot === slot && one.created === tags[TAGS.created]) ? slot : undefined;
}

function isMadeFor({ tags = {} }: SecretProperties, { rotate, leaked = "" }: PasswordWish): boolean {
  return tags[TAGS.rotated] === rotate && (tags[TAGS.leaked] ?? "") === leaked;
}

function stateOf({ tags = {}, version = "", id = "" }: SecretProperties, slot: Slot): PasswordState {
  return {
    slot,
    expiry: tags[TAGS.expiry] ?? "",
    secretVersion: version,
    secretUri: id,
    rotated: tags[TAGS.rotated] ?? "",
  };
}
