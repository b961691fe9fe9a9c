import { type Case, QA, replace } from "./caseOf";
import { QA_SUBSCRIPTION } from "./clinic";

/** The login to Azure and what it may do. */
export const AZURE_CASES: readonly Case[] = [
  {
    title: "no az",
    clinic: (clinic) => clinic.remove("az"),
    ...{ id: "azure-login", status: "problem", says: ["not on PATH"], remedy: "InstallAzureCLI" },
  },
  {
    title: "no login of az",
    world: ({ az }) => (az.user = null),
    ...{ id: "azure-login", status: "problem", says: ["no login"], remedy: "az login" },
  },
  {
    title: "a subscription out of sight",
    world: ({ az }) => az.subscriptions.pop(),
    ...{
      id: "subscription.qa",
      status: "problem",
      says: [QA_SUBSCRIPTION, "doesn't exist"],
      remedy: "az account list",
    },
  },
  {
    title: "a disabled subscription",
    world: ({ az }) => az.subscriptions.forEach((subscription) => (subscription.state = "Disabled")),
    ...{ id: "subscription.qa", status: "problem", says: ["Contoso QA", "is Disabled"] },
  },
  {
    title: "a stage file without a subscription",
    files: replace(QA, `  azure-native:subscriptionId: ${QA_SUBSCRIPTION}\n`, ""),
    ...{ id: "subscription.qa", status: "problem", says: ["names no azure-native:subscriptionId"] },
  },
  {
    title: "a reader",
    world: ({ az }) => (az.roles[QA_SUBSCRIPTION] = ["Reader", "User Access Administrator"]),
    ...{ id: "rights.qa", status: "problem", mends: true },
    says: ["Reader, User Access Administrator", "Microsoft.ContainerRegistry/registries/write, for 2 Registry"],
    remedy: '--role "Contributor"',
  },
  {
    title: "a contributor who may write no lock, no role and no assignment",
    world: ({ az }) => (az.roles[QA_SUBSCRIPTION] = ["Contributor"]),
    ...{ id: "rights.qa", status: "problem", mends: true },
    says: ["Contributor in", "3 rights are missing", "Microsoft.Authorization/roleAssignments/write, for "],
    remedy: '--role "User Access Administrator"',
  },
  {
    title: "an administrator of assignments, who may write no lock and no role",
    world: ({ az }) => (az.roles[QA_SUBSCRIPTION] = ["Contributor", "Role Based Access Control Administrator"]),
    ...{ id: "rights.qa", status: "problem", mends: true },
    says: [
      "2 rights are missing",
      "Microsoft.Authorization/locks/write, for 3 ManagementLockByScope",
      "Microsoft.Authorization/roleDefinitions/write, for ",
    ],
    remedy: '--role "User Access Administrator"',
  },
  {
    title: "roles that together lack assignments alone",
    world: ({ az }) => {
      az.roles[QA_SUBSCRIPTION] = ["Contributor", "Locks Contributor", "Registry roles"];
      az.definitions["Registry roles"] = { actions: ["microsoft.authorization/roledefinitions/*"], notActions: [] };
    },
    ...{ id: "rights.qa", status: "problem", says: ["1 rights are missing", "roleAssignments/write"], mends: true },
    remedy: '--role "Role Based Access Control Administrator"',
  },
  {
    title: "a right under a condition",
    world: ({ az }) => (az.conditions["User Access Administrator"] = "@Request[...] ForAnyOfAnyValues:GuidEquals {x}"),
    ...{ id: "rights.qa", status: "warning", says: ["roleAssignments/write", "a condition narrows the role"] },
  },
  {
    title: "resource providers that are not registered",
    world: ({ az }) => (az.providers = { "Microsoft.Insights": "Registered" }),
    ...{ id: "resource-providers.qa", status: "problem", says: ["Microsoft.ContainerRegistry is NotRegistered"] },
    ...{ remedy: "az provider register --namespace Microsoft.OperationalInsights", mends: true },
  },
  {
    title: "a resource provider that only what is planned needs",
    world: ({ az }) => delete az.providers["Microsoft.ManagedIdentity"],
    ...{
      id: "resource-providers.qa",
      status: "problem",
      says: ["Microsoft.ManagedIdentity is NotRegistered"],
      mends: true,
    },
    remedy: "az provider register --namespace Microsoft.ManagedIdentity",
  },
  {
    title: "resource providers that may be asked one by one alone",
    world: ({ az }) => {
      az.silent = ["provider list"];
      delete az.providers["Microsoft.KeyVault"];
    },
    ...{ id: "resource-providers.qa", status: "problem", says: ["Microsoft.KeyVault is NotRegistered"], mends: true },
    remedy: "az provider register --namespace Microsoft.KeyVault",
  },
  {
    title: "a contributor whose login may not read what roles give",
    world: ({ az }) => {
      az.silent = ["role definition"];
      az.roles[QA_SUBSCRIPTION] = ["Contributor"];
    },
    ...{
      id: "rights.qa",
      status: "problem",
      says: ["Contributor in", "3 rights are missing", "locks/write"],
      mends: true,
    },
    remedy: '--role "User Access Administrator"',
  },
  {
    title: "a resource provider that is being registered",
    world: ({ az }) => (az.providers["Microsoft.Insights"] = "Registering"),
    ...{ id: "resource-providers.qa", status: "warning", says: ["is Registering"], mends: true },
  },
];

const withIds = (owner: number, repository: number) =>
  replace(
    "Pulumi.yaml",
    "  product:",
    `  identities: { value: { ids: { owner: ${owner}, repository: ${repository} } } }\n  product:`,
  );

