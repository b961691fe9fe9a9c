import { facts, PROVIDERS, type rawConfig } from "../support/rawConfig";

type Parts = Parameters<typeof rawConfig>[0];

const { "github:owner": owner, ...withoutOwner } = PROVIDERS;
const { "azure-native:subscriptionId": subscription, ...withoutSubscription } = PROVIDERS;

/** Each case has one cause, from which other problems would follow; it must give one line, which holds these texts. */
export const BROKEN_FORMS: readonly { title: string; parts: Parts; says: readonly string[] }[] = [
  {
    title: "a misspelt key of a list's entry, which is then missing",
    parts: { shared: facts("consumers: [{ nam: shop, pull: [orders/api] }]") },
    says: ["consumers[0].nam: no such key; did you mean `name`?"],
  },
  {
    title: "a form of version that no branch has",
    parts: { shared: facts("branches: [{ branch: main, version: stable }]") },
    says: ['Pulumi.yaml: branches[0].version: "stable" is not allowed; allowed: release, beta, dev'],
  },
  {
    title: "a branch that no name may have",
    parts: { shared: facts("branches: [{ branch: /main, version: release }]") },
    says: ['branches[0].branch: "/main" is not allowed; allowed: the name of a branch, in which * stands for text'],
  },
  {
    title: "a branch behind a pattern that takes it already",
    parts: {
      shared: facts('branches: [{ branch: "feature/**", version: dev }, { branch: feature/x/*, version: beta }]'),
    },
    says: ['branches[1].branch: "feature/x/*" never decides, behind "feature/**"', "move it in front of that"],
  },
  {
    title: "no branch",
    parts: { shared: facts("branches: []") },
    says: ["branches: [] is not allowed"],
  },
  {
    title: "a product without its repository, of which the signers would be",
    parts: { shared: facts("product: { name: orders, domain: company.com }") },
    says: ["product.repository: missing; allowed: a GitHub repository's name without its owner"],
  },
  {
    title: "a repository with its owner, of which the signers would be",
    parts: { shared: facts("product: { name: orders, domain: company.com, repository: company/orders }") },
    says: ['product.repository: "company/orders" is not allowed'],
  },
  {
    title: "a role where a list of roles is wanted, whose letters nobody counts",
    parts: {
      shared: facts(
        "gates: { roles: { platform: [{ team: a, id: 1 }] }, signOffs: { qa: platform }, automation: { app: 1 } }",
      ),
    },
    says: ['gates.signOffs.qa: "platform" is not allowed; allowed: a list, such as [qa]'],
  },
  {
    title: "the beginning of a key",
    parts: { shared: facts("images: [{ repo: orders/api, class: secure }]") },
    says: ["images[0].repo: no such key; did you mean `repository`?"],
  },
  {
    title: "a misspelt rule of retention",
    parts: { stage: facts("retention: { rul: forever }") },
    says: ["retention.rul: no such key; did you mean `rule`?"],
  },
  {
    title: "an image whose class is wrong, which a consumer pulls",
    parts: {
      shared: facts(`
        images: [{ repository: orders/api, class: secur }, { repository: orders/web, class: standard }]
        consumers: [{ name: shop, pull: [orders/api] }]`),
    },
    says: ['images[0].class: "secur" is not allowed'],
  },
  {
    title: "a misspelt reviewer, whose role signs off and approves",
    parts: {
      shared: facts("gates: { roles: { qa: [{ teem: a, id: 1 }] }, signOffs: { qa: [qa] }, automation: { app: 1 } }"),
      stage: facts("waivers: [{ control: tokens-off, reason: because of it, approver: qa, expires: '2099-12-31' }]"),
    },
    says: ["gates.roles.qa[0].teem: no such key; did you mean `team`?"],
  },
  {
    title: "a misspelt SKU beside what needs Premium",
    parts: { stage: facts("registries: { standard: { skuu: Premium, untaggedRetentionDays: 7 } }") },
    says: ["registries.standard.skuu: no such key; did you mean `sku`?"],
  },
  {
    title: "a misspelt mode beside the keys of that mode",
    parts: { stage: facts("registries: { standard: { mode: referense, kind: ghcr, host: ghcr.io } }") },
    says: ['registries.standard.mode: "referense" is not allowed; allowed: create, adopt, reference'],
  },
  {
    title: "a registry with an id and without a mode",
    parts: {
      stage: facts(
        `registries: { standard: { sku: Standard, id: /subscriptions/${subscription}/resourceGroups/rg-a/providers/Microsoft.ContainerRegistry/registries/olden } }`,
      ),
    },
    says: ["registries.standard.mode: missing; allowed: create, adopt, reference"],
  },
  {
    title: "consumers under a misspelt key, one of whom has an account",
    parts: {
      shared: facts("consumrs: [{ name: shop, pull: [orders/api] }]"),
      stage: facts(
        "pullAccess: [{ consumer: shop, namespace: shop, how: workload-identity, issuer: 'https://oidc.example.com/' }]",
      ),
    },
    says: ["Pulumi.yaml: consumrs: no such key; did you mean `consumers`?"],
  },
  {
    title: "a ceiling in quotes below which a consumer stays",
    parts: {
      shared: facts(`
        tokens: { ceilingDays: { secure: "120", standard: 180 } }
        consumers: [{ name: shop, pull: [orders/api], tokenDays: 100 }]`),
    },
    says: ['tokens.ceilingDays.secure: "120" is not allowed', "without quotes"],
  },
  {
    title: "an owner without its namespace",
    parts: { stage: { owner }, foreign: withoutOwner },
    says: ["Pulumi.qa.yaml: owner: no such key; did you mean `github:owner`?"],
  },
  {
    title: "a subscription in a misspelt namespace",
    parts: { foreign: { ...withoutSubscription, "azurenative:subscriptionId": subscription } },
    says: ["azurenative:subscriptionId: no such namespace", "did you mean `azure-native:subscriptionId`?"],
  },
  {
    title: "a stage's key in Pulumi.yaml and misspelt",
    parts: { shared: { retenton: { rule: "forever" } } },
    says: ["Pulumi.yaml: retenton: no such key; did you mean `retention`? It belongs in the stage's file"],
  },
  {
    title: "keys in the namespace of another project",
    parts: { foreign: { ...PROVIDERS, "registries:audit": "{}", "registries:tags": "{}" } },
    says: ["Pulumi.qa.yaml: registries:*: no such namespace", "write dual-registry:*: the project is named so"],
  },
];
