import type { RegistryKind } from "./registryKind";

/** The rules this project holds a registry to. */
export const RULES = [
  "tag-immutability",
  "tag-grammar",
  "untagged-retention",
  "inactivity-cleanup",
  "pull-audit",
  "scoped-tokens",
  "token-expiry",
  "anonymous-pull-off",
  "scan-gate",
  "signature-gate",
  "referrers",
  "vanity-host",
] as const;

/** One of these rules. */
export type Rule = (typeof RULES)[number];

/**
 * How a registry keeps a rule: by itself; by itself where a setting of it says so, which nobody has read yet; by something
 * beside it (named); or not at all (with the reason). No rule is dropped without a word.
 */
export type Support =
  | { support: "native"; limits?: string }
  /** `missing`: somebody read it, and it does not say so; what was read. */
  | { support: "expected"; setting: string; missing?: string }
  | { support: "emulated"; by: string }
  | { support: "impossible"; because: string };

const NATIVE: Support = { support: "native" };
const within = (limits: string): Support => ({ support: "native", limits });
const expected = (setting: string): Support => ({ support: "expected", setting });
const by = (name: string): Support => ({ support: "emulated", by: name });
const never = (because: string): Support => ({ support: "impossible", because });

const PUBLISH = "dualreg image publish";
const SWEEP = "dualreg image sweep";
const COMMON = {
  "tag-grammar": by(PUBLISH),
  "inactivity-cleanup": by(SWEEP),
  "scan-gate": by(PUBLISH),
  "signature-gate": by("dualreg image promote"),
  "vanity-host": by("a proxy in front of the registry"),
} as const;

const READ_BACK = by("read back and refusal by dualreg image publish");
const FALLBACK_TAGS = by("fallback tags");
const NOT_OURS = never("the registry belongs to somebody else, and this project holds no access to its log");
const NO_SCOPED_TOKENS = never("the registry has no tokens that are limited to repositories");
const NO_DELETION = never("the registry deletes no manifest by the distribution API");

/**
 * What each kind keeps, and how. Sources: the documentation of each, as docs/registries.md names it. A rule that only a
 * setting of the registry keeps is `expected` until somebody reads the setting.
 */
const KINDS: Readonly<Record<RegistryKind, Readonly<Record<Rule, Support>>>> = {
  acr: {
    ...COMMON,
    "tag-immutability": by("lock of tag and manifest by dualreg image publish"),
    "untagged-retention": by(SWEEP),
    "pull-audit": NATIVE,
    "scoped-tokens": NATIVE,
    "token-expiry": NATIVE,
    "anonymous-pull-off": NATIVE,
    referrers: NATIVE,
  },
  ghcr: {
    ...COMMON,
    "tag-immutability": READ_BACK,
    "untagged-retention": NO_DELETION,
    "inactivity-cleanup": NO_DELETION,
    "pull-audit": never("GitHub logs no pulls of packages"),
    "scoped-tokens": NO_SCOPED_TOKENS,
    "token-expiry": within("a token of a job ends with it; a classic token ends only where it was made so"),
    "anonymous-pull-off": expected("visibility of each package: private or internal"),
    referrers: FALLBACK_TAGS,
  },
  ecr: {
    ...COMMON,
    "tag-immutability": expected("imageTagMutability of each repository: IMMUTABLE"),
    "untagged-retention": expected("a lifecycle policy of each repository that expires untagged images"),
    "pull-audit": NOT_OURS,
    "scoped-tokens": by("IAM policies"),
    "token-expiry": within("a login is good for twelve hours"),
    "anonymous-pull-off": NATIVE,
    referrers: NATIVE,
  },
  gar: {
    ...COMMON,
    "tag-immutability": expected("dockerConfig.immutableTags of the repository"),
    "untagged-retention": expected("a cleanup policy of the repository that deletes untagged versions"),
    "pull-audit": NOT_OURS,
    "scoped-tokens": by("IAM policies"),
    "token-expiry": within("an access token is good for an hour"),
    "anonymous-pull-off": expected("an IAM policy of the repository without allUsers and allAuthenticatedUsers"),
    referrers: NATIVE,
  },
  quay: {
    ...COMMON,
    "tag-immutability": expected("an immutability policy of organization or repository"),
    "untagged-retention": within("what lost its last tag goes when the time machine's window ends"),
    "pull-audit": NOT_OURS,
    "scoped-tokens": by("robot accounts"),
    "token-expiry": never("robot accounts do not expire"),
    "anonymous-pull-off": expected("visibility of each repository: private"),
    referrers: NATIVE,
  },
  harbor: {
    ...COMMON,
    "tag-immutability": expected("a tag immutability rule of the project"),
    "untagged-retention": expected("a tag retention policy of the project that keeps no untagged artifact"),
    "pull-audit": NOT_OURS,
    "scoped-tokens": by("robot accounts"),
    "token-expiry": within("a robot account ends where it was made with a duration"),
    "anonymous-pull-off": expected("a project that is not public"),
    referrers: within("from version 2.9 on"),
  },
  gitlab: {
    ...COMMON,
    "tag-immutability": expected("an immutable tag rule of the project"),
    "untagged-retention": by(SWEEP),
    "pull-audit": NOT_OURS,
    "scoped-tokens": by("deploy tokens"),
    "token-expiry": within("a deploy token ends where it was made with an end"),
    "anonymous-pull-off": expected("a registry that project members alone may read"),
    referrers: FALLBACK_TAGS,
  },
  dockerhub: {
    ...COMMON,
    "tag-immutability": expected("immutable tags of each repository"),
    "untagged-retention": by(SWEEP),
    "inactivity-cleanup": never("the registry deletes by the distribution API only what has no tag"),
    "pull-audit": NOT_OURS,
    "scoped-tokens": by("organization access tokens"),
    "token-expiry": within("an access token ends where it was made with an end"),
    "anonymous-pull-off": expected("visibility of each repository: private"),
    referrers: FALLBACK_TAGS,
  },
  distribution: {
    ...COMMON,
    "tag-immutability": READ_BACK,
    "untagged-retention": by(SWEEP),
    "pull-audit": NOT_OURS,
    "scoped-tokens": NO_SCOPED_TOKENS,
    "token-expiry": never("the registry knows no expiry of its own"),
    "anonymous-pull-off": never("whether a login is asked for is set where the registry runs"),
    referrers: FALLBACK_TAGS,
  },
};

/** ACR's own policy reaches manifests of Docker's media types that lost their tag after it was switched on. */
const UNTAGGED_POLICY: Support = {
  support: "native",
  limits: `Docker media types only, and only what lost its tag after the policy was switched on; the rest by ${SWEEP}`,
};

/**
 * How a registry keeps each rule.
 *
 * @param kind the registry's kind
 * @param untaggedPolicy for acr: whether its retention policy is switched on, which Premium alone can
 */
export function supportOf(kind: RegistryKind, untaggedPolicy = false): Readonly<Record<Rule, Support>> {
  const rules = KINDS[kind];
  return kind === "acr" && untaggedPolicy ? { ...rules, "untagged-retention": UNTAGGED_POLICY } : rules;
}