/** The login to GitHub, the repository and the reviewers. */
export const GITHUB_CASES: readonly Case[] = [
  {
    title: "another owner in the environment",
    clinic: (clinic) => {
      clinic.env["GITHUB_OWNER"] = "somebody";
    },
    ...{ id: "github-owner", status: "problem", says: ["GITHUB_OWNER", '"somebody"'], remedy: "unset GITHUB_OWNER" },
  },
  {
    title: "no gh and no token",
    clinic: (clinic) => clinic.remove("gh"),
    ...{ id: "github-login", status: "problem", says: ["not on PATH"] },
  },
  {
    title: "a token but no gh",
    clinic: (clinic) => {
      clinic.remove("gh");
      clinic.env["GITHUB_TOKEN"] = "ghp_standInTokenThatNobodyMaySee";
    },
    ...{ id: "github-login", status: "skipped", says: ["GITHUB_TOKEN is set"], remedy: "gh" },
  },
  {
    title: "no login of gh",
    world: ({ gh }) => (gh.loggedIn = false),
    ...{ id: "github-login", status: "problem", says: ["not logged in"], remedy: "gh auth login", mends: true },
  },
  {
    title: "a repository that is not there",
    world: ({ gh }) => (gh.repository = "contoso/invoices"),
    ...{ id: "github-repository", status: "problem", says: ["contoso/orders cannot be read", "404"] },
    remedy: "gh repo view contoso/orders",
  },
  {
    title: "a login without administration",
    world: ({ gh }) => (gh.admin = false),
    ...{ id: "github-repository", status: "problem", says: ["does not administer"], remedy: "permission=admin" },
  },
  {
    title: "an archived repository",
    world: ({ gh }) => (gh.archived = true),
    ...{ id: "github-repository", status: "problem", says: ["archived"], remedy: "gh repo unarchive contoso/orders" },
  },
  {
    title: "a private repository on a plan without reviewers",
    world: ({ gh }) => (gh.plan = "team"),
    ...{
      id: "github-plan",
      status: "problem",
      says: ["private", "need GitHub Enterprise", '"team"', "administrators cannot pass"],
    },
  },
  {
    title: "a private repository on a plan without environments and rulesets",
    world: ({ gh }) => (gh.plan = "free"),
    ...{ id: "github-plan", status: "problem", says: ["environments need GitHub Team", "rulesets need GitHub Team"] },
  },
  {
    title: "a private repository on a plan that is not shown",
    world: ({ gh }) => (gh.plan = ""),
    ...{ id: "github-plan", status: "warning", says: ["plan is not shown"], remedy: "gh api orgs/contoso --jq" },
  },
  {
    title: "an owner in other letters than GitHub's",
    world: ({ gh }) => (gh.fullName = "Contoso/orders"),
    ...{ id: "github-spelling", status: "problem" },
    says: [
      "contoso/orders is Contoso/orders at GitHub",
      "Pulumi.qa.yaml: github:owner: contoso, and GitHub says Contoso",
    ],
    remedy: "pulumi config set github:owner Contoso --stack qa",
  },
  {
    title: "a repository that was renamed",
    world: ({ gh }) => (gh.fullName = "contoso/shop"),
    ...{ id: "github-spelling", status: "problem", says: ["product.repository: orders, and GitHub says shop"] },
    remedy: "product.repository is shop",
  },
  {
    title: "subjects with ids that Pulumi.yaml does not name",
    world: ({ gh }) => (gh.immutableSubject = true),
    ...{ id: "github-ids", status: "problem", says: ["has no identities.ids"] },
    remedy: "identities.ids in Pulumi.yaml: { owner: 1001, repository: 2002 }",
  },
  {
    title: "a young repository without ids, where GitHub does not tell of its subjects",
    world: ({ gh }) => Object.assign(gh, { immutableSubject: null, createdAt: "2026-07-15T00:00:00Z" }),
    ...{ id: "github-ids", status: "problem", says: ["has no identities.ids"] },
  },
  {
    title: "an old repository, where GitHub does not tell of its subjects",
    world: ({ gh }) => Object.assign(gh, { immutableSubject: null, createdAt: "2026-07-14T23:59:59Z" }),
    ...{ id: "github-ids", status: "ok", says: ["was made on 2026-07-14", "needed only then"] },
  },
  {
    title: "ids of another repository",
    files: withIds(1001, 2003),
    world: ({ gh }) => (gh.immutableSubject = true),
    ...{ id: "github-ids", status: "problem", says: ["{ owner: 1001, repository: 2002 }", "repository: 2003"] },
  },
  {
    title: "ids that subjects do not carry",
    files: withIds(1001, 2002),
    ...{ id: "github-ids", status: "problem", says: ["do not carry its ids"], remedy: "take identities.ids out" },
  },
  {
    title: "ids that subjects carry",
    files: withIds(1001, 2002),
    world: ({ gh }) => (gh.immutableSubject = true),
    ...{ id: "github-ids", status: "ok", says: ["as Pulumi.yaml says"] },
  },
  {
    title: "a team that is not there",
    world: ({ gh }) => (gh.teams = {}),
    ...{ id: "reviewer.team.qa-managers", status: "problem", says: ["404"], remedy: "orgs/contoso/teams --paginate" },
  },
  {
    title: "a team of another id",
    world: ({ gh }) => (gh.teams["qa-managers"] = 999),
    ...{ id: "reviewer.team.qa-managers", status: "problem", says: ["has id 999", "says 811"], remedy: "--jq .id" },
  },
  {
    title: "a user of another id",
    world: ({ gh }) => (gh.users["ada"] = 43),
    ...{ id: "reviewer.user.ada", status: "problem", says: ["has id 43", "says 42"], remedy: "gh api users/ada" },
  },
];
