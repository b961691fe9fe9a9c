import { PulumiCommand } from "@pulumi/pulumi/automation";
import { version as sdkVersion } from "@pulumi/pulumi/version";
import { findPulumi } from "./findPulumi";

/**
 * The CLI found, for the Automation API. A build from source says no version, and the API, which asks it to learn how
 * events come, would throw: such a build is taken for as new as the SDK.
 *
 * @throws Error when there is none; suites ask `findPulumi` before
 */
export async function engineCommand(): Promise<PulumiCommand> {
  const found = findPulumi();
  if (found === undefined) throw new Error("No pulumi command was found: install the Pulumi CLI");
  const command = await PulumiCommand.get({ ...found, skipVersionCheck: true });
  if (command.version !== null) return command;
  return Object.assign(command, { version: { toString: () => sdkVersion } });
}
