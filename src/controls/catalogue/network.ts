import { coversInternet, parseIpRange } from "../../base/azure/ipRange";
import {
  azurePolicy,
  checkov,
  type Control,
  type Evidence,
  type Finding,
  inBenchmark,
  inBenchmark2,
  psRule,
} from "../control";
import type { Known, RegistryFacts } from "../facts";
import { aboutRegistry, allOf, anyOf, eachAcr, eachOf, isKnown, look, notApplicable, onEachAcr } from "../judge";

/** The property in Azure's words, for evidence. */
export const BYPASS = "networkRuleBypassOptions";

/**
 * What the firewall of the public endpoint does in effect. `open`: it denies what no rule names, and the rules name
 * nearly everything.
 */
export function firewallOf({ networkDefault, allowedRanges }: RegistryFacts): Known<"allow" | "deny" | "open"> {
  if (networkDefault !== "deny") return networkDefault;
  if (allowedRanges === "unknown") return "unknown";
  const ranges = allowedRanges.map(parseIpRange);
  if (coversInternet(ranges.filter((range) => range !== undefined))) return "open";
  return ranges.includes(undefined) ? "unknown" : "deny";
}

/** True where it is known that the network is restricted; elsewhere there is nothing to pass by. */
const isRestricted = (registry: RegistryFacts): boolean =>
  registry.publicAccess === false || firewallOf(registry) === "deny";

/** Whether Azure's trusted services, Defender for Cloud among them, come in: past the rules, or because none stands. */
export function letsServicesIn(registry: RegistryFacts): Known<boolean> {
  const { sku, publicAccess, trustedServices } = registry;
  const firewall = firewallOf(registry);
  // Below Premium there are no rules of a network.
  const open =
    sku === "Basic" || sku === "Standard" || (publicAccess === true && (firewall === "allow" || firewall === "open"));
  if (open || trustedServices === true) return true;
  return trustedServices === false && isRestricted(registry) ? false : "unknown";
}

/**
 * A finding about a network, with what passes by its rules. It is told and not judged: whether one of Azure's services
 * must come in is the stage's to say, and no rule of elsewhere asks for either.
 */
function withBypass(finding: Finding, registry: RegistryFacts): Finding {
  if (!isRestricted(registry)) return finding;
  const { name: resource, trustedServices: pass } = registry;
  const value = isKnown(pass) ? (pass ? "AzureServices" : "None") : pass;
  const expected = "None, or AzureServices where Defender or an import must come in";
  const evidence: Evidence = { resource, property: BYPASS, value, expected };
  return { ...finding, evidence: [...finding.evidence, evidence] };
}

export const publicAccessOff: Control = {
  id: "public-access-off",
  title: "The registry has no public endpoint",
  why: "A leaked credential can be used from anywhere as long as the registry answers on the internet.",
  severity: "high",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [
    checkov("CKV_AZURE_139"),
    azurePolicy("ACR_PublicNetworkAccess_AuditDeny", "0fdf0491-d080-4575-b627-ad0e843cba0f"),
    azurePolicy("ACR_PublicNetworkAccess_Modify", "a3701552-92ea-433e-9d17-33b7f1208fc9"),
  ],
  mappings: [...inBenchmark2("NS-2")],
  remediation: "Set publicAccess to false in the stage file (Premium) and reach the registry by a private endpoint.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const finding = allOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "publicNetworkAccess", expected: "Disabled" },
          registry.publicAccess,
          (on) => !on,
          (on) => (on ? "Enabled" : "Disabled"),
        ),
      ]);
      return finding.verdict === "pass" ? withBypass(finding, registry) : finding;
    });
  },
};

const MOST_RANGES = 4;

function shownFirewall(firewall: "allow" | "deny" | "open", ranges: RegistryFacts["allowedRanges"]): string {
  if (firewall === "allow") return "Allow";
  if (firewall === "deny" || ranges === "unknown") return "Deny";
  const more = ranges.length > MOST_RANGES ? ` and ${ranges.length - MOST_RANGES} more` : "";
  return `Deny, and rules that let nearly everybody in: ${ranges.slice(0, MOST_RANGES).join(", ")}${more}`;
}

export const networkRestricted: Control = {
  id: "network-restricted",
  title: "Not every address reaches the registry",
  why: "An endpoint without rules answers the whole internet, and so does one whose rules name all of it.",
  severity: "high",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [
    psRule("Firewall"),
    azurePolicy("ACR_NetworkRulesExist_AuditDeny", "d0793b48-0edc-4296-a390-4c75d1bdfd71"),
  ],
  mappings: [...inBenchmark("NS-2"), ...inBenchmark2("NS-2")],
  remediation:
    "Name the ranges in allowedIps (Premium), so that every other address is denied, or switch public access off.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const firewall = firewallOf(registry);
      const finding = anyOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "publicNetworkAccess", expected: "Disabled, or a firewall that denies" },
          registry.publicAccess,
          (on) => !on,
          (on) => (on ? "Enabled" : "Disabled"),
        ),
        look(
          {
            resource: registry.name,
            property: "networkRuleSet.defaultAction",
            expected: firewall === "open" ? "Deny, with rules for less than a quarter of all addresses" : "Deny",
          },
          firewall,
          (action) => action === "deny",
          (action) => shownFirewall(action, registry.allowedRanges),
        ),
      ]);
      return withBypass(finding, registry);
    });
  },
};

