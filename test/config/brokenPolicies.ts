import { facts } from "../support/rawConfig";
import type { BROKEN } from "./brokenKeys";

const ISSUER = "https://accounts.example.com";
const GITHUB = "https://token.actions.githubusercontent.com";
const workflowOf = (repository: string, issuer = GITHUB, more = "") =>
  `{ issuer: "${issuer}", subject: "https://github.com/${repository}/.github/workflows/build.yml@refs/heads/main"${more} }`;
/** As a double-quoted YAML text. */
const PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\\nTUlJQg==\\n-----END PUBLIC KEY-----\\n";

/** What is wrong with what images must bring, one thing a case. */
export const BROKEN_POLICIES: typeof BROKEN = [
  {
    title: "a signature demanded where nobody is trusted to sign",
    parts: { shared: facts("policies: { secure: { signature: true, signers: [] } }") },
    says: ["Pulumi.yaml: policies.secure.signature: nobody is trusted to sign", "leave policies.secure.signers out"],
  },
  {
    title: "secure images that nobody is trusted to sign, without a word on their signature",
    parts: { shared: facts("policies: { secure: { signers: [] } }") },
    says: [
      "Pulumi.yaml: policies.secure.signature: nobody is trusted to sign",
      "leave policies.secure.signers out for the repository's own workflows",
    ],
  },
  {
    title: "standard images that nobody is trusted to sign",
    parts: { shared: facts("policies: { standard: { signers: [] } }") },
    says: ["Pulumi.yaml: policies.standard.signature: nobody is trusted to sign"],
  },
  {
    title: "a scan that is off",
    parts: { shared: facts("policies: { standard: { scan: off } }") },
    says: ['policies.standard.scan: "off" is not allowed', "behind the first stage every image is scanned"],
  },
  {
    title: "a scan that is off, in YAML 1.1",
    parts: { shared: facts("policies: { secure: { scan: false } }") },
    says: ["policies.secure.scan", "behind the first stage every image is scanned"],
  },
  {
    title: "a signature that is off",
    parts: { shared: facts("policies: { standard: { signature: false } }") },
    says: ["policies.standard.signature: false is not allowed", "behind the first stage every image is signed"],
  },
  {
    title: "a signer whose subject is a pattern",
    parts: { shared: facts(`policies: { secure: { signers: [{ issuer: ${ISSUER}, subject: 'https://x/*' }] } }`) },
    says: ['policies.secure.signers[0].subject: "https://x/*" is not allowed', "without *"],
  },
  {
    title: "a signer whose issuer is not reached by https",
    parts: { shared: facts("policies: { signOffs: { signers: [{ issuer: 'http://x.example.com', subject: a }] } }") },
    says: ["policies.signOffs.signers[0].issuer", "allowed: an https address"],
  },
  {
    title: "a signer without a subject",
    parts: { shared: facts(`policies: { standard: { signers: [{ issuer: ${ISSUER} }] } }`) },
    says: ["policies.standard.signers[0].subject: missing", "issuer and subject together"],
  },
  {
    title: "a signer who is a key and an identity at once",
    parts: {
      shared: facts(
        `policies: { standard: { signers: [{ key: "${PUBLIC_KEY}", issuer: ${ISSUER}, subject: a@example.com, foreign: true }] } }`,
      ),
    },
    says: ["policies.standard.signers[0].key: the key is not allowed", "a key alone"],
  },
  {
    title: "an unmarked workflow of another repository",
    parts: { shared: facts(`policies: { secure: { signers: [${workflowOf("contoso/orders")}] } }`) },
    says: [
      'Pulumi.yaml: policies.secure.signers[0]: "https://github.com/contoso/orders/.github/workflows/build.yml@refs/heads/main"',
      "is not a workflow of this repository; allowed: a workflow of company/orders, or foreign: true for one of somebody else's",
    ],
  },
  {
    title: "an unmarked workflow of another repository of the same owner",
    parts: { shared: facts(`policies: { signOffs: { signers: [${workflowOf("company/orders-tools")}] } }`) },
    says: ["policies.signOffs.signers[0]", "is not a workflow of this repository", "foreign: true"],
  },
  {
    title: "an unmarked identity of another issuer, whatever its subject",
    parts: { shared: facts(`policies: { standard: { signers: [${workflowOf("company/orders", ISSUER)}] } }`) },
    says: ["policies.standard.signers[0]", `of ${ISSUER} is not a workflow of this repository`, "foreign: true"],
  },
  {
    title: "an unmarked subject of GitHub's that is not a workflow",
    parts: {
      shared: facts(`policies: { secure: { signers: [{ issuer: ${GITHUB}, subject: "repo:company/orders" }] } }`),
    },
    says: ["policies.secure.signers[0]", '"repo:company/orders"', "is not a workflow of this repository"],
  },
  {
    title: "an own workflow that is marked as foreign",
    parts: {
      shared: facts(`policies: { secure: { signers: [${workflowOf("company/orders", GITHUB, ", foreign: true")}] } }`),
    },
    says: ["policies.secure.signers[0]", "is marked as foreign, and is of company/orders", "leave foreign out"],
  },
  {
    title: "an own workflow in other letters, which no signature has",
    parts: { shared: facts(`policies: { secure: { signers: [${workflowOf("Company/orders")}] } }`) },
    says: ["policies.secure.signers[0]", "spells company/orders in other letters", "GitHub's own spelling"],
  },
  {
    title: "an own workflow, run by another repository, that is not marked",
    parts: {
      shared: facts(
        `policies: { secure: { signers: [${workflowOf("company/orders", GITHUB, ", sourceRepository: https://github.com/company/x")}] } }`,
      ),
    },
    says: ["signers[0]", "run by https://github.com/company/x, is not a workflow of this repository", "foreign: true"],
  },
  {
    title: "a source repository in other letters",
    parts: {
      shared: facts(
        `policies: { secure: { signers: [${workflowOf("company/orders", GITHUB, ", sourceRepository: https://github.com/Company/orders")}] } }`,
      ),
    },
    says: ["run by https://github.com/Company/orders, spells company/orders in other letters"],
  },
  {
    title: "a workflow at a commit, whose callers' ref nobody can derive",
    parts: {
      shared: facts(
        `policies: { secure: { signers: [{ issuer: "${GITHUB}", subject: "https://github.com/company/orders/.github/workflows/build.yml@${"a1".repeat(20)}" }] } }`,
      ),
    },
    says: ["policies.secure.signers[0]", "names no workflow at a branch or tag; name sourceRepository and sourceRef"],
  },
  {
    title: "a subject of GitHub's that is not a workflow, of somebody else's",
    parts: {
      shared: facts(
        `policies: { secure: { signers: [{ issuer: ${GITHUB}, subject: "repo:company/orders", foreign: true }] } }`,
      ),
    },
    says: ["policies.secure.signers[0]", "names no workflow at a branch or tag"],
  },
  {
    title: "a source ref that is a pattern",
    parts: {
      shared: facts(
        `policies: { secure: { signers: [${workflowOf("company/orders", GITHUB, ", sourceRef: refs/heads/*")}] } }`,
      ),
    },
    says: ["policies.secure.signers[0].sourceRef", "a whole ref without *"],
  },
  {
    title: "a source repository that is no address",
    parts: {
      shared: facts(
        `policies: { secure: { signers: [${workflowOf("company/orders", GITHUB, ", sourceRepository: company/orders")}] } }`,
      ),
    },
    says: ["policies.secure.signers[0].sourceRepository", "such as https://github.com/company/orders"],
  },
  {
    title: "a list of no events",
    parts: {
      shared: facts(`policies: { secure: { signers: [${workflowOf("company/orders", GITHUB, ", events: []")}] } }`),
    },
    says: ["policies.secure.signers[0].events", "at least one event, or leave it out for any"],
  },
  {
    title: "a signer who is listed twice, once with the defaults written out",
    parts: {
      shared: facts(
        `policies: { secure: { signers: [${workflowOf("company/orders")}, ${workflowOf("company/orders", GITHUB, ", sourceRef: refs/heads/main")}] } }`,
      ),
    },
    says: ["policies.secure.signers[1]: is listed twice"],
  },
  {
    title: "a key that is pinned to a ref",
    parts: {
      shared: facts(`policies: { secure: { signers: [{ key: "${PUBLIC_KEY}", sourceRef: refs/heads/main }] } }`),
    },
    says: ['policies.secure.signers[0].sourceRef: "refs/heads/main" is not allowed', "a key alone"],
  },
  {
    title: "a key that is marked as foreign",
    parts: { shared: facts(`policies: { secure: { signers: [{ key: "${PUBLIC_KEY}", foreign: true }] } }`) },
    says: ["policies.secure.signers[0].foreign: true is not allowed", "a key alone"],
  },
  {
    title: "a mark that says no",
    parts: {
      shared: facts(`policies: { secure: { signers: [${workflowOf("company/orders", GITHUB, ", foreign: false")}] } }`),
    },
    says: ["policies.secure.signers[0].foreign: false is not allowed", "true, or leave it out"],
  },
  {
    title: "a signer who is listed twice",
    parts: { shared: facts(`policies: { secure: { signers: [{ key: "${PUBLIC_KEY}" }, { key: "${PUBLIC_KEY}" }] } }`) },
    says: ["policies.secure.signers[1]: is listed twice"],
  },
  {
    title: "a scan limit that is none",
    parts: { shared: facts("policies: { secure: { scan: { critical: -1 } } }") },
    says: ["policies.secure.scan", "allowed:"],
  },
  {
    title: "a misspelt limit of a scan",
    parts: { shared: facts("policies: { secure: { scan: { hihg: 1 } } }") },
    says: ["policies.secure.scan.hihg: no such key; did you mean `high`?"],
  },
  {
    title: "a policy of a class that does not exist",
    parts: { shared: facts("policies: { secured: {} }") },
    says: ["policies.secured: no such key; did you mean `secure`?"],
  },
];
