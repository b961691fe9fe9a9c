import { facts } from "../support/rawConfig";
import type { BROKEN } from "./brokenKeys";

const DEPLOY = "repositories: { deploy: { address: https://github.com/company/deploy, forge: github } }";
const DIGEST = `sha256:${"a".repeat(64)}`;

const withRepository = (fields: string) => ({
  shared: facts(`gitops: { repositories: { deploy: { forge: github, ${fields} } } }`),
});
const withRelease = (fields: string) => ({
  shared: facts(`gitops: { ${DEPLOY}, releases: { inventory: { ${fields} } } }`),
});
const withException = (...lines: string[]) => ({
  shared: facts(`gitops: { ${DEPLOY}, exceptions: [${lines.join(", ")}] }`),
});
const exception = (fields = "") =>
  `{ digest: "${DIGEST}", image: redis, reason: its vendor scans it, expires: "2027-01-31" ${fields} }`;

const addresses = [
  ["a helper that runs a command", "ext::sh -c touch"],
  ["an option", "--upload-pack=touch"],
  ["a host that is an option", "git@-oProxyCommand=touch:company/deploy"],
  ["a login in the address", "https://user:password@github.com/company/deploy"],
  ["no encryption", "http://git.example.com/company/deploy"],
  ["a path that leads out", "https://github.com/company/../deploy"],
] as const;

/** Repositories that Flux deploys from, and what is written there. */
export const BROKEN_GITOPS: typeof BROKEN = [
  ...addresses.map(([title, address]) => ({
    title: `the address of a repository of gitops: ${title}`,
    parts: withRepository(`address: "${address}"`),
    says: ["Pulumi.yaml: gitops.repositories.deploy.address:", "allowed: an address of git over https or ssh"],
  })),
  {
    title: "a forge of gitops that nobody knows",
    parts: { shared: facts("gitops: { repositories: { deploy: { address: https://a.example/b, forge: gitea } } }") },
    says: ['gitops.repositories.deploy.forge: "gitea" is not allowed', "allowed: github, gitlab"],
  },
  {
    title: "a branch of gitops that reads as something else",
    parts: withRepository('address: https://a.example/b, branch: "main..x"'),
    says: ['gitops.repositories.deploy.branch: "main..x" is not allowed', "the name of one branch"],
  },
  {
    title: "an interface of a forge over http",
    parts: withRepository("address: https://a.example/b, api: http://a.example/api/v4"),
    says: ["gitops.repositories.deploy.api:", "an https address"],
  },
  {
    title: "a token of gitops in place of its variable",
    parts: withRepository("address: https://a.example/b, token: ghp-secret"),
    says: ["gitops.repositories.deploy.token:", "the name of the variable that holds the token"],
  },
  {
    title: "a release at a stage that is another's name",
    parts: withRelease("stages: { staging: { repository: deploy, files: [a.yaml] } }"),
    says: ['gitops.releases.inventory.stages.staging: "staging" is not a stage', "staging is another name of uat"],
  },
  {
    title: "a release in a repository that is not there",
    parts: withRelease("stages: { qa: { repository: other, files: [a.yaml] } }"),
    says: ['gitops.releases.inventory.stages.qa.repository: "other" is not a repository', "allowed: deploy"],
  },
  {
    title: "a release of an image that is not mapped",
    parts: withRelease("images: [orders/none], stages: { qa: { repository: deploy, files: [a.yaml] } }"),
    says: ['gitops.releases.inventory.images[0]: "orders/none" is not mapped to a class'],
  },
  {
    title: "a file of gitops outside of its repository",
    parts: withRelease("stages: { qa: { repository: deploy, files: [../a.yaml] } }"),
    says: ['gitops.releases.inventory.stages.qa.files[0]: "../a.yaml" is not allowed'],
  },
  {
    title: "one file of gitops for two stages",
    parts: withRelease(
      "stages: { qa: { repository: deploy, files: [a.yaml] }, uat: { repository: deploy, files: [a.yaml] } }",
    ),
    says: ['gitops.releases.inventory.stages.uat.files[0]: "a.yaml" of deploy is the file of qa as well'],
  },
  {
    title: "a stage of a release with fewer files than another",
    parts: withRelease(
      "stages: { qa: { repository: deploy, files: [a.yaml, b.yaml] }, uat: { repository: deploy, files: [c.yaml] } }",
    ),
    says: ["gitops.releases.inventory.stages.uat.files: 1 files, and qa has 2"],
  },
  {
    title: "an exception of gitops by a tag",
    parts: withException('{ digest: "7.4", image: redis, reason: its vendor scans it, expires: "2027-01-31" }'),
    says: ['gitops.exceptions[0].digest: "7.4" is not allowed', "allowed: a digest"],
  },
  {
    title: "an exception of gitops without a reason",
    parts: withException(`{ digest: "${DIGEST}", image: redis, reason: ok, expires: "2027-01-31" }`),
    says: ['gitops.exceptions[0].reason: "ok" is not allowed', "10 to 500 characters that says why"],
  },
  {
    title: "an exception of gitops without an end",
    parts: withException(`{ digest: "${DIGEST}", image: redis, reason: its vendor scans it }`),
    says: ["gitops.exceptions[0].expires: missing", "a day of the calendar"],
  },
  {
    title: "an exception of gitops that stands twice",
    parts: withException(exception(), exception()),
    says: ["gitops.exceptions[1].digest:", "is listed twice; allowed: each digest once"],
  },
  {
    title: "an exception of gitops at a stage that is none",
    parts: withException(exception(", stages: [qaa]")),
    says: ['gitops.exceptions[0].stages[0]: "qaa" is not a stage'],
  },
];
