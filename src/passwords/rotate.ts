import type { SecretProperties } from "@azure/keyvault-secrets";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { retry } from "../base/retry";
import { type AzureAccess, type Clients, codeOf, failureOf, makeClients, statusOf } from "./clients";
import { endOther, endPasswords, type FreshPassword, generate, readSlots, type SlotFact } from "./tokenSlots";
import {
  CONTENT_TYPE,
  isSlot,
  otherSlot,
  type PasswordPlace,
  type PasswordState,
  type PasswordWish,
  type Slot,
  TAGS,
} from "./types";

const RIGHT = 'the role "Key Vault Secrets Officer" on it (a new role works after some minutes)';

const named = ({ secretName, vaultUri }: PasswordPlace) => `the secret "${secretName}" of ${vaultUri}`;

/**
 * The version that consumers get now; `undefined` where there is none. Read from the list of versions, which says
 * everything of them but their values: whoever rotates need not be able to read one.
 */
async function currentVersion(clients: Clients, place: PasswordPlace): Promise<SecretProperties | undefined> {
  const { attempts, everyMs } = clients.access.rights ?? { attempts: 1, everyMs: 0 };
  try {
    return await retry(() => latestOf(clients.secrets.listPropertiesOfSecretVersions(place.secretName)), {
      attempts,
      // The role that the same run gave works after a while.
      retryable: (error) => statusOf(error) === 403 && codeOf(error) === "ForbiddenByRbac",
      pause: () => everyMs,
    });
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw failureOf(error, `Cannot read ${named(place)}`, RIGHT);
  }
}

/** The list has no order: the version written last, by the vault's clock, which counts seconds, and by ARM's. */
async function latestOf(versions: AsyncIterable<SecretProperties>): Promise<SecretProperties | undefined> {
  const key = ({ createdOn, tags = {} }: SecretProperties) =>
    `${createdOn?.toISOString() ?? ""} ${tags[TAGS.created] ?? ""}`;
  let latest: SecretProperties | undefined;
  for await (const version of versions) {
    if (version.enabled !== false && (latest === undefined || key(version) > key(latest))) latest = version;
  }
  return latest;
}

/** Writes a password as the version that consumers get from now on; a secret that was deleted is recovered first. */
async function writePassword(
  clients: Clients,
  place: PasswordPlace,
  fresh: FreshPassword,
  { rotate, leaked }: PasswordWish,
): Promise<SecretProperties> {
  const { slot, expiry, created } = fresh;
  const tags = {
    [TAGS.token]: place.token,
    [TAGS.username]: place.token,
    [TAGS.registry]: place.loginServer,
    [TAGS.slot]: slot,
    [TAGS.expiry]: expiry,
    [TAGS.created]: created,
    [TAGS.rotated]: rotate,
    ...defined({ [TAGS.leaked]: leaked }),
  };
  const options = { contentType: CONTENT_TYPE, tags, expiresOn: new Date(expiry), enabled: true };
  const write = async () => (await clients.secrets.setSecret(place.secretName, fresh.value, options)).properties;
  try {
    return await write();
  } catch (error) {
    if (statusOf(error) !== 409) throw failureOf(error, `Cannot write ${named(place)}`, RIGHT);
  }
  try {
    const recovery = await clients.secrets.beginRecoverDeletedSecret(place.secretName, polling(clients));
    await recovery.pollUntilDone();
    return await write();
  } catch (error) {
    throw failureOf(error, `Cannot recover ${named(place)}`, RIGHT);
  }
}

/** Switches off the versions before the current one: those of its slot, whose password was overwritten, or all. */
async function retireVersions(
  clients: Clients,
  place: PasswordPlace,
  current: SecretProperties,
  which: "overwritten" | "all",
): Promise<void> {
  try {
    for await (const version of clients.secrets.listPropertiesOfSecretVersions(place.secretName)) {
      if (version.version === undefined || version.version === current.version || version.enabled === false) continue;
      const { tags = {} } = version;
      const ended = which === "all" || tags[TAGS.slot] === current.tags?.[TAGS.slot] || !isOf(place, version);
      if (ended) await clients.secrets.updateSecretProperties(place.secretName, version.version, { enabled: false });
    }
  } catch (error) {
    throw failureOf(error, `Cannot retire old versions of ${named(place)}`, RIGHT);
  }
}

/** Deletes the secret, as far as a vault lets go of one; one that is gone is what was wanted. */
async function deleteSecret(clients: Clients, place: PasswordPlace): Promise<void> {
  try {
    const deletion = await clients.secrets.beginDeleteSecret(place.secretName, polling(clients));
    await deletion.pollUntilDone();
  } catch (error) {
    if (statusOf(error) === 404) return;
    throw failureOf(error, `Cannot delete ${named(place)}`, RIGHT);
  }
}

/** Whether a version is about this token of this registry. */
function isOf(place: PasswordPlace, { tags = {} }: SecretProperties): boolean {
  return tags[TAGS.token] === place.token && tags[TAGS.registry] === place.loginServer;
}

const polling = ({ access }: Clients) => (access.pollMs === undefined ? {} : { intervalInMs: access.pollMs });

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