export const privateEndpoint: Control = {
  id: "private-endpoint",
  title: "The registry is reached by a private endpoint",
  why: "Traffic through a private endpoint stays in the company's network, and the endpoint stands for this one registry only.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [
    azurePolicy("ACR_PrivateEndpointEnabled_Audit", "e8eef0a8-67cf-4eb4-9386-14b0e78733d4"),
    azurePolicy("ACR_PrivateEndpoint_DINE", "d85c6833-7d33-4cf5-a915-aaa2de84405f"),
  ],
  mappings: [...inBenchmark("NS-2"), ...inBenchmark2("NS-2")],
  remediation:
    "Add a private endpoint for the registry (Premium) in the network of its consumers, and approve its connection.",
  evaluate: onEachAcr(
    "privateEndpointConnections",
    "at least one that is approved",
    (registry) => registry.privateEndpoints,
    (count) => count > 0,
  ),
};

export const privateDns: Control = {
  id: "private-dns",
  title: "A private endpoint's name resolves to its private address",
  why: "Without the zone, clients resolve the public address and go around the private endpoint.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [azurePolicy("ACR_PrivateDNSZone_DINE", "e9585a95-5b8c-4d03-b193-dc7eb5ac4c32")],
  mappings: [],
  remediation: "Add a private DNS zone group for privatelink.azurecr.io to each private endpoint.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const about = aboutRegistry(registry);
      if (registry.privateEndpoints === 0) return notApplicable(about, "The registry has no private endpoint.");
      const at = {
        resource: registry.name,
        property: "privateDnsZoneGroups",
        expected: "one for each private endpoint",
      };
      const known = registry.privateEndpoints === "unknown" ? ("unknown" as const) : registry.privateDns;
      return allOf(about, [
        look(
          at,
          known,
          (all) => all,
          (all) => (all ? "for each" : "missing"),
        ),
      ]);
    });
  },
};

export const dataEndpoint: Control = {
  id: "data-endpoint",
  title: "Layers come from an endpoint of the registry's own",
  why: "Without it, a firewall has to let clients reach the storage of every customer of the region, and so of whoever takes data out.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [checkov("CKV_AZURE_237")],
  mappings: [],
  remediation: "Set dataEndpoint to true in the stage file (Premium), and let clients reach it.",
  evaluate: onEachAcr(
    "dataEndpointEnabled",
    "true",
    (registry) => registry.dataEndpoint,
    (on) => on,
  ),
};

export const exportOff: Control = {
  id: "export-off",
  title: "Images leave only by a pull",
  why: "An import by another registry or a transfer copies images out without a pull that the log would show.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-19"],
  corresponds: [
    psRule("ExportPolicy"),
    azurePolicy("ACR_ExportPolicy_AuditDeny", "524b0254-c285-4903-bee6-bb8126cde579"),
  ],
  mappings: [],
  remediation:
    "Set exportAllowed and publicAccess to false (Premium). It also blocks az acr import out of this registry.",
  evaluate(facts) {
    return eachAcr(facts, (registry) =>
      allOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "policies.exportPolicy.status", expected: "disabled" },
          registry.exportAllowed,
          (on) => !on,
          (on) => (on ? "enabled" : "disabled"),
        ),
        look(
          { resource: registry.name, property: "publicNetworkAccess", expected: "Disabled" },
          registry.publicAccess,
          (on) => !on,
          (on) => (on ? "Enabled" : "Disabled"),
        ),
      ]),
    );
  },
};

export const webhookHttps: Control = {
  id: "webhook-https",
  title: "Webhooks call over https",
  why: "The call says what was pushed and carries an authorization, for everybody on the way to read.",
  severity: "high",
  level: "mandatory",
  rows: ["S1-9"],
  corresponds: [checkov("CKV2_AZURE_30")],
  mappings: [],
  remediation: "Give the webhook an address that begins with https://.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const about = aboutRegistry(registry);
      const at = { resource: registry.name, property: "webhooks.serviceUri", expected: "begins with https://" };
      const { webhooks } = registry;
      if (webhooks === "unknown") return allOf(about, [look(at, webhooks, () => false)]);
      if (webhooks.length === 0) return notApplicable(about, "The registry has no webhook.");
      return allOf(about, [
        eachOf(
          at,
          webhooks,
          ({ name }) => name,
          ({ secure }) => secure,
          (secure) => secure,
        ),
      ]);
    });
  },
};
