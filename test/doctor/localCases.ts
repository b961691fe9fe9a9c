import { type Case, QA, replace } from "./caseOf";
import { type Files, QA_SUBSCRIPTION } from "./clinic";

const PROVIDER =
  "secretsprovider: azurekeyvault://contoso-qa.vault.azure.net/keys/pulumi\nencryptedkey: c3RhbmQtaW4=\n";
const BEFORE = replace(QA, "  orders:location", "  orders:before: dev\n  orders:location");

const likeTheExample = (files: Files) => {
  replace(QA, QA_SUBSCRIPTION, "00000000-0000-0000-0000-0000000000a1")(files);
  replace(QA, "github:owner: contoso", "github:owner: company")(files);
  replace("Pulumi.yaml", "contoso.com", "company.com")(files);
};

/** What stands in the files. */
export const FILE_CASES: readonly Case[] = [
  {
    title: "a stage file that does not decode",
    files: replace(QA, "location: westeurope", "location: West-Europe"),
    ...{ id: "stage-file.qa", status: "problem" },
    says: ["1 problem for stage qa", "Pulumi.qa.yaml: location:", '"West-Europe"'],
    remedy: "npm run preview -- --stage qa",
  },
  {
    title: "a subscription that is still the example's",
    files: likeTheExample,
    ...{ id: "example-values.qa", status: "problem" },
    says: ["subscriptionId", "still an example value"],
    remedy: "az account list --output table",
  },
  {
    title: "an organisation that is still the example's",
    files: likeTheExample,
    ...{ id: "example-values.qa", status: "problem", says: ["github:owner: company is still"], remedy: "gh org list" },
  },
  {
    title: "a domain that is still the example's",
    files: likeTheExample,
    ...{ id: "example-values", status: "problem", says: ["Pulumi.yaml: product.domain: company.com is still"] },
  },
];

/** The Pulumi CLI, where the state is, and what encrypts secrets. */
export const PULUMI_CASES: readonly Case[] = [
  {
    title: "no Pulumi CLI",
    clinic: (clinic) => clinic.remove("pulumi"),
    ...{ id: "pulumi", status: "problem", says: ["not on PATH"], remedy: "get.pulumi.com" },
  },
  {
    title: "a Pulumi CLI that is too old",
    world: ({ pulumi }) => (pulumi.version = "v3.247.9"),
    ...{ id: "pulumi", status: "problem", says: ["3.247.9", "3.248.0"] },
  },
  {
    title: "a Pulumi CLI older than Pulumi.yaml asks for",
    files: replace("Pulumi.yaml", ">=3.248.0", ">=3.300.0"),
    ...{ id: "pulumi", status: "problem", says: ["3.248.0", "needs 3.300.0"] },
  },
  {
    title: "no login to a backend",
    world: ({ pulumi }) => (pulumi.url = ""),
    ...{ id: "backend", status: "problem", says: ["PULUMI_ACCESS_TOKEN must be set"] },
    ...{ remedy: 'pulumi login "azblob://state-qa?storage_account=<account>"', mends: true },
  },
  {
    title: "state on the own machine",
    world: ({ pulumi }) => (pulumi.url = "file:///home/ada/state"),
    ...{ id: "backend", status: "warning", says: ["on this machine"] },
  },
  {
    title: "another stage's container",
    files: replace("Pulumi.yaml", "stages: { value: [qa] }", "stages: { value: [qa, prod] }"),
    world: ({ pulumi }) => (pulumi.url = "azblob://state-prod?storage_account=contosostate"),
    ...{ id: "backend", status: "problem", says: ['"state-prod" is named after prod', "qa has one of its own"] },
    ...{ remedy: "azblob://state-qa", mends: true },
  },
  {
    title: "a container of all stages",
    world: ({ pulumi }) => (pulumi.url = "azblob://devops?storage_account=contosostate"),
    ...{
      id: "backend",
      status: "problem",
      says: ['"devops" names no stage'],
      remedy: "azblob://state-qa",
      mends: true,
    },
  },
  {
    title: "a container of all stages, with all stages",
    stage: null,
    world: ({ pulumi }) => (pulumi.url = "azblob://devops?storage_account=contosostate"),
    ...{ id: "backend", status: "warning", says: ['"devops" names no stage'] },
  },
  {
    title: "the stage before, which is in another container",
    files: BEFORE,
    ...{ id: "before.qa", status: "problem", says: ['"dev"', "another container"] },
    ...{ remedy: "pulumi config rm before --stack qa", mends: true },
  },
  {
    title: "secrets under a passphrase",
    files: replace(QA, PROVIDER, "encryptionsalt: v1:c2FsdA==\n"),
    ...{ id: "secrets.qa", status: "problem", says: ["passphrase"] },
    remedy: 'pulumi stack change-secrets-provider "azurekeyvault://<vault>.vault.azure.net/keys/<key>" --stack qa',
    mends: true,
  },
  {
    title: "no secrets provider",
    files: replace(QA, PROVIDER, ""),
    ...{ id: "secrets.qa", status: "problem", says: ["no secretsprovider"], mends: true },
  },
  {
    title: "secrets that Pulumi Cloud encrypts",
    world: ({ pulumi }) => (pulumi.url = "https://app.pulumi.com/ada"),
    files: replace(QA, PROVIDER, ""),
    ...{ id: "secrets.qa", status: "warning", says: ["Pulumi Cloud"] },
  },
];
