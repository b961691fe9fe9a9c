import { isObject, parseJson } from "../base/json";
import { DualRegistryError } from "../base/errors";
import { read, type Reading, unread, type Visibility } from "../domain/settings/registrySettings";
import { type CredentialSource, openRegistry, type RegistrySession } from "../oci";
import { type KindReading, type ReadKind, settingsOf } from "./types";

/** A manifest that is nowhere. */
const ABSENT = `sha256:${"0".repeat(64)}`;

const ANYBODY: CredentialSource = () => Promise.resolve({ kind: "anonymous", from: "asked without a login" });

const openFor = (host: string, credentials: CredentialSource, timeout: number): RegistrySession =>
  openRegistry(host, {
    credentials,
    timeouts: { connect: Math.min(timeout, 10_000), headers: timeout, idle: timeout, response: timeout },
    // A probe waits for no limit of rates: what it does not see is not read.
    retry: { attempts: 2, base: 200, maxRetryAfter: 1_000 },
  });

const because = (error: unknown): string => {
  if (error instanceof DualRegistryError) return error.message;
  throw error;
};

/** Whether anybody may pull: a request without a login, for the tags of a repository. */
async function visibilityOf(session: RegistrySession, path: string): Promise<Reading<Visibility>> {
  const url = `/v2/${path}/tags/list?n=1`;
  try {
    const expected = [200, 401, 403, 404];
    const { status } = await session.call("GET", url, { scope: `repository:${path}:pull`, expected });
    if (status === 200) return read("public", `GET ${url} without a login: 200`);
    if (status !== 404) return read("private", `GET ${url} without a login: ${status}`);
    return unread(`GET ${url} without a login: 404: there is no such repository yet, or it is hidden`);
  } catch (error) {
    const refused = error instanceof DualRegistryError && error.code === "REGISTRY_AUTH";
    return refused ? read("private", `GET ${url} without a login: refused`) : unread(because(error));
  }
}

/** Whether a registry answers the referrers API of the distribution specification, asked for a manifest that is nowhere. */
export async function probeReferrers(
  host: string,
  path: string,
  { credentials, timeout }: { credentials: CredentialSource; timeout: number },
): Promise<Reading<boolean>> {
  const session = openFor(host, credentials, timeout);
  try {
    const url = `/v2/${path}/referrers/${ABSENT}`;
    const options = { scope: `repository:${path}:pull`, expected: [200, 400, 404, 405, 501] };
    const { status, bytes } = await session.call("GET", url, options);
    const index = status === 200 ? parseJson(bytes, "the answer") : undefined;
    const lists = isObject(index) && Array.isArray(index["manifests"]);
    return read(lists, `GET referrers: ${status}${status === 200 && !lists ? ", and no index" : ""}`);
  } catch (error) {
    return unread(because(error));
  } finally {
    await session.close();
  }
}

/**
 * What a registry shows that has no interface for its settings, or whose settings this project makes itself: whether it
 * asks for a login.
 */
export const readByProbe =
  (kind: "acr" | "distribution"): ReadKind =>
  async ({ host, repositories, timeout }): Promise<KindReading> => {
    const session = openFor(host, ANYBODY, timeout);
    try {
      const settings = repositories.map(async (each) =>
        settingsOf(kind, each, `repository ${each.path}`, { visibility: await visibilityOf(session, each.path) }),
      );
      return { repositories: await Promise.all(settings) };
    } finally {
      await session.close();
    }
  };
