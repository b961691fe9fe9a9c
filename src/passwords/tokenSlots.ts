import type { TokenPassword } from "@azure/arm-containerregistry";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { DAY_MS } from "../base/time";
import { type Clients, failureOf, statusOf } from "./clients";
import { isSlot, type PasswordPlace, type Slot } from "./types";

/** What ARM says of one password of a token; never the password. */
export interface SlotFact {
  slot: Slot;
  /** When Azure made it, ISO 8601. */
  created: string;
}

/** A password, fresh from ARM. It is shown once, and lives in memory until it stands in the vault. */
export interface FreshPassword extends SlotFact {
  value: string;
  expiry: string;
}

const RIGHT = "a role with Microsoft.ContainerRegistry/registries/generateCredentials/action and .../tokens/* on it";

const named = ({ token, loginServer }: PasswordPlace) => `the token "${token}" of ${loginServer}`;

/** The passwords a token has; `undefined` where there is no such token. */
export async function readSlots(clients: Clients, place: PasswordPlace): Promise<SlotFact[] | undefined> {
  const { resourceGroup, name } = clients.registry;
  try {
    const { credentials } = await clients.arm.tokens.get(resourceGroup, name, place.token);
    return (credentials?.passwords ?? []).flatMap(({ name: slot, creationTime }) =>
      isSlot(slot) ? [{ slot, created: creationTime?.toISOString() ?? "" }] : [],
    );
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw failureOf(error, `Cannot read ${named(place)}`, RIGHT);
  }
}

/**
 * Makes a new password in one slot; whatever stood there ends at once, the other slot is left alone.
 *
 * @param days from now until it ends
 * @throws DualRegistryError when ARM refuses, or answers without a password
 */
export async function generate(
  clients: Clients,
  place: PasswordPlace,
  slot: Slot,
  days: number,
): Promise<FreshPassword> {
  const { arm, registry, access } = clients;
  const tokenId = `${place.registryId}/tokens/${place.token}`;
  // Whole seconds, as vaults keep them.
  const until = new Date(Math.floor(((access.now ?? Date.now)() + days * DAY_MS) / 1000) * 1000);
  const options = defined({ updateIntervalInMs: access.pollMs });
  const wish = { tokenId, name: slot, expiry: until };
  const doing = `Cannot make ${slot} of ${named(place)}`;
  try {
    const result = await arm.registries.generateCredentials(registry.resourceGroup, registry.name, wish, options);
    const made = result.passwords?.find((one) => one.name === slot);
    if (made?.value !== undefined && made.value !== "") {
      const created = made.creationTime?.toISOString() ?? "";
      return { slot, value: made.value, created, expiry: (made.expiry ?? until).toISOString() };
    }
  } catch (error) {
    throw failureOf(error, doing, RIGHT);
  }
  const message = `${doing}: the answer holds no such password; run the update again: it makes another`;
  throw new DualRegistryError("CONTENT_INVALID", message);
}

/** Ends every password of a token; one that is gone has none. */
export async function endPasswords(clients: Clients, place: PasswordPlace): Promise<void> {
  await keep(clients, place, () => Promise.resolve([]));
}

/** Ends the password of the slot that is not this one, if there is one. */
export async function endOther(clients: Clients, place: PasswordPlace, slot: Slot): Promise<void> {
  const { resourceGroup, name } = clients.registry;
  await keep(clients, place, async () => {
    const { credentials } = await clients.arm.tokens.get(resourceGroup, name, place.token);
    return credentials?.passwords?.filter((password) => password.name === slot) ?? [];
  });
}

/** A token keeps the passwords that an update of it names. Source: Azure CLI, `acr token credential delete`. */
async function keep(clients: Clients, place: PasswordPlace, kept: () => Promise<TokenPassword[]>): Promise<void> {
  const { arm, registry, access } = clients;
  const options = defined({ updateIntervalInMs: access.pollMs });
  try {
    const credentials = { passwords: await kept() };
    await arm.tokens.update(registry.resourceGroup, registry.name, place.token, { credentials }, options);
  } catch (error) {
    if (statusOf(error) === 404) return;
    throw failureOf(error, `Cannot end the passwords of ${named(place)}`, RIGHT);
  }
}
