import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { type AzureAccount, azureFailure, clientOptions } from "./account";
import { readWholeList } from "./registries";

/** Secrets of one vault, as texts by their names. */
interface VaultSecrets {
  /** Names of the enabled secrets of a content type. */
  names: (contentType: string) => Promise<string[]>;
  /** The value of the newest version; undefined where there is no such secret, or it is deleted or disabled. */
  read: (name: string) => Promise<string | undefined>;
  /** Writes a version, which is the one that is read from now on. */
  write: (name: string, value: string, about: { contentType: string; expires: Date }) => Promise<void>;
}

const READER = "Key Vault Secrets User on the vault";
const WRITER = "Key Vault Secrets Officer on the vault";

const statusOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, "statusCode") : undefined);

/** A client of a vault's secrets. Heavy: the SDK is loaded now. What fails is a DualRegistryError without any value. */
export function vaultSecrets(account: AzureAccount, vaultUri: string): VaultSecrets {
  const { SecretClient } = loadPackage("@azure/keyvault-secrets");
  const client = new SecretClient(vaultUri, account.credential, clientOptions(account));
  return {
    names: async (contentType) => {
      const all = await readWholeList(client.listPropertiesOfSecrets(), `Secrets of ${vaultUri}`, READER);
      return all.flatMap((secret) =>
        secret.contentType === contentType && secret.enabled !== false ? [secret.name] : [],
      );
    },
    read: async (name) => {
      try {
        return (await client.getSecret(name)).value;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw azureFailure(error, `Secret ${name} of ${vaultUri}`, READER);
      }
    },
    write: async (name, value, { contentType, expires }) => {
      try {
        await client.setSecret(name, value, { contentType, expiresOn: expires });
      } catch (error) {
        const failure = azureFailure(error, `Secret ${name} of ${vaultUri}`, WRITER);
        if (statusOf(error) !== 409) throw failure;
        const todo = "it is deleted and can be recovered: recover or purge it, or take another name";
        throw new DualRegistryError("GATE_REFUSED", `Secret ${name} of ${vaultUri} takes no version; ${todo}`);
      }
    },
  };
}
