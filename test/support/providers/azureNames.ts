import { AZURE } from "./azureTypes";
import type { Cloud, CloudResource } from "./cloud";
import { at, textAt } from "./lookup";
import { CloudError } from "./model";
import type { PlainFields } from "./values";

/** Types whose names are unique in all of Azure, with the property that holds them. */
const GLOBAL: Readonly<Record<string, string>> = { [AZURE.vault]: "vaultName", [AZURE.storage]: "accountName" };

const nameOf = (type: string, inputs: PlainFields) => textAt(inputs, GLOBAL[type] ?? "").toLowerCase();

/**
 * Names that only one in all of Azure has, and those that a deleted vault keeps until it is purged or its time is over.
 */
export class GlobalNames {
  /** Vaults that are deleted and can be recovered, by name. A test that lets their time pass clears it. */
  readonly deletedVaults = new Map<string, CloudResource>();

  /** @throws CloudError with Azure's code where the name is not to be had */
  admit(type: string, id: string, inputs: PlainFields, cloud: Cloud): void {
    if (GLOBAL[type] === undefined) return;
    const name = nameOf(type, inputs);
    const other = cloud
      .ofType(type)
      .find((one) => nameOf(type, one.inputs) === name && one.id.toLowerCase() !== id.toLowerCase());
    if (other !== undefined) {
      const code = type === AZURE.vault ? "VaultAlreadyExists" : "StorageAccountAlreadyTaken";
      throw new CloudError(code, `the name '${name}' is taken: it must be unique in all of Azure`);
    }
    if (type === AZURE.vault) this.#admitVault(name, id, inputs, cloud);
  }

  #admitVault(name: string, id: string, inputs: PlainFields, cloud: Cloud): void {
    const before = cloud.get(id)?.inputs;
    const switchedOff = (property: string) =>
      before !== undefined && at(before, property) === true && at(inputs, property) !== true;
    if (switchedOff("properties.enablePurgeProtection")) {
      throw new CloudError("BadRequest", `'${id}': purge protection is irreversible, it cannot be switched off`);
    }
    const days = "properties.softDeleteRetentionInDays";
    if (before !== undefined && (at(before, days) ?? 90) !== (at(inputs, days) ?? 90)) {
      throw new CloudError("BadRequest", `'${id}': softDeleteRetentionInDays cannot be changed`);
    }
    if (before !== undefined || !this.deletedVaults.has(name)) return;
    if (textAt(inputs, "properties.createMode") === "recover") return void this.deletedVaults.delete(name);
    const text = `'${name}' is the name of a vault in deleted state: recover it (az keyvault recover --name ${name}) or purge it`;
    throw new CloudError("ConflictError", text);
  }

  /** Keeps what is deleted: vaults have no other way since soft delete cannot be switched off. */
  keep(resource: CloudResource): void {
    if (resource.type === AZURE.vault) this.deletedVaults.set(nameOf(resource.type, resource.inputs), resource);
  }
}
