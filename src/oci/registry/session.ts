import type { RegistryKind } from "../../domain/kind";
import { DualRegistryError } from "../../errors";
import type { CredentialSource } from "../auth/credential";
import { KeyedLock } from "../http/keyedLock";
import { Places } from "../http/places";
import { RETRIES, TIMEOUTS, type RetryPolicy, type Timeouts } from "../http/policy";
import { quoted } from "../http/quote";
import { Transport } from "../http/transport";
import { isRepository } from "../reference";
import { Caller, type Call, type Reply } from "./caller";
import { makeTraffic, RegistryRepository } from "./repository";
import { makeRoom } from "./room";

/** How a registry is spoken to. */
export interface SessionOptions {
  credentials: CredentialSource;
  timeouts?: Partial<Timeouts>;
  retry?: Partial<RetryPolicy>;
  /** Blobs sent at once. @default 6 */
  concurrency?: number;
  /** Gets a line for each repetition. @default nobody */
  onRetry?: (line: string) => void;
  /** Ends everything that runs. */
  signal?: AbortSignal;
  /** @default whatever speaks the distribution specification */
  kind?: RegistryKind;
}

/** A registry and what is shared while it is spoken to: connections, tokens, what it is known to be able to. */
export interface RegistrySession {
  readonly host: string;
  readonly kind: RegistryKind;
  /** @throws DualRegistryError USAGE for what is no path of a repository */
  repository: (path: string) => RegistryRepository;
  /** Sees whether a registry is there that takes the credential. @throws DualRegistryError */
  ping: (signal?: AbortSignal) => Promise<void>;
  /**
   * Asks for something that is not the distribution specification's, such as ACR's `/acr/v1`.
   *
   * @param path of the host, with its query
   * @throws DualRegistryError for every status that is not `expected`
   */
  call: (method: Call["method"], path: string, options?: CallOptions) => Promise<Reply>;
  /** Ends every connection. */
  close: () => Promise<void>;
}

/** What goes along with {@link RegistrySession.call}. */
export interface CallOptions {
  /** Such as `repository:orders/api:metadata_read,metadata_write`. */
  scope?: string | readonly string[];
  body?: Buffer;
  headers?: Readonly<Record<string, string>>;
  /** @default [200, 201, 202, 204] */
  expected?: readonly number[];
  /** Bytes of the answer. @default 4 MiB */
  limit?: number;
  signal?: AbortSignal;
}

const FINE = [200, 201, 202, 204];
const LARGEST = 4 * 1024 * 1024;

/**
 * Prepares to speak to a registry; nothing is sent yet. Without TLS only on this machine's loopback.
 *
 * @param host with its port, as in an image's reference
 * @throws DualRegistryError USAGE for what is no host
 */
export function openRegistry(host: string, options: SessionOptions): RegistrySession {
  if (!URL.canParse(`https://${host}/`) || new URL(`https://${host}/`).host.replace(/:443$/, "") !== plain(host)) {
    throw new DualRegistryError("USAGE", `Registry ${quoted(host)}: no host; allowed: host or host:port`);
  }
  const { credentials, onRetry = () => undefined, signal, concurrency = 6, kind = "distribution" } = options;
  const transport = new Transport({ ...TIMEOUTS, ...options.timeouts });
  const retrying = { policy: { ...RETRIES, ...options.retry }, onRetry, signal };
  const caller = new Caller(host, transport, retrying, credentials);
  const shared = makeTraffic(new KeyedLock(), new Places(concurrency));
  return {
    host,
    kind,
    repository: (path) => {
      if (isRepository(path)) return new RegistryRepository(makeRoom(caller, path), shared);
      throw new DualRegistryError("USAGE", `Registry ${host}: ${quoted(path)} is no path of a repository`);
    },
    ping: async (pingSignal) => {
      await caller.ask({ method: "GET", to: "/v2/", signal: pingSignal }, [200]);
    },
    call: async (method, path, { scope = [], expected = FINE, limit = LARGEST, ...rest } = {}) => {
      if (!/^\/(?!\/)/.test(path)) throw new DualRegistryError("USAGE", `Registry ${host}: ${quoted(path)} is no path`);
      const scopes = typeof scope === "string" ? [scope] : scope;
      return caller.ask({ method, to: path, scopes, ...rest }, expected, limit);
    },
    close: () => transport.close(),
  };
}

const plain = (host: string): string => host.toLowerCase().replace(/:443$/, "");
