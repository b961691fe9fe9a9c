import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../../src/base/defined";
import { findTool } from "./findTool";
import { serve } from "./serve";
import type { TestRegistry } from "./testRegistry";
import { startTokenRealm, type TokenRealm } from "./tokenRealm";

/** How a registry is set up. */
export interface DistributionOptions {
  /** Who may do what. Default `none`: everybody everything. */
  auth?: "none" | "htpasswd" | "token";
  /** Whether manifests and blobs can be deleted. Default true. */
  deleteEnabled?: boolean;
  /** The realm that gives out the tokens, for `token`. Default: one of its own, with one user who may do everything. */
  realm?: TokenRealm;
  /** Where it posts what was pulled and pushed; see Distribution's "Work with notifications". Default: nowhere. */
  notify?: string;
  /** Headers of what it posts. Default: none. */
  notifyHeaders?: Readonly<Record<string, string>>;
}

/**
 * Starts Debian's `docker-registry` (CNCF Distribution 2.8), which has no referrers API.
 * Source of the configuration's fields: Distribution's "Configuring a registry".
 */
export async function startDistribution(options: DistributionOptions = {}): Promise<TestRegistry> {
  const auth = options.auth ?? "none";
  const credentials = { username: "tester", password: randomBytes(18).toString("base64url") };
  const ownRealm =
    auth === "token" && options.realm === undefined
      ? await startTokenRealm({ users: [{ ...credentials, grants: [{ repository: /.*/, actions: ["*"] }] }] })
      : undefined;
  const realm = auth === "token" ? (options.realm ?? ownRealm) : undefined;
  const tool = findTool("docker-registry") ?? "docker-registry";
  try {
    const registry = await serve((port, dir, storageDir) => {
      const file = join(dir, "config.yml");
      const access =
        auth === "htpasswd" ? { auth: htpasswdAuth(dir, credentials) } : realm && { auth: tokenAuth(realm) };
      const notifications =
        options.notify === undefined ? {} : { notifications: notificationsTo(options.notify, options.notifyHeaders) };
      const config = { ...configOf(port, storageDir, options.deleteEnabled ?? true), ...access, ...notifications };
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
      return [tool, "serve", file];
    });
    const known = auth === "htpasswd" || ownRealm !== undefined;
    return {
      ...registry,
      ...(known ? { credentials } : {}),
      ...defined({ realm }),
      stop: async () => {
        await registry.stop();
        await ownRealm?.stop();
      },
    };
  } catch (error) {
    await ownRealm?.stop();
    throw error;
  }
}

const configOf = (port: number, rootdirectory: string, enabled: boolean): Record<string, unknown> => ({
  version: "0.1",
  log: { level: "warn", formatter: "text" },
  storage: {
    filesystem: { rootdirectory, maxthreads: 100 },
    delete: { enabled },
    cache: { blobdescriptor: "inmemory" },
  },
  // Layers that live elsewhere are taken where their address is allowed; without this every one of them is refused.
  validation: { manifests: { urls: { allow: ["^https://"] } } },
  http: { addr: `127.0.0.1:${port}`, secret: randomBytes(16).toString("hex") },
});

const notificationsTo = (url: string, headers: Readonly<Record<string, string>> = {}): object => ({
  endpoints: [
    {
      ...{ name: "receiver", url, timeout: "2s", threshold: 5, backoff: "100ms" },
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    },
  ],
});

/** The registry takes bcrypt only. The password goes by standard input, so that no list of processes shows it. */
function htpasswdAuth(dir: string, { username, password }: { username: string; password: string }): object {
  const file = join(dir, "htpasswd");
  const tool = findTool("htpasswd") ?? "htpasswd";
  const lines = execFileSync(tool, ["-i", "-n", "-B", "-C", "4", username], { input: password });
  writeFileSync(file, lines, { mode: 0o600 });
  return { htpasswd: { realm: "test registry", path: file } };
}

const tokenAuth = ({ url, service, issuer, certificateFile }: TokenRealm): object => ({
  token: { realm: url, service, issuer, rootcertbundle: certificateFile },
});
