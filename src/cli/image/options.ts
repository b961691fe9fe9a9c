import { Option } from "commander";

/** What every command's exit code means. */
export const EXITS = `
Credentials: the Docker configuration and its helpers, else the platform's (Azure, AWS, Google, GITHUB_TOKEN).
Exit codes: 0 fine, 1 a finding or a refusal, 2 wrong usage, configuration, login, or no answer`;

export const outputsOption = (what = "the stage's outputs"): Option =>
  new Option("--outputs <file>", `${what}: pulumi stack output --json`).makeOptionMandatory();

export const formatOption = (): Option =>
  new Option("--format <format>", "how to print the result").choices(["text", "json"]).default("text");

/** Whoever may push to an Azure registry need not be allowed to lock: then that is left to another identity. */
export const lockOption = (): Option =>
  new Option("--lock <when>", "lock the tags at once, or leave that to a job that may")
    .choices(["now", "later"])
    .default("now");

/** Where last pulls come from, where no list is given. */
export const activityOption = (): Option =>
  new Option("--activity <source>", "last pulls from the stage's audit log in Log Analytics").choices(["log"]);

/** Who signs. A key's password comes from COSIGN_PASSWORD, never from an argument. */
export const signerOptions = (): Option[] => [
  new Option("--key <file>", "sign with this private key (password: COSIGN_PASSWORD)").conflicts("keyless"),
  new Option("--keyless", "sign with the identity of this run, by Sigstore"),
  new Option("--fulcio-url <url>", "another certificate authority than Sigstore's public one"),
  new Option("--rekor-url <url>", "another transparency log than Sigstore's public one"),
];

export const trustOptions = (): Option[] => [
  new Option(
    "--trusted-root <file>",
    "certificate authorities and logs to trust (default: Sigstore's, kept up to date)",
  ),
];

export interface SignerOptions {
  key?: string;
  keyless?: true;
  fulcioUrl?: string;
  rekorUrl?: string;
}

export interface TrustOptions {
  trustedRoot?: string;
}

export interface LockWhen {
  lock?: "now" | "later";
}

export type ResultFormat = "text" | "json";
