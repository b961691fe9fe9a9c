import { z } from "zod";
import { closed, orForm, text, whole } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { defined } from "../base/defined";
import { quoted } from "../base/text/quote";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { DEFAULT_SCAN, type PoliciesConfig } from "../domain/image/policy";
import {
  type ConfiguredSigner,
  defaultSigners,
  defaultSignOffSigners,
  type OwnWorkflows,
  pinnedIdentity,
  whoseSigner,
} from "../domain/image/signers";
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

/** What a certificate must say of the run beside its subject; each compared whole. */
const pins = {
  sourceRepository: text(
    /^https:\/\/[a-z0-9][a-z0-9.-]{0,252}(?:\/[A-Za-z0-9._-]{1,100}){1,20}$/,
    "the repository's address, such as https://github.com/company/orders",
  ).optional(),
  sourceRef: text(
    /^refs\/(?:heads|tags)\/[\x21-\x29\x2b-\x7e]{1,240}$/,
    "a whole ref without *, such as refs/heads/main",
  ).optional(),
  sourceRepositoryId: text(/^[1-9]\d{0,18}$/, 'the repository\'s number, in quotes, such as "123456789"').optional(),
  events: z
    .array(text(/^[a-z][a-z_]{0,39}$/, "an event that starts runs, such as push or workflow_dispatch"))
    .min(1, "allowed: at least one event, or leave it out for any")
    .max(20)
    .refine((events) => new Set(events).size === events.length, "allowed: each event once")
    .optional(),
};

const foreign = z.literal(true, "allowed: true, or leave it out").optional();
const ONE_OF_TWO = "allowed: a key alone, or issuer and subject together";

const SIGNER = "{ key: <public key> } or { issuer: <address>, subject: <identity> }";

/** Somebody trusted to sign: a key, or an identity that an issuer vouches for; one of the two, and whole. */
const signer = closed(
  { key: key.optional(), issuer: issuer.optional(), subject: subject.optional(), ...pins, foreign },
  SIGNER,
).transform((value, context): ConfiguredSigner => {
  const refuse = (path: string): never => {
    context.addIssue({ code: "custom", path: [path], message: ONE_OF_TWO });
    return z.NEVER;
  };
  const { key: pem, issuer: by, subject: who, ...more } = value;
  if (pem !== undefined) {
    if (by !== undefined || who !== undefined) return refuse("key");
    const [other] = Object.keys(defined(more));
    return other === undefined ? { key: pem } : refuse(other);
  }
  if (by === undefined || who === undefined) return refuse(by === undefined ? "issuer" : "subject");
  return { issuer: by, subject: who, ...defined(more) };
});

const signers = z
  .array(signer, orForm(`a list of ${SIGNER}`))
  .max(20)
  .optional();

const scan = closed({
  critical: whole(0, 100_000).default(DEFAULT_SCAN.critical),
  high: whole(0, 100_000).default(DEFAULT_SCAN.high),
  maxAgeHours: whole(1, 8760).default(DEFAULT_SCAN.maxAgeHours),
});

const SCAN_FORM = "allowed: { critical: 0, high: 0, maxAgeHours: 72 }, or leave it out";

/** `off` is a text to YAML 1.2 and false to YAML 1.1, so both are told alike. */
const scanNotOff = z
  .preprocess((value) => (value === false ? "off" : value), z.union([z.literal("off"), scan], { error: SCAN_FORM }))
  .transform((value, context) => {
    if (value !== "off") return value;
    const why = "behind the first stage every image is scanned, and in the first it need not be";
    context.addIssue({ code: "custom", message: `${SCAN_FORM}; ${why}` });
    return z.NEVER;
  });

const signed = z.literal(
  true,
  "allowed: true, or leave it out; behind the first stage every image is signed, and in the first it need not be",
);

const policy = closed(
  { scan: scanNotOff.optional(), signature: signed.optional(), signers },
  "{ scan: { critical: 0, high: 0, maxAgeHours: 72 }, signers: [...] }",
);

/** What images of each class must bring, and who may sign for those who approve a release. */
export const policies = closed(
  {
    secure: policy.default({}),
    standard: policy.default({}),
    signOffs: closed({ signers }, "{ signers: [...] }").default({}),
  },
  "{ secure: { scan: { maxAgeHours: 24 } } }",
);

