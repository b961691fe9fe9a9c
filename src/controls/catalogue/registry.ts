import { isSameRegion } from "../../base/azure/region";
import { azurePolicy, checkov, type Control, inBenchmark, inBenchmark2, psRule, ssdf } from "../control";
import { aboutRegistry, aboutStage, allOf, eachAcr, look, notApplicable, onEachAcr } from "../judge";

export const nameValid: Control = {
  id: "name-valid",
  title: "The registry's name is one that Azure takes",
  why: "Azure refuses the registry otherwise, when everything else is already made.",
  severity: "low",
  level: "mandatory",
  rows: ["S0-1"],
  corresponds: [psRule("Name")],
  mappings: [],
  remediation: "Choose 5 to 50 letters and digits as name in the stage file.",
  evaluate: onEachAcr(
    "name",
    "5 to 50 letters and digits",
    (registry) => registry.name,
    (name) => /^[a-zA-Z0-9]{5,50}$/.test(name),
  ),
};

export const nameConvention: Control = {
  id: "name-convention",
  title: "The registry's name keeps the company's convention",
  why: "A name outside the convention is hard to place in bills, alerts and incidents.",
  severity: "low",
  level: "advisory",
  rows: [],
  corresponds: [psRule("Naming")],
  mappings: [],
  remediation:
    "Set name in the stage file so that it begins with compliance.namePrefix; a change of the name replaces the registry.",
  evaluate(facts) {
    const { namePrefix } = facts.stage;
    if (namePrefix === undefined) return [notApplicable(aboutStage(facts), "No prefix of names is configured.")];
    return eachAcr(facts, (registry) =>
      allOf(aboutRegistry(registry), [
        look(
          { resource: registry.name, property: "name", expected: `begins with ${namePrefix}` },
          registry.name,
          (name) => name.startsWith(namePrefix),
        ),
      ]),
    );
  },
};

export const registryProtected: Control = {
  id: "registry-protected",
  title: "The engine refuses to delete or replace a registry",
  why: "A changed name or region would replace the registry, and its images would be gone.",
  severity: "high",
  level: "advisory",
  rows: ["S0-5"],
  corresponds: [],
  mappings: [...ssdf("PS.3.1")],
  remediation: "Leave protect on in the stage file.",
  evaluate: onEachAcr(
    "protect",
    "true",
    (registry) => registry.protected,
    (on) => on,
  ),
};

export const skuNotBasic: Control = {
  id: "sku-not-basic",
  title: "The tier is one for production",
  why: "Basic has the lowest limits of storage, throughput and tokens, and its images are not scanned by the rules that ask for Standard.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-12"],
  corresponds: [psRule("MinSku"), checkov("CKV_AZURE_163")],
  mappings: [],
  remediation: "Set sku to Standard or Premium in the stage file.",
  evaluate: onEachAcr(
    "sku.name",
    "Standard or Premium",
    (registry) => registry.sku,
    (sku) => sku === "Standard" || sku === "Premium",
  ),
};

export const skuPremium: Control = {
  id: "sku-premium",
  title: "The tier can keep what the network rules ask for",
  why: "Private endpoints, network rules and switching the public endpoint off are Premium's.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [azurePolicy("ACR_SkuSupportsPrivateEndpoints_AuditDeny", "bd560fc0-3c69-498a-ae9f-aa8eb7de0e13")],
  mappings: [...inBenchmark2("NS-2")],
  remediation: "Set sku to Premium in the stage file.",
  evaluate: onEachAcr(
    "sku.name",
    "Premium",
    (registry) => registry.sku,
    (sku) => sku === "Premium",
  ),
};

export const customerKey: Control = {
  id: "customer-key",
  title: "Images are encrypted with a key of the company's",
  why: "Where a rule asks for it, only a key of one's own can be rotated, watched and taken away.",
  severity: "low",
  level: "advisory",
  rows: [],
  corresponds: [azurePolicy("ACR_CMKEncryptionEnabled_Audit", "5b9159ae-1701-4a6f-9a7a-aa9c8ddd0580")],
  mappings: [...inBenchmark("DP-5"), ...inBenchmark2("DP-5")],
  remediation:
    "Create the registry (Premium) with encryption by a key in Key Vault; an existing registry cannot be changed and would be replaced.",
  evaluate: onEachAcr(
    "encryption.status",
    "enabled",
    (registry) => registry.customerKey,
    (on) => on,
    (on) => (on ? "enabled" : "disabled"),
  ),
};

export const replicaElsewhere: Control = {
  id: "replica-elsewhere",
  title: "Images stand in a second region",
  why: "Where the only region fails, nothing that pulls its image then can start.",
  severity: "low",
  level: "advisory",
  rows: ["S1-11"],
  corresponds: [psRule("GeoReplica"), checkov("CKV_AZURE_165")],
  mappings: [],
  remediation: "Name another region in replicas (Premium, not together with softDeleteDays).",
  evaluate: onEachAcr(
    "replications",
    "at least one in another region",
    ({ location, replicas }) =>
      location === "unknown" || replicas === "unknown"
        ? ("unknown" as const)
        : replicas.filter((replica) => !isSameRegion(replica, location)),
    (replicas) => replicas.length > 0,
  ),
};

export const replicaLocations: Control = {
  id: "replica-locations",
  title: "Images stay in the regions that are allowed",
  why: "The registry and each replica of it hold all images under the law of their place.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-11"],
  corresponds: [psRule("ReplicaLocation")],
  mappings: [],
  remediation:
    "Take the region out of replicas, or add it to compliance.locations in the stage file. A registry's own region cannot be changed: make another registry in one that is allowed.",
  evaluate(facts) {
    const allowed = facts.stage.allowedLocations;
    if (allowed === undefined) return [notApplicable(aboutStage(facts), "No list of allowed regions is configured.")];
    const isAllowed = (region: string) => allowed.some((one) => isSameRegion(one, region));
    const expected = `within ${allowed.join(", ")}`;
    return eachAcr(facts, (registry) =>
      allOf(aboutRegistry(registry), [
        look({ resource: registry.name, property: "location", expected }, registry.location, isAllowed),
        look({ resource: registry.name, property: "replications.location", expected }, registry.replicas, (replicas) =>
          replicas.every(isAllowed),
        ),
      ]),
    );
  },
};
