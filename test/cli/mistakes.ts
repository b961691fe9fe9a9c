/** One mistake in one file of a right project, and what is said of it. */
export interface Mistake {
  title: string;
  file: string;
  right: string;
  wrong: string;
  /** Another name of the file. */
  renamed?: string;
  /** The one line of standard error. */
  says: string;
  /** Default 2. */
  code?: number;
}

const QA = "Pulumi.qa.yaml";
const PROD = "Pulumi.prod.yaml";
const SHARED = "Pulumi.yaml";

const REVIEWER = "{ team: platform, id: 7100101 }";

/** What people get wrong in the first hour with a project of their own. */
export const MISTAKES: readonly Mistake[] = [
  {
    title: "a misspelt SKU",
    file: QA,
    right: "sku: Premium",
    wrong: "sku: Premum",
    says: 'Pulumi.qa.yaml: registries.secure.sku: "Premum" is not allowed; allowed: Basic, Standard, Premium',
  },
  {
    title: "a misspelt key",
    file: QA,
    right: "untaggedRetentionDays",
    wrong: "untagedRetentionDays",
    says: "Pulumi.qa.yaml: registries.secure.untagedRetentionDays: no such key; did you mean `untaggedRetentionDays`?",
  },
  {
    title: "a rule in place of retention",
    file: QA,
    right: "{ rule: inactive, days: 90 }",
    wrong: "forever",
    says: 'Pulumi.qa.yaml: retention: "forever" is not allowed; allowed: { rule: inactive, days: 90 }, { rule: keep, days: 365 }, { rule: newest, count: 20 } or { rule: forever }',
  },
  {
    title: "vault: create",
    file: QA,
    right: "  owns",
    wrong: "  vault: create\n  owns",
    says: 'Pulumi.qa.yaml: vault: "create" is not allowed; allowed: { mode: create } or { mode: reference, id: <ARM id of a Key Vault> }; without a vault: passwords: off',
  },
  {
    title: "vault: off",
    file: QA,
    right: "  owns",
    wrong: "  vault: off\n  owns",
    says: 'Pulumi.qa.yaml: vault: "off" is not allowed; allowed: { mode: create } or { mode: reference, id: <ARM id of a Key Vault> }; without a vault: passwords: off',
  },
  {
    title: "a product without a name",
    file: SHARED,
    right: "name: shop, domain",
    wrong: "domain",
    says: "Pulumi.yaml: product.name: missing; allowed: 2 to 24 lower-case letters, digits and hyphens, a letter first",
  },
  {
    title: "an id in quotes",
    file: SHARED,
    right: "id: 7100101",
    wrong: 'id: "7100101"',
    says: 'Pulumi.yaml: gates.roles.platform[0].id: "7100101" is not allowed; allowed: a whole number from 1 to 9007199254740991, without quotes',
  },
  {
    title: "an image without class",
    file: SHARED,
    right: "{ repository: shop/api, class: secure }",
    wrong: "{ repository: shop/api }",
    says: "Pulumi.yaml: images[1].class: missing; allowed: secure, standard",
  },
  {
    title: "an image mapped twice",
    file: SHARED,
    right: "shop/worker",
    wrong: "shop/api",
    says: 'Pulumi.yaml: images: "shop/api" is mapped twice, to secure and to secure; allowed: one entry a repository',
  },
  {
    title: "a consumer of an unmapped image",
    file: SHARED,
    right: "pull: [shop/api]",
    wrong: "pull: [shop/apis]",
    says: 'Pulumi.yaml: consumers.partner.pull: "shop/apis" is not mapped to a class; add it to images, or pull what is there',
  },
  {
    title: "token days over the ceiling",
    file: SHARED,
    right: "tokenDays: 30",
    wrong: "tokenDays: 365",
    says: "Pulumi.yaml: consumers.partner.tokenDays: 365 is over the ceiling of class secure; allowed: at most 90",
  },
  {
    title: "one team in two roles of a stage",
    file: SHARED,
    right: "{ team: owners, id: 7100102 }",
    wrong: REVIEWER,
    says: "Pulumi.yaml: gates.signOffs.prod: team platform reviews for platform and for owners, and could sign off twice; allowed: distinct reviewers in one chain",
  },
  {
    title: "a region that Azure does not have",
    file: QA,
    right: "westeurope",
    wrong: "westeurop",
    says: 'Warning: Pulumi.qa.yaml: location: "westeurop" is none of the known regions of Azure; did you mean `westeurope`?',
    code: 0,
  },
  {
    title: "a replica in a region that Azure does not have",
    file: QA,
    right: "sku: Premium,",
    wrong: "sku: Premium, replicas: [northeurop],",
    says: 'Warning: Pulumi.qa.yaml: registries.secure.replicas[0]: "northeurop" is none of the known regions of Azure; did you mean `northeurope`?',
    code: 0,
  },
  {
    title: "a region as nobody writes it",
    file: QA,
    right: "westeurope",
    wrong: '"West-Europe"',
    says: 'Pulumi.qa.yaml: location: "West-Europe" is not allowed; allowed: an Azure region\'s name, such as westeurope',
  },
  {
    title: "public access off below Premium",
    file: QA,
    right: "sku: Standard",
    wrong: "sku: Standard, publicAccess: false",
    says: "Pulumi.qa.yaml: registries.standard.publicAccess: false needs Premium, and the SKU is Standard; allowed: leave it out, or sku: Premium",
  },
  {
    title: "public access off without another way in",
    file: QA,
    right: "sku: Premium",
    wrong: "sku: Premium, publicAccess: false",
    says: "Warning: Pulumi.qa.yaml: registries.secure.publicAccess: false: nobody reaches the registry until a private endpoint exists; add one in the stack of the network, and run what publishes and promotes on runners in that network: GitHub's own do not reach it; a waiver of private-endpoint says that it is there",
    code: 0,
  },
  {
    title: "a stage before that is not there",
    file: PROD,
    right: "before: qa",
    wrong: "before: uat",
    says: 'Pulumi.prod.yaml: before: "uat" is not the stage before prod (dev -> qa -> prod); allowed: qa',
  },
  {
    title: "sign-offs of a stage that is not there",
    file: SHARED,
    right: "qa: [platform]",
    wrong: "qa: [platform]\n        uat: [platform]",
    says: 'Pulumi.yaml: gates.signOffs.uat: "uat" is not a stage; allowed: qa, prod',
  },
  {
    title: "a consumer of a stage that is not there",
    file: SHARED,
    right: "pull: [shop/api]",
    wrong: "pull: [shop/api], stages: [uat]",
    says: 'Pulumi.yaml: consumers.partner.stages: "uat" is not a stage; allowed: dev, qa, prod',
  },
  {
    title: "the owner's stage renamed",
    file: QA,
    renamed: "Pulumi.test.yaml",
    right: "",
    wrong: "",
    says: "Pulumi.yaml: stages: no file Pulumi.qa.yaml, and Pulumi.test.yaml is of no stage; rename the file, or list [dev, test, prod]",
  },
  {
    title: "no stage that owns the repository",
    file: QA,
    right: "[repository, subscription]",
    wrong: "[subscription]",
    says: "Pulumi.<stage>.yaml: owns: no stage owns repository; allowed: repository in the owns of exactly one stage",
  },
  {
    title: "two stages that own the repository",
    file: PROD,
    right: "  before",
    wrong: "  owns: [repository]\n  before",
    says: "Pulumi.prod.yaml: owns: repository is owned by Pulumi.prod.yaml, Pulumi.qa.yaml; allowed: repository in the owns of exactly one stage",
  },
  {
    title: "a subscription that is not a GUID",
    file: QA,
    right: "1b4e28ba-2fa1-41d2-883f-0016d3cca422",
    wrong: "contoso-qa",
    says: 'Pulumi.qa.yaml: azure-native:subscriptionId: "contoso-qa" is not allowed; allowed: the stage\'s subscription, a guid',
  },
  {
    title: "a tab",
    file: QA,
    right: "  tags",
    wrong: "\ttags",
    says: "Pulumi.qa.yaml, line 10, column 1: tab characters must not be used in indentation",
  },
  {
    title: "a key that stands twice",
    file: QA,
    right: "  tags",
    wrong: "  location: westeurope\n  tags",
    says: "Pulumi.qa.yaml, line 10, column 3: duplicated mapping key",
  },
  {
    title: "a quote that is not closed",
    file: QA,
    right: '"2026-11-02"',
    wrong: '"2026-11-02',
    says: "Pulumi.qa.yaml, line 10, column 25: missed comma between flow collection entries",
  },
  {
    title: "a number for a text",
    file: QA,
    right: '"4711"',
    wrong: "4711",
    says: "Pulumi.qa.yaml: tags.cost-center: 4711 is not allowed; allowed: a text of at most 256 characters; put it in quotes",
  },
  {
    title: "a shared key in a stage's file",
    file: QA,
    right: "  tags",
    wrong: "  tokens: { ceilingDays: { secure: 90, standard: 180 } }\n  tags",
    says: "Pulumi.qa.yaml: tokens: a key of all stages, which belongs in Pulumi.yaml; move it there: Pulumi would take this value and drop Pulumi.yaml's, not merge them",
  },
  {
    title: "a stage's key in the shared file",
    file: SHARED,
    right: "  gates:",
    wrong: "  retention:\n    value: { rule: forever }\n  gates:",
    says: "Pulumi.yaml: retention: a key of one stage; move it to the stage's file",
  },
  {
    title: "a secret in plain text",
    file: QA,
    right: "  tags",
    wrong: "  alertWebhook: https://hooks.example.com/1\n  tags",
    says: "Pulumi.qa.yaml: alertWebhook: is in plain text; encrypt it: pulumi config set --secret alertWebhook",
  },
  {
    title: "an adopted registry of another subscription",
    file: QA,
    right: "{ sku: Standard }",
    wrong:
      "{ mode: adopt, sku: Standard, id: /subscriptions/1b4e28ba-2fa1-41d2-883f-0016d3cca429/resourceGroups/rg-old/providers/Microsoft.ContainerRegistry/registries/shopold }",
    says: 'Pulumi.qa.yaml: registries.standard.id: subscription "1b4e28ba-2fa1-41d2-883f-0016d3cca429" is not the stage\'s; allowed: azure-native:subscriptionId, where its tokens are made',
  },
];
