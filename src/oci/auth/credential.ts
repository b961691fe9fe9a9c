import { redactSecrets } from "../../base/text/redact";

/** What a registry is logged in to with, and where it was found, which is all that messages may say of it. */
export type Credential =
  | { kind: "basic"; username: string; password: string; from: string }
  /** A token that is exchanged at the realm's own address (Docker's "identity token"). */
  | { kind: "identity-token"; token: string; from: string }
  | { kind: "anonymous"; from: string };

/**
 * Finds the credential for a registry.
 *
 * @param host with its port, compared whole: never a part of it, never a parent domain
 */
export type CredentialSource = (host: string) => Promise<Credential>;

const REDACTED = "[secret]";
const MAX_SECRETS = 256;
/** Shorter ones would blacken words of every sentence. */
const MIN_SECRET = 4;
/** Characters of a text that are looked at and kept: messages show far less. */
const MAX_TEXT = 4_096;

/** What was sent as a proof of identity, so that it can be taken out of what comes back. */
export class Secrets {
  private readonly known = new Set<string>();

  add(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length >= MIN_SECRET) this.known.add(secret);
    }
    for (const oldest of this.known) {
      if (this.known.size <= MAX_SECRETS) break;
      this.known.delete(oldest);
    }
  }

  /** The text without known secrets, without credentials of any kind, and without the queries of addresses. */
  readonly scrub = (text: string): string => {
    let clean = text.slice(0, MAX_TEXT);
    for (const secret of this.known) clean = clean.replaceAll(secret, REDACTED);
    return redactSecrets(clean).replace(/(https?:\/\/[^\s?"']+)\?[^\s"']+/gi, "$1");
  };
}
