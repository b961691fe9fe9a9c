import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AzureAccount, azureAccount, vaultSecrets } from "../../azure";
import { DualRegistryError } from "../../base/errors";
import { explainedDisk, hasCode, isMissing } from "../../base/file";
import { quoted } from "../../base/text/quote";
import { isTokenName, type TokenStore } from "./machineTokens";
import type { AccessSettings } from "./settings";

/** What stands in front of a token's name in a vault, beside the passwords of registry tokens. */
const SECRET_PREFIX = "console-token-";
const CONTENT_TYPE = "application/vnd.dualreg.console-token+json";

const taken = (name: string, place: string) =>
  new DualRegistryError("GATE_REFUSED", `Token ${quoted(name)} has just been made in ${place} by somebody else`);

/** Records in a folder, a file each that only this user reads: for a stage on this computer. */
export function folderStore(folder: string): TokenStore {
  const place = quoted(folder);
  const fileOf = (name: string) => join(folder, `${name}.json`);
  const write: TokenStore["write"] = async (name, content, { isNew }) => {
    const draft = join(folder, `.${name}.${randomUUID()}`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // A new record is made where no other one can be; a changed one takes the place of the old one whole.
      await writeFile(isNew ? fileOf(name) : draft, content, { flag: "wx", mode: 0o600 });
      if (!isNew) await rename(draft, fileOf(name));
    } catch (error) {
      await rm(draft, { force: true });
      if (hasCode(error, "EEXIST")) throw taken(name, place);
      throw explainedDisk(error, place);
    }
  };
  return {
    place,
    names: async () => {
      try {
        const files = await readdir(folder);
        const names = files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
        return names.filter(isTokenName).sort();
      } catch (error) {
        if (isMissing(error)) return [];
        throw explainedDisk(error, place);
      }
    },
    read: async (name) => {
      try {
        return await readFile(fileOf(name), "utf8");
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw explainedDisk(error, place);
      }
    },
    write,
  };
}

/** Records in a vault, a secret each: the value has no secret in it, and the vault keeps who changed it, and when. */
export function vaultStore(vaultUri: string, account: AzureAccount): TokenStore {
  const vault = vaultSecrets(account, vaultUri);
  const secretOf = (name: string) => `${SECRET_PREFIX}${name}`;
  return {
    place: vaultUri,
    names: async () => {
      const secrets = await vault.names(CONTENT_TYPE);
      const own = secrets.filter((name) => name.startsWith(SECRET_PREFIX));
      return own
        .map((name) => name.slice(SECRET_PREFIX.length))
        .filter(isTokenName)
        .sort();
    },
    read: (name) => vault.read(secretOf(name)),
    write: (name, content, { expires }) =>
      vault.write(secretOf(name), content, { contentType: CONTENT_TYPE, expires: new Date(expires) }),
  };
}

/**
 * The store that settings name. Heavy for a vault: the SDK is loaded now.
 *
 * @param account of Azure @default the identity of this process
 */
export const tokenStore = (where: NonNullable<AccessSettings["machineTokens"]>, account?: AzureAccount): TokenStore =>
  "folder" in where ? folderStore(where.folder) : vaultStore(where.vault, account ?? azureAccount());
