import { facts, PROVIDERS } from "../support/rawConfig";
import type { BROKEN } from "./brokenKeys";

const ADOPTED =
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/legacy/providers/Microsoft.ContainerRegistry/registries/companyold";

/** Facts that are well-formed, each by itself, and wrong together or wrong in this place. */
export const DISAGREEING: typeof BROKEN = [
  {
    title: "a stage without its subscription",
    parts: { foreign: { "github:owner": "company" } },
    says: ["Pulumi.qa.yaml: azure-native:subscriptionId: missing", "a guid"],
  },
  {
    title: "a stage without the owner of its repository",
    parts: { foreign: { "azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001" } },
    says: ["Pulumi.qa.yaml: github:owner: missing"],
  },
  {
    title: "a misspelt key of a provider",
    parts: { foreign: { ...PROVIDERS, "azure-native:subscriptionID": "x" } },
    says: ["azure-native:subscriptionID: no such key", "subscriptionId"],
  },
  {
    title: "a misspelt namespace",
    parts: { foreign: { ...PROVIDERS, "dualregistry:audit": "{}" } },
    says: ['dualregistry:audit: no such namespace: "dualregistry"', "did you mean `dual-registry:audit`?"],
  },
  {
    title: "a role called constructor that is none",
    parts: {
      shared: facts(
        "gates: { roles: { qa: [{ team: a, id: 1 }] }, signOffs: { qa: [constructor] }, automation: { app: 1 } }",
      ),
    },
    says: ['gates.signOffs.qa: "constructor" is not a role'],
  },
  {
    title: "a role that is listed twice in a chain",
    parts: {
      shared: facts(
        "gates: { roles: { qa: [{ team: a, id: 1 }] }, signOffs: { qa: [qa, qa] }, automation: { app: 1 } }",
      ),
    },
    says: ['gates.signOffs.qa: "qa" is listed twice'],
  },
  {
    title: "one id under two names",
    parts: {
      shared: facts(
        "gates: { roles: { qa: [{ team: a, id: 1 }], uat: [{ team: b, id: 1 }] }, signOffs: { uat: [qa, uat] }, automation: { app: 1 } }",
      ),
    },
    says: ["gates.roles.uat: id 1 is also that of team a"],
  },
  {
    title: "one name with two ids, in another letter case",
    parts: {
      shared: facts(
        "gates: { roles: { qa: [{ team: a, id: 1 }], uat: [{ team: A, id: 2 }] }, signOffs: { uat: [qa, uat] }, automation: { app: 1 } }",
      ),
    },
    says: ["gates.roles.uat: team a has another id elsewhere"],
  },
  ...["allowedIps: [203.0.113.0/24]", "dataEndpoint: true", "publicAccess: false", "trustedServices: false"].map(
    (fact) => ({
      title: `${fact} below Premium`,
      parts: { stage: facts(`registries: { standard: { sku: Standard, ${fact} } }`) },
      says: [`registries.standard.${fact.split(":")[0] ?? ""}:`, "needs Premium, and the SKU is Standard"],
    }),
  ),
  {
    title: "addresses that are allowed where nothing is public",
    parts: { stage: facts("registries: { secure: { publicAccess: false, allowedIps: [203.0.113.0/24] } }") },
    says: ["registries.secure.allowedIps", "never reached with public access off"],
  },
  {
    title: "Azure's services kept out where every address may come",
    parts: { stage: facts("registries: { secure: { trustedServices: false } }") },
    says: ["registries.secure.trustedServices: false has no effect", "allowedIps, or publicAccess: false"],
  },
  {
    title: "tokens of ARM that are neither allowed nor not",
    parts: { stage: facts("registries: { secure: { armTokensAllowed: disabled } }") },
    says: ['registries.secure.armTokensAllowed: "disabled" is not allowed'],
  },
  {
    title: "a replica that is listed twice",
    parts: { stage: facts("registries: { secure: { replicas: [northeurope, northeurope] } }") },
    says: ['registries.secure.replicas[1]: "northeurope" is listed twice'],
  },
  {
    title: "a replica in the registry's own region, by its display name",
    parts: { stage: facts('{ location: westeurope, registries: { secure: { replicas: ["West Europe"] } } }') },
    says: ['registries.secure.replicas[0]: "westeurope" is the registry\'s own region'],
  },
  {
    title: "more ranges than a firewall takes",
    parts: {
      stage: {
        registries: { secure: { allowedIps: Array.from({ length: 201 }, (_, at) => `198.51.${at}.0/24`) } },
      },
    },
    says: ["registries.secure.allowedIps:", "at most 200 entries"],
  },
  {
    title: "a range that is listed twice, in two spellings",
    parts: { stage: facts("registries: { secure: { allowedIps: [203.0.113.7, 203.0.113.7/32] } }") },
    says: ['registries.secure.allowedIps[1]: "203.0.113.7/32" is listed twice, also as 203.0.113.7'],
  },
  ...[
    ["10.0.0.0/8", "lies in 10.0.0.0/8, which Key Vault refuses"],
    ["172.20.0.0/16", "lies in 172.16.0.0/12"],
    ["192.168.0.1", "lies in 192.168.0.0/16"],
    ["203.0.113.7/24", "is not the first address of its range"],
  ].map(([range = "", says = ""]) => ({
    title: `${range} in a vault`,
    parts: { stage: { vault: { allowedIps: [range] } } },
    says: [`vault.allowedIps[0]: "${range}" ${says}`],
  })),
  {
    title: "addresses that reach a vault without public access",
    parts: { stage: facts("vault: { publicAccess: false, allowedIps: [203.0.113.0/24] }") },
    says: ["vault.allowedIps:", "never reached with public access off"],
  },
  {
    title: "an adopted registry's id that lacks its last letter",
    parts: {
      stage: {
        registries: { secure: { mode: "adopt", sku: "Premium", id: ADOPTED.replace("registries", "registrie") } },
      },
    },
    says: ["registries.secure.id:", 'allowed: registries, where it says "registrie"'],
  },
  {
    title: "more tags than Azure takes",
    parts: { stage: { tags: Object.fromEntries(Array.from({ length: 48 }, (_, at) => [`t${at}`, "x"])) } },
    says: ["tags: 48 tags", "allowed: 47"],
  },
  ...[4711, true, 1.5].map((value) => ({
    title: `a tag that is ${String(value)} without quotes`,
    parts: { stage: { tags: { owner: value } } },
    says: [`tags.owner: ${String(value)} is not allowed`, "put it in quotes"],
  })),
  {
    title: "soft delete beyond ninety days",
    parts: { stage: facts("registries: { secure: { softDeleteDays: 91 } }") },
    says: ["registries.secure.softDeleteDays: 91 is not allowed", "from 1 to 90"],
  },
  {
    title: "registries that are a list",
    parts: { stage: { registries: [] } },
    says: ["registries: [] is not allowed", "allowed: { secure: { sku: Premium }, standard: { sku: Standard } }"],
  },
  {
    title: "an adopted registry without its SKU, which a default could change",
    parts: { stage: { registries: { secure: { mode: "adopt", id: ADOPTED } } } },
    says: ["registries.secure.sku: missing", "allowed: Basic, Standard, Premium"],
  },
  {
    title: "an adopted registry of another subscription",
    parts: { stage: { registries: { secure: { mode: "adopt", sku: "Premium", id: ADOPTED.replace("01/", "02/") } } } },
    says: ["registries.secure.id: subscription", "is not the stage's"],
  },
  {
    title: "an adopted registry in the group that the stage makes",
    parts: {
      stage: { resourceGroup: "Legacy", registries: { secure: { mode: "adopt", sku: "Premium", id: ADOPTED } } },
    },
    says: ['registries.secure.id: group "legacy" is the group that the stage makes'],
  },
  {
    title: "a tag that the program sets itself, in another letter case",
    parts: { stage: { tags: { Product: "x" } } },
    says: ['tags: "Product" is set by the program'],
  },
  {
    title: "more repositories than a scope map takes",
    parts: {
      shared: {
        images: Array.from({ length: 251 }, (_, at) => ({ repository: `orders/i${at}`, class: "secure" })),
      },
    },
    says: ['product.pull: "orders" names 251 secure repositories', "allowed: 250, or a path such as orders/*"],
  },
  {
    title: "more tokens than the SKU takes",
    parts: {
      shared: { consumers: Array.from({ length: 100 }, (_, at) => ({ name: `team${at}`, pull: ["orders/web"] })) },
      stage: facts("registries: { standard: { sku: Basic } }"),
    },
    says: ["registries.standard.sku: 101 tokens are more than Basic takes", "allowed: 100"],
  },
];
