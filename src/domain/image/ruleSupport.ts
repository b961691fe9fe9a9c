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
 * How a registry keeps a rule: by itself, by something beside it (named), or not at all (with the reason).
 * No rule is dropped without a word.
 */
export type Support =
  | { support: "native"; limits?: string }
  | { support: "emulated"; by: string }
  | { support: "impossible"; because: string };

const NATIVE: Support = { support: "native" };
const by = (name: string): Support => ({ support: "emulated", by: name });
const never = (because: string): Support => ({ support: "impossible", because });

const PUBLISH = "dualreg image publish";
const SWEEP = "dualreg image sweep";
const COMMON = {
  "tag-grammar": by(PUBLISH),
  "inactivity-cleanup": by(SWEEP),
  "scan-gate": by(PUBLISH),
  "signature-gate": by("dualreg image promote"),
} as const;

const NOT_OURS = never("the registry belongs to somebody else, and this project holds no access to its log");
const NO_SCOPED_TOKENS = never("the registry has no tokens that are limited to repositories");

/** The registries of the big clouds keep these rules alike. */
const CLOUD: Readonly<Record<Rule, Support>> = {
  ...COMMON,
  "tag-immutability": NATIVE,
  "untagged-retention": NATIVE,
  "pull-audit": NOT_OURS,
  "scoped-tokens": by("IAM policies"),
  "token-expiry": NATIVE,
  "anonymous-pull-off": NATIVE,
  referrers: NATIVE,
  "vanity-host": by("a proxy in front of the registry"),
};

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
    "vanity-host": by("a proxy in front of the registry"),
  },
  ghcr: {
    ...COMMON,
    "tag-immutability": by("read back and refusal by dualreg image publish"),
    "untagged-retention": by(SWEEP),
    "pull-audit": never("GitHub logs no pulls of packages"),
    "scoped-tokens": NO_SCOPED_TOKENS,
    "token-expiry": NATIVE,
    "anonymous-pull-off": NATIVE,
    referrers: by("fallback tags"),
    "vanity-host": by("a proxy in front of the registry"),
  },
  ecr: CLOUD,
  gar: CLOUD,
  quay: {
    ...COMMON,
    "tag-immutability": by("read back and refusal by dualreg image publish"),
    "untagged-retention": NATIVE,
    "pull-audit": NOT_OURS,
    "scoped-tokens": by("robot accounts"),
    "token-expiry": never("robot accounts do not expire"),
    "anonymous-pull-off": NATIVE,
    referrers: NATIVE,
    "vanity-host": by("a proxy in front of the registry"),
  },
  distribution: {
    ...COMMON,
    "tag-immutability": by("read back and refusal by dualreg image publish"),
    "untagged-retention": by(SWEEP),
    "pull-audit": NOT_OURS,
    "scoped-tokens": NO_SCOPED_TOKENS,
    "token-expiry": never("the registry knows no expiry of its own"),
    "anonymous-pull-off": never("whether a login is asked for is set where the registry runs"),
    referrers: by("fallback tags"),
    "vanity-host": by("a proxy in front of the registry"),
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
