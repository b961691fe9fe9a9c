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
    ...{ id: "rights.qa", status: "problem", says: ["no Contributor or Owner"], mends: true },
    remedy: '--role "Contributor"',
  },
  {
    title: "a contributor who may not assign roles",
    world: ({ az }) => (az.roles[QA_SUBSCRIPTION] = ["Contributor"]),
    ...{ id: "rights.qa", status: "warning", says: ["Contributor; not Role Based Access Control"], mends: true },
  },
  {
    title: "resource providers that are not registered",
    world: ({ az }) => (az.providers = { "Microsoft.Insights": "Registered" }),
    ...{ id: "resource-providers.qa", status: "problem", says: ["Microsoft.ContainerRegistry is NotRegistered"] },
    ...{ remedy: "az provider register --namespace Microsoft.OperationalInsights", mends: true },
  },
  {
    title: "a resource provider that is being registered",
    world: ({ az }) => (az.providers["Microsoft.Insights"] = "Registering"),
    ...{ id: "resource-providers.qa", status: "warning", says: ["is Registering"], mends: true },
  },
];

/** The login to GitHub, the repository and the reviewers. */
export const GITHUB_CASES: readonly Case[] = [
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
    ...{ id: "github-plan", status: "problem", says: ["private", "need GitHub Enterprise", '"team"'] },
  },
  {
    title: "a private repository on a plan that is not shown",
    world: ({ gh }) => (gh.plan = ""),
    ...{ id: "github-plan", status: "warning", says: ["plan is not shown"], remedy: "gh api orgs/contoso --jq" },
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
