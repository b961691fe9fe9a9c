const HIDDEN = "[secret]";

/**
 * Known shapes of secrets: private keys, tokens of GitHub, GitLab, Pulumi and the console, JWTs, passwords of ACR tokens, AWS access
 * keys, values behind the usual names, HTTP credentials, and users and passwords in addresses.
 */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:gh[a-z]_\w{16,}|drct_[\w-]{16,}|github_pat_\w{16,}|pul-[0-9a-f]{16,}|glpat-[\w-]{16,})/g,
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /[A-Za-z0-9+/]{40,44}\+?ACR[A-Za-z0-9+/]{5,8}/g,
  /\b(?:A[KS]IA)[A-Z0-9]{16}\b/g,
  /(?<=\b(?:AccountKey|SharedAccessKey|sig|sas|key|password|passwd|pwd|secret|client_secret|token)=)[^\s;&,"']+/gi,
  /(?<=\b(?:AccountKey|SharedAccessKey|password|passwd|pwd|secret|client_secret|token): ?)[^\s;&,"']{8,}/gi,
  /(?<=\b(?:Bearer|Basic)\s{1,4})[\w+/=.~-]{8,}/gi,
  /(?<=:\/\/)[^\s/@"]{1,300}(?=@)/g,
];

/** Cheap: most texts hold none of this, and are looked at once. */
const PERHAPS = /[A-Za-z0-9+/_-]{16,}|PRIVATE KEY|eyJ|[=:] ?\S|:\/\/|\b(?:Bearer|Basic)\s/i;

/**
 * Text in which a secret of a known shape reads `[secret]`. A second line of defence: no field of this project is meant
 * to hold one, but people and tools put them into texts.
 */
export function redactSecrets(text: string): string {
  if (!PERHAPS.test(text)) return text;
  return SHAPES.reduce((rest, shape) => rest.replace(shape, HIDDEN), text);
}

const MAX_SECRETS = 256;
/** Shorter ones would blacken words of every sentence. */
const MIN_SECRET = 4;
/** Characters of an answer that are looked at and kept: messages show far less. */
const MAX_ANSWER = 4_096;

/** What was sent as a proof of identity, so that it can be taken out of what comes back. */
export class Secrets {
  private readonly known = new Set<string>();

  constructor(...secrets: readonly string[]) {
    this.add(...secrets);
  }

  add(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length < MIN_SECRET) continue;
      this.known.add(secret);
      this.known.add(encodeURIComponent(secret));
    }
    for (const oldest of this.known) {
      if (this.known.size <= MAX_SECRETS) break;
      this.known.delete(oldest);
    }
  }

  /** A text without known secrets. */
  readonly hide = (text: string): string => {
    let clean = text;
    for (const secret of this.known) clean = clean.replaceAll(secret, HIDDEN);
    return clean;
  };

  /** A text without known secrets and without credentials of any known shape. */
  readonly redact = (text: string): string => redactSecrets(this.hide(text));

  /** The begin of an answer as {@link redact}, and without the queries of addresses. */
  readonly scrub = (text: string): string =>
    this.redact(text.slice(0, MAX_ANSWER)).replace(/(https?:\/\/[^\s?"']+)\?[^\s"']+/gi, "$1");

  /**
   * An error of a client of somebody else, without what such errors carry: the request with its headers, and the answer.
   * Name, message, stack and causes are kept, scrubbed.
   */
  scrubError(error: unknown, depth = 0): unknown {
    if (!(error instanceof Error) || depth > 8) return typeof error === "string" ? this.scrub(error) : undefined;
    const cause = this.scrubError(error.cause, depth + 1);
    const clean = new Error(this.scrub(error.message), cause === undefined ? undefined : { cause });
    clean.name = error.name;
    clean.stack = this.scrub(error.stack ?? "");
    return clean;
  }
}

/** Variables whose values are credentials, of the platforms and tools that this project meets. */
const CREDENTIALS =
  /^(?:GITHUB_TOKEN|GH_TOKEN|ACTIONS_(?:ID_TOKEN_REQUEST|RUNTIME)_TOKEN|(?:AZURE|ARM)_(?:CLIENT_SECRET|ACCESS_KEY|OIDC_TOKEN|OIDC_REQUEST_TOKEN|PASSWORD)|AWS_(?:SECRET_ACCESS_KEY|SESSION_TOKEN)|PULUMI_(?:ACCESS_TOKEN|CONFIG_PASSPHRASE)|NPM_TOKEN|NODE_AUTH_TOKEN|COSIGN_PASSWORD|DUALREG_NOTIFY_URL|SSH_AUTH_SOCK|\w+_(?:TOKEN|SECRET|PASSWORD|PRIVATE_KEY))$/;

/** A shorter value of a variable could be a word, such as a password that is none. */
const MIN_VALUE = 12;

type Variables = Readonly<Record<string, string | undefined>>;

/** Names of the variables of an environment that hold a credential, sorted. */
export const credentialsIn = (env: Variables): string[] =>
  Object.keys(env)
    .filter((name) => CREDENTIALS.test(name) && (env[name] ?? "") !== "")
    .sort();

/** The credentials of an environment; short ones could be words and are left out. */
export const secretsOf = (env: Variables): Secrets =>
  new Secrets(...credentialsIn(env).flatMap((name) => [env[name] ?? ""].filter((value) => value.length >= MIN_VALUE)));
