import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { formatJson } from "../base/json";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { Io } from "./io";

/** What the exit codes of a command mean that speaks to registries, and where its login comes from. */
export const REGISTRY_EXITS = `
Credentials: the Docker configuration and its helpers, else the platform's (Azure, AWS, Google, GITHUB_TOKEN).
Exit codes: 0 fine, 1 a finding or a refusal, 2 wrong usage, configuration, login, or no answer`;

/** The ways in which a command prints its result; the first one is the default. */
export const formatOption = <const Formats extends readonly [string, ...string[]]>(...formats: Formats) =>
  new Option("--format <format>", "how to print the result").choices(formats).default<Formats[0]>(formats[0]);

/** Prints a result as the format says: as JSON, or as its text. */
export function printResult<Result>(
  { stdout }: Io,
  format: "text" | "json",
  result: Result,
  text: (result: Result) => string,
): void {
  stdout.write(format === "json" ? formatJson(result) : text(result));
}

export const projectOption = () => new Option("--project <dir>", "the folder of Pulumi.yaml").default(".");

export const outputsOption = (what = "the stage's outputs") =>
  new Option("--outputs <file>", `${what}: pulumi stack output --json`).makeOptionMandatory();

/** Who may push to an Azure registry need not be allowed to lock: then that is left to another identity. */
export const lockOption = () =>
  new Option("--lock <when>", "lock the tags at once, or leave that to a job that may")
    .choices(["now", "later"] as const)
    .default("now" as const);

/** A product of several images is pushed by digest first, and then tagged as a whole. */
export const byDigestOption = () =>
  new Option("--push-by-digest", "place no tag: dualreg image tag does, once all images of the product are there");

export const trustedRootOption = () =>
  new Option(
    "--trusted-root <file>",
    "certificate authorities and logs to trust (default: Sigstore's, kept up to date)",
  );

/** Who signs. A key's password comes from COSIGN_PASSWORD, never from an argument. */
export const withSignerOptions = <Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) =>
  command
    .addOption(
      new Option("--key <file>", "sign with this private key (password: COSIGN_PASSWORD)").conflicts("keyless"),
    )
    .option("--keyless", "sign with the identity of this run, by Sigstore")
    .option("--fulcio-url <url>", "another certificate authority than Sigstore's public one")
    .option("--rekor-url <url>", "another transparency log than Sigstore's public one");

/** What {@link withSignerOptions} declares. */
export interface SignerOptions {
  key?: string;
  keyless?: true;
  fulcioUrl?: string;
  rekorUrl?: string;
}

/**
 * Reads a number of days.
 *
 * @param option names it in the message
 * @throws DualRegistryError USAGE
 */
export const daysOf =
  (option: string) =>
  (text: string): number => {
    if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
    throw new DualRegistryError("USAGE", `${option} ${quoted(text)}: allowed: 1 to 999, in days`);
  };

/** Reads a port; 0 takes one that is free. @throws DualRegistryError USAGE */
export function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new DualRegistryError("USAGE", `--port ${quoted(text)}: allowed: 0 to 65535`);
}
