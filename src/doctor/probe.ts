import { execFile } from "node:child_process";
import { redactSecrets } from "../base/text/redact";
import { quoted } from "../base/text/quote";
import { escapeUnsafe } from "../base/text/unsafe";

/** What a command answered. */
export type Answer =
  | { state: "answered"; stdout: string }
  /** It ended with another code than 0; `why` is the first line of what it wrote to stderr, scrubbed. */
  | { state: "failed"; why: string }
  /** There is no such command on PATH. */
  | { state: "missing" };

/** Runs a command to its end and says what it answered; it never throws. */
export type Probe = (command: string, args: readonly string[]) => Promise<Answer>;

/** Where and how commands run. */
export interface ProbeOptions {
  /** Working directory: the project's, since Pulumi.yaml may name the backend. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds a command may take. Default 15,000. */
  timeout?: number;
}

/** Bytes of output that are read; more is a failure. */
const LONGEST_OUTPUT = 4 * 1024 * 1024;

/** No questions, no update notices, no colours, no progress. */
const QUIET = {
  NO_COLOR: "1",
  PULUMI_SKIP_UPDATE_CHECK: "true",
  GH_PROMPT_DISABLED: "1",
  GH_NO_UPDATE_NOTIFIER: "1",
  AZURE_CORE_ONLY_SHOW_ERRORS: "true",
  AZURE_CORE_NO_COLOR: "true",
};

/** Options of ours behind which a value from outside stands: of a stage file, of the environment, of Azure's answers. */
const VALUED = new Set(["--subscription", "--name", "--assignee"]);

/** A value that the command would take for an option of its own. */
const optionAmong = (args: readonly string[]): string | undefined =>
  args.find((value, at) => value.startsWith("-") && VALUED.has(args[at - 1] ?? ""));

/** A probe that runs real commands, without a shell and without anything on their standard input. */
export function makeProbe({ cwd, env, timeout = 15_000 }: ProbeOptions): Probe {
  return (command, args) =>
    new Promise((resolve) => {
      const injected = optionAmong(args);
      if (injected !== undefined) {
        resolve({ state: "failed", why: `${quoted(injected)} reads as an option` });
        return;
      }
      const options = { cwd, env: { ...env, ...QUIET }, timeout, maxBuffer: LONGEST_OUTPUT };
      const child = execFile(command, [...args], options, (error, stdout, stderr) => {
        if (error === null) resolve({ state: "answered", stdout });
        else if (error.code === "ENOENT") resolve({ state: "missing" });
        else if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") failed("it wrote too much");
        else if (error.killed === true) failed(`no answer within ${timeout / 1000} s`);
        else failed(firstLine(stderr) || `it ended with ${String(error.code ?? error.signal)}`);
      });
      const failed = (why: string) => resolve({ state: "failed", why });
      // A command that ended before reading closes the pipe under us, which is no error.
      child.stdin?.on("error", () => undefined).end();
    });
}

/** The answer read as JSON; `undefined` where there is none. */
export function jsonOf(answer: Answer): unknown {
  if (answer.state !== "answered") return undefined;
  try {
    return JSON.parse(answer.stdout) as unknown;
  } catch {
    return undefined;
  }
}

/** Why there is no answer, as half a sentence. */
export function whyNot(answer: Answer): string {
  if (answer.state === "missing") return "it is not on PATH";
  return answer.state === "failed" ? answer.why : "its answer cannot be read";
}

const LONGEST_LINE = 200;

/** A tool's text on one line, without secrets. */
export function scrub(text: string): string {
  return escapeUnsafe(redactSecrets(text).replace(/\s+/g, " ").trim());
}

/** The first line that says something, scrubbed and at most 200 characters long. */
export function firstLine(text: string): string {
  const line = scrub(text.split("\n").find((candidate) => candidate.trim() !== "") ?? "");
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE - 1)}…`;
}

/** The variables of a process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A login to Azure that stands in the environment, as Azure's tools and Pulumi's provider read it. */
export interface EnvironmentLogin {
  /** Names of the variables it is made of; their values are never shown. */
  names: readonly string[];
  /** The variable that names the identity; absent for a managed identity of the machine. */
  clientVariable?: string;
}

const PROOFS: Readonly<Record<string, readonly string[]>> = {
  ARM: [
    "ARM_CLIENT_SECRET",
    "ARM_CLIENT_CERTIFICATE_PATH",
    "ARM_USE_OIDC",
    "ARM_OIDC_TOKEN",
    "ARM_OIDC_TOKEN_FILE_PATH",
    "ARM_OIDC_REQUEST_TOKEN",
  ],
  AZURE: ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"],
};

const isSet = (env: Variables, name: string) => !["", "false", "0"].includes((env[name] ?? "").toLowerCase());

/** The service principal, OIDC login or managed identity that the environment names; `undefined` where it is not whole. */
export function environmentLogin(env: Variables): EnvironmentLogin | undefined {
  for (const [prefix, all] of Object.entries(PROOFS)) {
    const identity = [`${prefix}_CLIENT_ID`, `${prefix}_TENANT_ID`];
    const proofs = all.filter((name) => isSet(env, name));
    if (proofs.length > 0 && identity.every((name) => isSet(env, name))) {
      return { names: [...identity, ...proofs], clientVariable: `${prefix}_CLIENT_ID` };
    }
  }
  return isSet(env, "ARM_USE_MSI") ? { names: ["ARM_USE_MSI"] } : undefined;
}
