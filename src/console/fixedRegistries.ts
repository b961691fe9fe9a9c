import { digestOf } from "../base/digest";
import { quoted } from "../base/text/quote";

/** Something in the container that could make the console talk to other registries than those it was built for. */
export interface ChangeAttempt {
  /** What it is, its value left out: it may be a secret. */
  what: string;
  /** `refused` ends the start; what is `without-effect` is read by nobody, and logged. */
  outcome: "refused" | "without-effect";
  why: string;
}

/** What a start looks at. */
export interface StartFacts {
  env: Readonly<Record<string, string | undefined>>;
  /** Behind the program's name. */
  args: readonly string[];
  /** What stood in front of it, such as `--import`. */
  execArgv: readonly string[];
  /** Where a debugger may attach; undefined where none can. */
  debuggerUrl: string | undefined;
  /** Text of the program that runs, and the digest that it carries of itself. */
  program: { text: string; digest: string };
  /** Files by which native code is loaded before any program's own, and what is in them; those that are not there are left out. */
  loaderFiles: readonly { file: string; text: string }[];
  /** Files of other programs' logins that are there, and the hosts they name. */
  logins: readonly { file: string; hosts: readonly string[] }[];
  /** The hosts that the console was built for. */
  hosts: readonly string[];
}

/** What Kubernetes sets in every container for each service of its namespace, whatever that is called. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

const TRUST = "whom TLS trusts was settled when the console was built";

/** Variables that change what a Node process loads, whom it trusts, or where its connections go; with the reason. */
const VARIABLES: readonly [RegExp, string][] = [
  [/^DUALREG_/i, "the console takes no setting from a variable"],
  [/REGISTRY|REGISTRIES/i, "the registries were settled when the console was built"],
  [/^(?:HTTPS?|ALL|FTP)_PROXY$|^NODE_USE_ENV_PROXY$|^npm_config_.*proxy$/i, "requests go to the registries themselves"],
  [/^NODE_(?:OPTIONS|PATH|REPL_EXTERNAL_MODULE|V8_COVERAGE|CHANNEL_FD)$|^LD_|^DYLD_/, "no other code is loaded"],
  [/^NODE_(?:EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED|USE_SYSTEM_CA)$|^OPENSSL_(?:CONF|MODULES|ENGINES)$/, TRUST],
  // What is not known to be harmless is refused: newer Nodes take code from a cache, and more may come.
  [/^NODE_(?!(?:ENV|VERSION|NAME|IP)$)/, "Node would load, trust or reach something else"],
  [/^SSLKEYLOGFILE$/, "keys of connections are written nowhere"],
  [/^(?:HOSTALIASES|LOCALDOMAIN|RES_OPTIONS)$/, "names are resolved as the system does"],
];

/**
 * Variables that base images set and that this program's Node reads only together with one that is refused: Node trusts
 * the authorities that it was compiled with. Source: Node's command-line documentation, SSL_CERT_FILE and --use-openssl-ca.
 */
const WITHOUT_EFFECT: readonly [RegExp, string][] = [
  [SERVICE_LINK, "as Kubernetes sets it for a service; enableServiceLinks: false leaves it out"],
  [/^SSL_CERT_(?:FILE|DIR)$/, TRUST],
];

/**
 * Everything in a container that tries to change which registries its console talks to. What ends the start comes first.
 * A process sees what it was started with, and nothing of what was done before or around it: docs/console-registries.md.
 */
export function changeAttempts(facts: StartFacts): ChangeAttempt[] {
  const { env, args, execArgv, debuggerUrl, program, loaderFiles, logins, hosts } = facts;
  const attempts: ChangeAttempt[] = [
    ...Object.entries(env).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : variableAttempt(name),
    ),
    ...args.map((word) => refused(`argument ${quoted(word)}`, "the console takes no argument")),
    ...execArgv.map((word) => refused(`option ${quoted(word)} of Node`, "no other code is loaded")),
    ...(debuggerUrl === undefined ? [] : [refused("a debugger that may attach", "it could change any value")]),
    ...(programDigest(program.text) === program.digest
      ? []
      : [refused("the program's file", "its text is not the one that was built: another file is mounted over it")]),
    ...loaderFiles.flatMap(({ file, text }) =>
      loadsCode(file, text) ? [refused(`file ${quoted(file)}`, "it loads other code into every program")] : [],
    ),
    ...logins.flatMap(({ file, hosts: named }) => loginAttempts(file, named, hosts)),
  ];
  return attempts.sort((one, other) => Number(one.outcome !== "refused") - Number(other.outcome !== "refused"));
}

/**
 * The file of the dynamic loader (ld.so(8)), and that of OpenSSL, of which Node reads one section: the section's name has
 * several spellings, and what the file includes could hold it too. Sources: OpenSSL, config(5); Node's command-line documentation, --openssl-shared-config.
 */
export const LOADER_FILES = ["/etc/ld.so.preload", "/etc/ssl/openssl.cnf", "/usr/local/ssl/openssl.cnf"] as const;

const loadsCode = (file: string, text: string): boolean => {
  if (file === LOADER_FILES[0]) return text.trim() !== "";
  // OpenSSL joins lines over any number of carriage returns, and ends one that it reads at a NUL.
  if (text.includes("\0")) return true;
  return text.replace(/[\\\r\n]/g, "").includes("nodejs_conf") || /^\s*\.include/m.test(text.replace(/\\\r*\n/g, ""));
};

const refused = (what: string, why: string): ChangeAttempt => ({ what, outcome: "refused", why });

function variableAttempt(name: string): ChangeAttempt[] {
  const what = `variable ${quoted(name)}`;
  const harmless = WITHOUT_EFFECT.find(([pattern]) => pattern.test(name));
  const found = VARIABLES.find(([pattern]) => pattern.test(name));
  if (harmless === undefined) return found === undefined ? [] : [refused(what, found[1])];
  // A service link counts where its name would be refused: every service of a namespace has some.
  const isNews = found !== undefined || !SERVICE_LINK.test(name);
  return isNews ? [{ what, outcome: "without-effect", why: harmless[1] }] : [];
}

/** The console reads its own secrets only; a login elsewhere for another host is said, lest somebody waits for it to work. */
function loginAttempts(file: string, named: readonly string[], hosts: readonly string[]): ChangeAttempt[] {
  const others = named.filter((host) => !hosts.includes(host)).slice(0, 10);
  if (others.length === 0) return [];
  const what = `${quoted(file)} names ${others.map((host) => quoted(host)).join(", ")}`;
  return [{ what, outcome: "without-effect", why: "the console reads no login but those in its folder of secrets" }];
}

/** What stands in the program's text where its own digest goes, while that is computed. */
export const DIGEST_PLACE = `sha256:${"0".repeat(64)}`;

/** A place for a digest inside the program: its name, so that no other digest in the text is taken for it. */
const CARRIED = /(DUALREG_PROGRAM=)sha256:[0-9a-f]{64}/g;

/** The digest of a program's text, in which the digest that it carries counts as {@link DIGEST_PLACE}. */
const programDigest = (text: string): string => digestOf(Buffer.from(text.replace(CARRIED, `$1${DIGEST_PLACE}`)));

/** The text with its own digest in it. */
export const withDigest = (text: string): string => text.replace(CARRIED, `$1${programDigest(text)}`);
