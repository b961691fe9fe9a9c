/** A secret of a vault that is mounted as a file. */
interface MountedSecret {
  /** Of letters, digits and hyphens. */
  secretName: string;
  /** The file, where it is called otherwise than the secret; it may stand in a folder. */
  file?: string;
}

/**
 * The secrets that the Azure provider of the Secrets Store driver mounts: YAML within YAML, as it wants it.
 * Source: Azure/secrets-store-csi-driver-provider-azure, pkg/provider/types and pkg/provider/validate.go.
 */
export function mountedObjects(secrets: readonly MountedSecret[]): string {
  const one = ({ secretName, file }: MountedSecret) =>
    `  - |\n    objectName: ${secretName}\n    objectType: secret\n${file === undefined ? "" : `    objectAlias: ${file}\n`}`;
  return `array:\n${secrets.map(one).join("")}`;
}
