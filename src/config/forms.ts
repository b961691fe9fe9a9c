import { z } from "zod";
import { armIdForm, type ArmKind, readArmId } from "../base/azure/armId";
import { parseIpRange } from "../base/azure/ipRange";
import { REGION_FORM, regionNamed } from "../base/azure/region";
import { text, whole } from "../base/decode/decode";
import { quotedValue } from "../base/text/quote";

/** Forms of values that several keys take. */

/**
 * A text that is read by the one parser of its kind, and refused where that reads nothing.
 *
 * @param parse gives the value, or undefined for a text that is none
 */
function parsed<T>(parse: (text: string) => T | undefined, form: string) {
  const message = `allowed: ${form}`;
  return z.string(message).transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** An IPv4 address, or a range of them. */
export const ipRange = parsed(
  (text) => (parseIpRange(text)?.family === 4 ? text : undefined),
  "an IPv4 address or range, such as 203.0.113.0/24",
);

/** A region by its name or its display name (North Europe); reads as its name. */
export const region = parsed(regionNamed, REGION_FORM);

/** The id of a resource of that kind in any letter case; reads in Azure's usual spelling, names as they were written. */
export function armId(kind: ArmKind) {
  const form = armIdForm(kind);
  return z.string(`allowed: ${form}`).transform((text, context) => {
    const read = readArmId(text, kind);
    if (!("part" in read)) return read.id;
    const { part, allowed } = read;
    const where = part === "" ? "which it lacks" : `where it says ${quotedValue(part)}`;
    context.addIssue({ code: "custom", message: `allowed: ${allowed}, ${where}: ${form}` });
    return z.NEVER;
  });
}

/** GitHub's number of a user, a team, a repository or an App. */
export const githubId = whole(1, 2 ** 53 - 1);

/** A name that Kubernetes takes everywhere. Source: Kubernetes, "Object Names and IDs", DNS label names. */
export const kubernetesLabel = text(
  /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  "1 to 63 lower-case letters, digits and hyphens, no hyphen first or last",
);

/** The name of an object of most kinds. Source: Kubernetes, "Object Names and IDs", DNS subdomain names. */
export const kubernetesName = text(
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
  "the name of an object of Kubernetes: lower-case letters, digits and hyphens, each part between dots without a hyphen first or last",
);

/** Who issues the tokens of a cluster's service accounts. */
export const clusterIssuer = text(
  /^https:\/\/[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?(?:\/[A-Za-z0-9._~%/-]{0,1000})?$/,
  "the cluster's OIDC issuer, an https address",
);
