/**
 * Regions of Azure, by one name each. Azure takes and prints both `northeurope` and the display name `North Europe`, and
 * its lists put a geography before it: `(Europe) North Europe`.
 * Source: https://learn.microsoft.com/azure/reliability/regions-list, and Azure REST API, Subscriptions - List Locations
 * (name, displayName, regionalDisplayName).
 */

/** What people may write for a region. */
export const REGION_FORM = "an Azure region's name, such as westeurope";

const NAME = /^[a-z][a-z0-9]{2,39}$/;
const WRITTEN = /^(?:\([A-Za-z ]{2,40}\) ?)?([A-Za-z][A-Za-z0-9 ]{2,79})$/;

/** The name of a region that is written by its name or its display name, in any letter case; undefined for no such text. */
export function regionNamed(written: string): string | undefined {
  const name = WRITTEN.exec(written.trim())?.[1]?.replaceAll(" ", "").toLowerCase();
  return name !== undefined && NAME.test(name) ? name : undefined;
}

/** The same for what need not be a region: a text that is none stays as it is, in lower case. */
export const regionKey = (written: string): string => regionNamed(written) ?? written.toLowerCase();

/** True where both name one region. */
export const isSameRegion = (one: string, other: string): boolean => regionKey(one) === regionKey(other);