/**
 * The policies with the repository's own workflows where no signers are named.
 *
 * @param declared what Pulumi.yaml says, if anything
 * @param own undefined where owner or repository cannot be read; then nobody is added
 */
export function withOwnSigners(
  declared: z.output<typeof policies> | undefined,
  own: OwnWorkflows | undefined,
): PoliciesConfig {
  const { secure = {}, standard = {}, signOffs = {} } = declared ?? {};
  const ofImages = own ? defaultSigners(own) : [];
  return {
    secure: { ...secure, signers: secure.signers ?? ofImages },
    standard: { ...standard, signers: standard.signers ?? ofImages },
    signOffs: { signers: signOffs.signers ?? (own ? defaultSignOffSigners(own) : []) },
  };
}

/** Equal for signers that are the same one, defaults written out or not. */
const keyOf = (signer: ConfiguredSigner): string => {
  if ("key" in signer) return signer.key.replace(/\s/g, "");
  const { events, ...pinned } = pinnedIdentity(signer) ?? signer;
  return JSON.stringify([Object.entries(pinned).sort(), [...(events ?? [])].sort()]);
};

/** What is wrong with whose a signer is said to be; undefined where nothing is. A key belongs to who holds it. */
function misjudged(signer: ConfiguredSigner, own: OwnWorkflows): Pick<Problem, "what" | "allowed"> | undefined {
  if ("key" in signer) return undefined;
  const repository = `${own.owner}/${own.repository}`;
  const value = `${quoted(signer.subject)} of ${signer.issuer}`;
  const source = signer.sourceRepository === undefined ? "" : `, run by ${signer.sourceRepository},`;
  const whose = whoseSigner(signer, own);
  if (whose === "misspelt") {
    return {
      what: `${value}${source} spells ${repository} in other letters`,
      allowed: "allowed: GitHub's own spelling in both",
    };
  }
  if (whose === "own") {
    if (signer.foreign === undefined) return undefined;
    const allowed = "leave foreign out; it marks signers of somebody else's alone";
    return { what: `${value} is marked as foreign, and is of ${repository}`, allowed };
  }
  if (signer.foreign === true) return undefined;
  const allowed = `allowed: a workflow of ${repository}, or foreign: true for one of somebody else's`;
  return { what: `${value}${source} is not a workflow of this repository`, allowed };
}

/** GitHub's identities are trusted of one repository and one ref alone; a subject that names no workflow says neither. */
function unpinned(signer: ConfiguredSigner): Pick<Problem, "what" | "allowed"> | undefined {
  if ("key" in signer || pinnedIdentity(signer) !== undefined) return undefined;
  const allowed = "name sourceRepository and sourceRef: whose runs may sign, and of which ref";
  return { what: `${quoted(signer.subject)} of ${signer.issuer} names no workflow at a branch or tag`, allowed };
}

/**
 * Where a signature is demanded somebody is trusted to give it; each signer stands once, and is marked where it is of
 * somebody else's.
 *
 * @param own undefined where owner or repository cannot be read; then whose a signer is cannot be told
 */
export function checkPolicies(policies: PoliciesConfig, own: OwnWorkflows | undefined): Problem[] {
  const problems: Problem[] = [];
  for (const imageClass of IMAGE_CLASSES) {
    if (policies[imageClass].signers.length > 0 || own === undefined) continue;
    problems.push({
      file: SHARED_FILE,
      path: `policies.${imageClass}.signature`,
      what: "nobody is trusted to sign, and behind the first stage every image is signed",
      allowed: `leave policies.${imageClass}.signers out for the repository's own workflows, or name a key, or issuer and subject`,
      from: { paths: [`policies.${imageClass}.signers`] },
    });
  }
  for (const part of [...IMAGE_CLASSES, "signOffs"] as const) {
    const seen = new Set<string>();
    policies[part].signers.forEach((signer, at) => {
      const path = `policies.${part}.signers[${at}]`;
      const repeated = { file: SHARED_FILE, path, what: "is listed twice", allowed: "allowed: each signer once" };
      if (seen.has(keyOf(signer))) problems.push(repeated);
      seen.add(keyOf(signer));
      const wrong = own && misjudged(signer, own);
      if (wrong) problems.push({ file: SHARED_FILE, path, ...wrong, from: { paths: ["github:owner"] } });
      const loose = wrong ? undefined : unpinned(signer);
      if (loose) problems.push({ file: SHARED_FILE, path, ...loose });
    });
  }
  return problems;
}
