import { ok, problem, warning, type Finding } from "./finding";
import { whyNot, type Probe } from "./probe";
import { firstLine } from "./scrub";
import { atLeast, parseVersion, showVersion, type Version } from "./version";

/** The oldest CLI for the SDK this project uses; Pulumi.yaml's requiredPulumiVersion may ask for a later one. */
const LEAST_PULUMI: Version = [3, 248, 0];

const INSTALL = "curl -fsSL https://get.pulumi.com | sh  # or: brew install pulumi/tap/pulumi";

/**
 * Is the Pulumi CLI there and new enough?
 *
 * @param required Pulumi.yaml's `requiredPulumiVersion`, a range such as `>=3.248.0`; only a lower bound is read
 */
export async function checkPulumi(probe: Probe, required: string | undefined): Promise<Finding> {
  const asked = required === undefined || !/^\s*>=/.test(required) ? undefined : parseVersion(required);
  const least = asked !== undefined && atLeast(asked, LEAST_PULUMI) ? asked : LEAST_PULUMI;
  const answer = await probe("pulumi", ["version"]);
  if (answer.state === "missing") return problem("pulumi", "the Pulumi CLI is not on PATH", INSTALL);
  if (answer.state === "failed") return problem("pulumi", `pulumi version failed: ${whyNot(answer)}`, INSTALL);
  const version = parseVersion(answer.stdout);
  if (version === undefined) {
    const shown = firstLine(answer.stdout) || "nothing";
    return warning("pulumi", `pulumi version says ${shown}: at least ${showVersion(least)} is needed`);
  }
  const found = `Pulumi CLI ${showVersion(version)}`;
  return atLeast(version, least)
    ? ok("pulumi", found)
    : problem("pulumi", `${found}, and Pulumi.yaml needs ${showVersion(least)}`, INSTALL);
}
