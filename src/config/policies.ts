import { z } from "zod";
import { closed, text, whole } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { DEFAULT_SCAN, type PoliciesConfig, type TrustedSigner } from "../domain/image/policy";
import { SHARED_FILE } from "../project";

/** A public key's form alone: whether it is a point on a curve is seen where it is used. */
const PUBLIC_KEY =
  /^-----BEGIN PUBLIC KEY-----\r?\n(?:[A-Za-z0-9+/=]{1,76}\r?\n){1,64}-----END PUBLIC KEY-----(?:\r?\n)?$/;
const KEY_FORM = "a public key in PEM, from BEGIN PUBLIC KEY to END PUBLIC KEY";

const key = z
  .string(`allowed: ${KEY_FORM}`)
  .refine((pem) => !pem.includes("PRIVATE KEY"), {
    error: "this is a private key: take it out of the file, treat it as compromised, and name its public key",
    abort: true,
  })
  .regex(PUBLIC_KEY, `allowed: ${KEY_FORM}`);

const issuer = text(
  /^https:\/\/[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?(?::\d{1,5})?(?:\/[A-Za-z0-9._~%/-]{0,1000})?$/,
  "an https address without user, password or query, such as https://token.actions.githubusercontent.com",
);
const subject = text(
  /^[\x21-\x29\x2b-\x7e]{1,1000}$/,
  "the whole identity, as the certificate says it, in printable characters and without *",
);

/** Somebody trusted to sign: a key, or an identity that an issuer vouches for; one of the two, and whole. */
const signer = closed({ key: key.optional(), issuer: issuer.optional(), subject: subject.optional() }).transform(
  (value, context) => {
    const refuse = (path: string, message: string): never => {
      context.addIssue({ code: "custom", path: [path], message });
      return z.NEVER;
    };
    const { key: pem, issuer: by, subject: who } = value;
    if (pem !== undefined) {
      return by === undefined && who === undefined
        ? { key: pem }
        : refuse("key", "allowed: a key alone, or issuer and subject together");
    }
    if (by !== undefined && who !== undefined) return { issuer: by, subject: who };
    return refuse(by === undefined ? "issuer" : "subject", "allowed: a key alone, or issuer and subject together");
  },
);

const signers = z.array(signer).max(20).default([]);

const scan = closed({
  critical: whole(0, 100_000).default(DEFAULT_SCAN.critical),
  high: whole(0, 100_000).default(DEFAULT_SCAN.high),
  maxAgeHours: whole(1, 8760).default(DEFAULT_SCAN.maxAgeHours),
});

/** `off` is a text to YAML 1.2 and false to YAML 1.1, so both say it. */
const scanOrOff = z.preprocess(
  (value) => (value === false ? "off" : value),
  z.union([z.literal("off"), scan], { error: "allowed: off, or { critical, high, maxAgeHours }" }),
);

const policy = closed({ scan: scanOrOff.optional(), signature: z.boolean().optional(), signers });

const none = { signers: [] };

/** What images of each class must bring, and who may sign for those who approve a release. */
export const policies = closed({
  secure: policy.default(none),
  standard: policy.default(none),
  signOffs: closed({ signers }).default(none),
}) satisfies z.ZodType<PoliciesConfig>;

const keyOf = (signer: TrustedSigner) =>
  "key" in signer ? signer.key.replace(/\s/g, "") : `${signer.issuer} ${signer.subject}`;

/** Where a signature is demanded somebody is trusted to give it, and each signer stands once. */
export function checkPolicies(policies: PoliciesConfig): Problem[] {
  const problems: Problem[] = [];
  for (const imageClass of IMAGE_CLASSES) {
    const { signature, signers } = policies[imageClass];
    if (signature !== true || signers.length > 0) continue;
    problems.push({
      file: SHARED_FILE,
      path: `policies.${imageClass}.signature`,
      what: "true, and nobody is trusted to sign",
      allowed: `name them in policies.${imageClass}.signers: a key, or issuer and subject`,
    });
  }
  for (const part of [...IMAGE_CLASSES, "signOffs"] as const) {
    const seen = new Set<string>();
    policies[part].signers.forEach((signer, at) => {
      const path = `policies.${part}.signers[${at}]`;
      const repeated = { file: SHARED_FILE, path, what: "is listed twice", allowed: "allowed: each signer once" };
      if (seen.has(keyOf(signer))) problems.push(repeated);
      seen.add(keyOf(signer));
    });
  }
  return problems;
}
