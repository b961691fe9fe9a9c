/** A type of Pulumi's azure-native, whichever package and API version names it. */
export interface AzureType {
  /** Such as `containerregistry`. */
  module: string;
  /** Such as `Registry`. */
  resource: string;
  /** `module:Resource`, equal for every spelling of one type. */
  name: string;
}

/**
 * The three spellings of a type: by the provider's default API version, by a version of the provider's own SDK, and by an
 * SDK that `pulumi package add azure-native <module> <version>` writes, whose package carries module and version.
 * Source: Pulumi documentation, Azure Native, "Accessing any API version via local packages".
 */
const NATIVE = /^azure-native(?:_([a-z0-9]+)_v\d{6,8}[a-z0-9]*)?:([a-z0-9]*)(?:\/v\d{6,8}[a-z0-9]*)?:(\w+)$/i;

/** The type that a token names; undefined where it is of another provider. */
export function azureTypeOf(token: string): AzureType | undefined {
  const [, ofPackage, written = "", resource] = NATIVE.exec(token) ?? [];
  if (resource === undefined) return undefined;
  const module = (ofPackage ?? written).toLowerCase();
  return module === "" ? undefined : { module, resource, name: `${module}:${resource}` };
}

/** The token of azure-native's default API version for any spelling of its type; other tokens as they are. */
export function plainToken(token: string): string {
  const type = azureTypeOf(token);
  return type === undefined ? token : `azure-native:${type.name}`;
}

/** True for one of these types of azure-native, `module:Resource`, in any spelling. */
export function isAzureType(token: string, ...names: readonly string[]): boolean {
  const type = azureTypeOf(token);
  return type !== undefined && names.includes(type.name);
}
