import type { WriteStream } from "node:tty";
import { secretsOf } from "../base/text/redact";
import { escapeUnsafeLines } from "../base/text/unsafe";

/** What a command prints to. */
interface Writer {
  /** Writes text as {@link terminalText}. */
  write: (text: string) => void;
  /** Whether a terminal shows it. */
  readonly isTTY: boolean;
  /** Columns of the terminal; absent elsewhere. */
  readonly columns?: number;
  /** The terminal itself, for a live list that moves its cursor: whoever prints there escapes. Absent elsewhere. */
  readonly terminal?: WriteStream;
}

/**
 * What a command knows of the process it runs in: no command looks at `process`, and a test hands over its own.
 * Results go to standard output; everything that is told meanwhile goes to standard error.
 */
export interface Io {
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** Such as `v20.19.0`. */
  readonly nodeVersion: string;
  readonly now: () => Date;
}

/**
 * The codes of the preview's tree and of the doctor's marks: bold, underlined, six colours, grey, and their ends. None of
 * them hides text, moves the cursor or sets a background. Source: ECMA-48, 8.3.117 (SGR).
 */
const OUR_COLOURS = /(\u001b\[(?:1|4|22|24|39|3[1-6]|90)m)/;

/**
 * Text as a terminal may get it: every unsafe character becomes its escape, but line feeds and {@link OUR_COLOURS}.
 * Most printers escape what comes from outside where they quote it; this is the last gate behind all of them. Text from
 * outside can thus at most be coloured: it cannot hide, overwrite or reorder what stands beside it.
 */
export function terminalText(text: string): string {
  return text
    .split(OUR_COLOURS)
    .map((part, at) => (at % 2 === 1 ? part : escapeUnsafeLines(part)))
    .join("");
}

/**
 * True where colours are wanted: FORCE_COLOR says so, or else on a terminal, unless NO_COLOR is set or TERM says that it
 * knows none. FORCE_COLOR wins over the others, and `0` or `false` in it means none. Sources: nodejs.org, tty
 * (FORCE_COLOR); no-color.org.
 */
export function showsColors({ stdout, env }: Io): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stdout.isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** Columns that text keeps to: those of the terminal, 80 where it does not say, and as many as wanted in a pipe. */
export function columnsOf({ stdout }: Io): number | undefined {
  return stdout.isTTY ? stdout.columns || 80 : undefined;
}

/** True for a terminal that somebody looks at; one without columns would get a line a letter. */
export function isLive({ stderr, env }: Io): boolean {
  return stderr.isTTY && stderr.columns !== 0 && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
}

/**
 * The surroundings of this process, and the one place that touches it. Both streams are escaped, a pipe's too: what is
 * kept of them is read on a terminal later; and neither is told a credential of the environment. No format that is printed here holds an unsafe character of its own.
 */
export function processIo(): Io {
  const { hide } = secretsOf(process.env);
  process.stdout.on("error", endQuietlyWithReader);
  process.stderr.on("error", goOnUnheard);
  return {
    stdout: writerTo(process.stdout, hide),
    stderr: writerTo(process.stderr, hide),
    env: process.env,
    cwd: process.cwd(),
    nodeVersion: process.version,
    now: () => new Date(),
  };
}

function writerTo(stream: NodeJS.WriteStream, hide: (text: string) => string): Writer {
  return {
    write: (text) => void stream.write(terminalText(hide(text))),
    isTTY: stream.isTTY,
    ...(stream.isTTY && { terminal: stream, columns: stream.columns }),
  };
}

/** A reader that has seen enough, such as `head`, is no error. */
function endQuietlyWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}

/** Nobody listens to what happens meanwhile: no reason to stop half-way, nor to end differently. */
function goOnUnheard(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
