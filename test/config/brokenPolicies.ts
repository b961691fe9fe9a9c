import { facts } from "../support/rawConfig";
import type { BROKEN } from "./brokenKeys";

const ISSUER = "https://accounts.example.com";
/** As a double-quoted YAML text. */
const PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\\nTUlJQg==\\n-----END PUBLIC KEY-----\\n";

/** What is wrong with what images must bring, one thing a case. */
export const BROKEN_POLICIES: typeof BROKEN = [
  {
    title: "a signature demanded where nobody is trusted to sign",
    parts: { shared: facts("policies: { secure: { signature: true } }") },
    says: ["Pulumi.yaml: policies.secure.signature: true, and nobody is trusted to sign", "policies.secure.signers"],
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
        `policies: { standard: { signers: [{ key: "${PUBLIC_KEY}", issuer: ${ISSUER}, subject: a@example.com }] } }`,
      ),
    },
    says: ["policies.standard.signers[0].key: the key is not allowed", "a key alone"],
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
    says: ["policies.secure.scan", "maxAgeHours"],
  },
  {
    title: "a policy of a class that does not exist",
    parts: { shared: facts("policies: { secured: {} }") },
    says: ["policies.secured: no such key", "allowed: secure, signOffs, standard"],
  },
];
