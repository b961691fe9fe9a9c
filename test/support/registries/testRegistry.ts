import type { TokenRealm } from "./tokenRealm";

/** A registry that runs for a test, on loopback, spoken to without TLS. */
export interface TestRegistry {
  /** `localhost:PORT`: some clients refuse a realm on any other loopback host. */
  readonly host: string;
  /** Made at random for this run; absent where nobody has to log in. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Who gives out the tokens, where the registry asks for tokens. */
  readonly realm?: TokenRealm;
  /** Where the content lies; gone once the registry was stopped. */
  readonly storageDir: string;
  /** What the registry wrote so far. */
  log(): string;
  /** Ends the registry and removes its content. A second call does nothing. */
  stop(): Promise<void>;
}
