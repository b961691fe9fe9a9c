import type { Known, RegistryFacts } from "../domain/facts";
import { isKnown } from "./judge";
import type { Evidence, Finding } from "./report";

/** The property in Azure's words, for evidence. */
export const BYPASS = "networkRuleBypassOptions";

/** True where it is known that the network is restricted; elsewhere there is nothing to pass by. */
export const isRestricted = ({ publicAccess, networkDefault }: RegistryFacts): boolean =>
  publicAccess === false || networkDefault === "deny";

/** Whether Azure's trusted services, Defender for Cloud among them, come in: past the rules, or because none stands. */
export function letsServicesIn(registry: RegistryFacts): Known<boolean> {
  const { sku, publicAccess, networkDefault, trustedServices } = registry;
  // Below Premium there are no rules of a network.
  const open = sku === "Basic" || sku === "Standard" || (publicAccess === true && networkDefault === "allow");
  if (open || trustedServices === true) return true;
  return trustedServices === false && isRestricted(registry) ? false : "unknown";
}

/**
 * A finding about a network, with what passes by its rules. It is told and not judged: whether one of Azure's services
 * must come in is the stage's to say, and no rule of elsewhere asks for either.
 */
export function withBypass(finding: Finding, registry: RegistryFacts): Finding {
  if (!isRestricted(registry)) return finding;
  const { name: resource, trustedServices: pass } = registry;
  const value = isKnown(pass) ? (pass ? "AzureServices" : "None") : pass;
  const expected = "None, or AzureServices where Defender or an import must come in";
  const evidence: Evidence = { resource, property: BYPASS, value, expected };
  return { ...finding, evidence: [...finding.evidence, evidence] };
}
