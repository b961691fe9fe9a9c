import { facts, type rawConfig } from "../support/rawConfig";

/** Each case breaks one thing and must give exactly one line, which holds these texts. */
export const BROKEN: readonly { title: string; parts: Parameters<typeof rawConfig>[0]; says: readonly string[] }[] = [
  {
    title: "an unknown key of a stage file",
    parts: { stage: { regoins: ["x"] } },
    says: ["Pulumi.qa.yaml: regoins: no such key", "allowed: alertWebhook, alerts, alternatives, audit, before"],
  },
  {
    title: "an unknown key inside a fact",
    parts: { stage: facts("registries: { secure: { skuu: Premium } }") },
    says: ["Pulumi.qa.yaml: registries.secure.skuu: no such key; did you mean `sku`?"],
  },
  {
    title: "a shared key in the stage's file",
    parts: { stage: { product: { name: "orders", domain: "company.com", repository: "orders" } } },
    says: ["Pulumi.qa.yaml: product: a key of all stages", "Pulumi.yaml"],
  },
  {
    title: "a shared key in the stage's file whose value is wrong as well",
    parts: { stage: { product: { name: 5 } } },
    says: ["Pulumi.qa.yaml: product: a key of all stages"],
  },
  {
    title: "a retention rule that does not exist",
    parts: { stage: { retention: { rule: "inactiv", days: 3 } } },
    says: ['retention.rule: "inactiv" is not allowed', "allowed: inactive, keep, newest, forever"],
  },
  {
    title: "a misspelt thing to own",
    parts: { stage: { owns: ["repository", "subscripton"] } },
    says: ['owns[1]: "subscripton" is not allowed', "allowed: repository, subscription"],
  },
  {
    title: "a shared key in another stage's file",
    parts: { others: { prod: { location: "westeurope", images: [] } } },
    says: ["Pulumi.prod.yaml: images: a key of all stages"],
  },
  {
    title: "a stage's key in the shared file",
    parts: { shared: { tags: { a: "b" } } },
    says: ["Pulumi.yaml: tags: a key of one stage", "move it"],
  },
  {
    title: "a registry name with a hyphen",
    parts: { stage: facts("registries: { secure: { name: orders-qa } }") },
    says: ['registries.secure.name: "orders-qa" is not allowed', "5 to 50 lower-case letters and digits"],
  },
  {
    title: "a registry name of four characters",
    parts: { stage: facts("registries: { standard: { name: abcd } }") },
    says: ['registries.standard.name: "abcd" is not allowed'],
  },
  {
    title: "sign-offs of the first stage, which nothing asks for",
    parts: {
      shared: facts("gates: { roles: { a: [{ team: a, id: 1 }] }, signOffs: { dev: [a] }, automation: { app: 1 } }"),
    },
    says: [
      "gates.signOffs.dev: nothing is signed off for dev, the first stage: gates begin at qa; allowed: qa, uat, prod",
    ],
  },
  {
    title: "a stage that is listed twice",
    parts: { shared: facts("stages: [dev, qa, qa]") },
    says: ['Pulumi.yaml: stages[2]: "qa" is not allowed; allowed: each stage once'],
  },
  {
    title: "a stage that is called as a candidate",
    parts: { shared: facts("stages: [dev, qa, rc1]") },
    says: ['Pulumi.yaml: stages[2]: "rc1" is not allowed; allowed: 2 to 12 lower-case letters and digits'],
  },
  {
    title: "a stage that is called as files and objects are",
    parts: { shared: facts("stages: [dev, qa, constructor]") },
    says: ['Pulumi.yaml: stages[2]: "constructor" is not allowed', "changes, compliance, constructor, index"],
  },
  {
    title: "a check to be passed at prod, which no release leaves",
    parts: {
      shared: facts(
        "gates: { roles: { qa: [{ user: a, id: 1 }] }, signOffs: {}, stageChecks: { prod: [{ name: e2e, app: 2 }] } }",
      ),
    },
    says: ["gates.stageChecks.prod", "allowed: dev, qa, uat"],
  },
  {
    title: "a check of a stage that anybody could report",
    parts: { shared: facts("gates: { roles: {}, signOffs: {}, stageChecks: { uat: [end-to-end] } }") },
    says: [
      'gates.stageChecks.uat[0]: "end-to-end" is not allowed; anybody who may push can report a check by that name',
      "{ name: end-to-end, workflow: e2e.yml } or { name: security-scan, app: 12345 }",
    ],
  },
  {
    title: "a check that every workflow of every branch may report",
    parts: { shared: facts("gates: { roles: {}, signOffs: {}, stageChecks: { uat: [{ name: e2e, app: 15368 }] } }") },
    says: ["gates.stageChecks.uat[0]", "another App than GitHub Actions"],
  },
  {
    title: "sign-offs without the App that alone places tags",
    parts: { shared: facts("gates: { roles: { qa: [{ team: a, id: 1 }] }, signOffs: { uat: [qa] } }") },
    says: [
      "Pulumi.yaml: gates.automation: missing, so whoever may push could place the tags that uat signs off; name the App",
    ],
  },
  {
    title: "a SKU that does not exist",
    parts: { stage: facts("registries: { secure: { sku: Premum } }") },
    says: ['registries.secure.sku: "Premum" is not allowed', "allowed: Basic, Standard, Premium"],
  },
  {
    title: "retention of untagged manifests below Premium",
    parts: { stage: facts("registries: { standard: { sku: Standard, untaggedRetentionDays: 7 } }") },
    says: ["registries.standard.untaggedRetentionDays: 7 needs Premium", "SKU is Standard"],
  },
  {
    title: "replicas below Premium",
    parts: { stage: facts("registries: { standard: { sku: Basic, replicas: [northeurope] } }") },
    says: ["registries.standard.replicas", "needs Premium"],
  },
  {
    title: "retention together with soft delete",
    parts: { stage: facts("registries: { secure: { untaggedRetentionDays: 7, softDeleteDays: 7 } }") },
    says: ["registries.secure.softDeleteDays: 7 cannot be combined with untaggedRetentionDays"],
  },
  {
    title: "soft delete together with replicas",
    parts: { stage: facts("registries: { secure: { softDeleteDays: 7, replicas: [northeurope] } }") },
    says: ["registries.secure.softDeleteDays: 7 cannot be combined with replicas"],
  },
  {
    title: "a replica in the registry's own region",
    parts: { stage: facts("registries: { secure: { replicas: [westeurope] } }") },
    says: ["registries.secure.replicas[0]", "own region"],
  },
  {
    title: "export off with public access on",
    parts: { stage: facts("registries: { secure: { exportAllowed: false } }") },
    says: ["registries.secure.exportAllowed: false needs public access off"],
  },
  {
    title: "one registry for both classes",
    parts: { stage: facts("registries: { secure: { name: ordersqa }, standard: { name: ordersqa } }") },
    says: ['registries: secure and standard are both "ordersqa"'],
  },
  {
    title: "an adopted registry without its id",
    parts: { stage: facts("registries: { secure: { mode: adopt, sku: Premium } }") },
    says: ["registries.secure.id: missing", "/subscriptions/<guid>"],
  },
  {
    title: "a mode that does not exist",
    parts: { stage: facts("registries: { secure: { mode: import } }") },
    says: ['registries.secure.mode: "import" is not allowed', "allowed: create, adopt, reference"],
  },
  {
    title: "an image mapped twice",
    parts: {
      shared: facts(
        "images: [{ repository: orders/api, class: secure }, { repository: orders/api, class: standard }, { repository: orders/web, class: standard }]",
      ),
    },
    says: ['Pulumi.yaml: images: "orders/api" is mapped twice, to secure and to standard'],
  },
  {
    title: "S0-2 a consumer of an unmapped image",
    parts: { shared: facts("consumers: [{ name: shop, pull: [orders/unknown] }]") },
    says: ['Pulumi.yaml: consumers.shop.pull: "orders/unknown" is not mapped to a class'],
  },
  {
    title: "S0-2 an application that pulls an unmapped image",
    parts: {
      shared: facts("product: { name: orders, domain: company.com, repository: orders, pull: [orders/unknown] }"),
    },
    says: ['Pulumi.yaml: product.pull: "orders/unknown" is not mapped to a class'],
  },
  {
    title: "overlapping scopes",
    parts: { shared: facts("consumers: [{ name: shop, pull: ['orders/*', orders/api] }]") },
    says: ['consumers.shop.pull: "orders/api" lies within "orders/*"'],
  },
  {
    title: "an expiry over the ceiling",
    parts: { shared: facts("consumers: [{ name: shop, pull: [orders/api], tokenDays: 91 }]") },
    says: ["consumers.shop.tokenDays: 91 is over the ceiling of class secure", "at most 90"],
  },
  {
    title: "a consumer with the product's name",
    parts: { shared: facts("consumers: [{ name: orders, pull: [orders/api] }]") },
    says: ['consumers: "orders" is the product\'s own name'],
  },
  {
    title: "more than six reviewers",
    parts: {
      shared: facts(
        `gates: { roles: { qa: [${"1234567"
          .split("")
          .map((n) => `{ team: t${n}, id: ${n} }`)
          .join(", ")}] }, signOffs: { qa: [qa] }, automation: { app: 1 } }`,
      ),
    },
    says: ["Pulumi.yaml: gates.roles.qa:", "allowed: at most 6 entries"],
  },
  {
    title: "a sign-off by a role that is none",
    parts: {
      shared: facts("gates: { roles: { qa: [{ team: a, id: 1 }] }, signOffs: { qa: [ops] }, automation: { app: 1 } }"),
    },
    says: ['gates.signOffs.qa: "ops" is not a role', "allowed: qa"],
  },
  {
    title: "one team in two roles of a chain",
    parts: {
      shared: facts(
        "gates: { roles: { qa: [{ team: a, id: 1 }], uat: [{ team: a, id: 1 }] }, signOffs: { uat: [qa, uat] }, automation: { app: 1 } }",
      ),
    },
    says: ["gates.signOffs.uat: team a reviews for qa and for uat"],
  },
  {
    title: "two stages that own the repository",
    parts: { others: { prod: { owns: ["repository"] } } },
    says: ["owns: repository is owned by Pulumi.prod.yaml, Pulumi.qa.yaml", "exactly one stage"],
  },
  {
    title: "no stage that owns the subscription",
    parts: { stage: { owns: ["repository"] } },
    says: ["owns: no stage owns subscription"],
  },
  {
    title: "a stage before that is not the one before",
    parts: { stage: { before: "uat" } },
    says: ['before: "uat" is not the stage before', "allowed: dev"],
  },
  { title: "a missing location", parts: { stage: { location: undefined } }, says: ["location: missing"] },
  {
    title: "a secret in plain text",
    parts: {
      stage: {
        webhookAuthorization: "Bearer x",
        ...facts("registries: { secure: { webhook: { url: https://example.com/hook } } }"),
      },
    },
    says: ["webhookAuthorization: is in plain text", "pulumi config set --secret"],
  },
  {
    title: "something encrypted that is no secret",
    parts: { stage: { location: "westeurope" }, secretKeys: ["location"] },
    says: ["location: is encrypted, and no field of it is a secret"],
  },
  {
    title: "a user and password in a webhook's address",
    parts: { stage: facts("registries: { secure: { webhook: { url: 'https://a:b@example.com/' } } }") },
    says: ["registries.secure.webhook.url: the address is not allowed", "without user, password or query"],
  },
];
