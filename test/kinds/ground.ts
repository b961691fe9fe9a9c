import type { RegistryKind } from "../../src/domain/image/registryKind";
import type { Reading, RegistrySettings, RepositorySettings } from "../../src/domain/settings/registrySettings";
import { readSettings, type SettingsQuestion } from "../../src/kinds";
import type { Credential } from "../../src/oci";

/** No login. */
export const NOBODY: Credential = { kind: "anonymous", from: "no login" };

/** The settings of one repository, as a reader gives them; the answers are waited for a second at most. */
export async function settingsAt(
  kind: RegistryKind,
  host: string,
  path: string,
  { login = NOBODY, ...different }: Partial<SettingsQuestion> & { login?: Credential } = {},
): Promise<RepositorySettings & { all: RegistrySettings }> {
  const all = await readSettings({
    ...{ kind, host, env: {}, now: new Date("2027-01-31T10:00:00Z"), timeout: 5_000 },
    repositories: [{ repository: "orders/web", path }],
    credentials: () => Promise.resolve(login),
    ...different,
  });
  const [first] = all.repositories;
  if (first === undefined) throw new Error("no repository was read");
  return { ...first, all };
}

/** The state of a reading and its words. */
export const said = (reading: Reading<unknown>): string =>
  reading.state === "read" ? `read: ${reading.shown}` : `${reading.state}: ${reading.because}`;

/** The value of a reading; undefined where there is none. */
export const valueOf = <T>(reading: Reading<T>): T | undefined =>
  reading.state === "read" ? reading.value : undefined;
