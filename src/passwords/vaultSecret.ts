import type { SecretProperties } from "@azure/keyvault-secrets";
import { defined } from "../base/defined";
import { retry } from "../base/retry";
import { type Clients, codeOf, failureOf, statusOf } from "./clients";
import type { FreshPassword } from "./tokenSlots";
import { CONTENT_TYPE, type PasswordPlace, type PasswordWish, TAGS } from "./types";

const RIGHT = 'the role "Key Vault Secrets Officer" on it (a new role works after some minutes)';

const named = ({ secretName, vaultUri }: PasswordPlace) => `the secret "${secretName}" of ${vaultUri}`;

/**
 * The version that consumers get now; `undefined` where there is none. Read from the list of versions, which says
 * everything of them but their values: whoever rotates need not be able to read one.
 */
export async function currentVersion(clients: Clients, place: PasswordPlace): Promise<SecretProperties | undefined> {
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
export async function writePassword(
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
export async function retireVersions(
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
export async function deleteSecret(clients: Clients, place: PasswordPlace): Promise<void> {
  try {
    const deletion = await clients.secrets.beginDeleteSecret(place.secretName, polling(clients));
    await deletion.pollUntilDone();
  } catch (error) {
    if (statusOf(error) === 404) return;
    throw failureOf(error, `Cannot delete ${named(place)}`, RIGHT);
  }
}

/** Whether a version is about this token of this registry. */
export function isOf(place: PasswordPlace, { tags = {} }: SecretProperties): boolean {
  return tags[TAGS.token] === place.token && tags[TAGS.registry] === place.loginServer;
}

const polling = ({ access }: Clients) => (access.pollMs === undefined ? {} : { intervalInMs: access.pollMs });
