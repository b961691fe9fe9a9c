import type { RetentionRule } from "../../domain/image/policy";
import type { Support } from "../../domain/image/ruleSupport";
import type { StagePlace } from "../../domain/stage";
import type { Known } from "../facts";
import { azurePolicy, checkov, type Control, inBenchmark, inBenchmark2, labelled, psRule, ssdf } from "../control";
import { aboutRegistry, aboutStage, allOf, decidedFor, eachAcr, look, notApplicable, onEachAcr } from "../judge";
import { BYPASS, letsServicesIn } from "./network";

export const tagRegime: Control = {
  id: "tag-regime",
  title: "Tags stand still behind the first stage",
  why: "A tag that can be moved lets something else run than what was signed off.",
  severity: "high",
  level: "mandatory",
  rows: ["S2-2", "S2-3", "S2-11"],
  corresponds: [],
  mappings: [],
  remediation: "Let the stage decide the regime: mutable in the first, immutable in all others.",
  evaluate({ registries }) {
    return registries.map((registry) => {
      const expected = registry.place === "first" ? "mutable" : "immutable";
      const known = registry.place === "unknown" ? ("unknown" as const) : registry.regime;
      const at = { resource: registry.name, property: "tag regime", expected };
      return allOf(decidedFor(registry), [look(at, known, (regime) => regime === expected)]);
    });
  },
};

const impossible = (rules: Readonly<Record<string, Support>>) =>
  Object.entries(rules)
    .filter(([, support]) => support.support === "impossible")
    .map(([rule]) => rule)
    .sort();

export const rulesKept: Control = {
  id: "rules-kept",
  title: "Every rule of tags, retention and audit is kept somehow",
  why: "A rule that a kind of registry cannot keep is not kept, whatever the plan says.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-19", "S2-3", "S4-14"],
  corresponds: [],
  mappings: [],
  remediation: "Choose a kind of registry that can keep the rule, or waive it with a reason.",
  evaluate({ registries, stage: { alternatives } }) {
    const lookAt = (name: string, of: Known<Readonly<Record<string, Support>>>) =>
      look(
        { resource: name, property: "rules that are impossible", expected: "none" },
        of,
        (rules) => impossible(rules).length === 0,
        impossible,
      );
    return [
      ...registries.map((registry) => allOf(decidedFor(registry), [lookAt(registry.name, registry.rules)])),
      ...(alternatives === "unknown"
        ? [allOf({ scope: "stage", basis: "planned" }, [lookAt("registries beside the two", alternatives)])]
        : alternatives.map((one) => allOf({ scope: one.class, basis: "planned" }, [lookAt(one.name, one.rules)]))),
    ];
  },
};

const WANTED: Readonly<Record<StagePlace, string>> = {
  first: "inactive, 30 days or fewer; or newest",
  between: "inactive, 90 days or fewer; or newest, keep, forever",
  last: "keep or forever",
};

function keeps(place: StagePlace | "unknown", rule: RetentionRule): boolean {
  // How many came since says nothing of how long what production ran must be shown.
  if (place === "last") return rule.rule === "keep" || rule.rule === "forever";
  if (rule.rule === "newest") return true;
  return rule.rule === "inactive" ? rule.days <= (place === "first" ? 30 : 90) : place !== "first";
}

function show(rule: RetentionRule): string {
  if (rule.rule === "forever") return "forever";
  return rule.rule === "newest" ? `the newest ${rule.count}` : `${rule.rule}, ${rule.days} days`;
}

export const retentionRule: Control = {
  id: "retention-rule",
  title: "Images are kept as long as their stage asks for",
  why: "Production loses what it may have to show; other stages keep what nobody uses.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-15", "S1-16", "S1-17", "S2-3"],
  corresponds: [],
  mappings: [...ssdf("PS.3.1")],
  remediation:
    "Set retention in the stage file: keep or forever for the last stage, inactive with at most 30 days for the first and 90 for those between, or newest there.",
  evaluate(facts) {
    const { place, retention } = facts.stage;
    const expected = place === "unknown" ? "what the stage asks for" : WANTED[place];
    const at = { resource: "stage", property: "retention", expected };
    const known = place === "unknown" ? ("unknown" as const) : retention;
    return [allOf(aboutStage(facts), [look(at, known, (rule) => keeps(place, rule), show)])];
  },
};

export const untaggedRetentionOn: Control = {
  id: "untagged-retention-on",
  title: "Untagged manifests are removed by the registry",
  why: "What nobody can name any more costs storage, and keeps old flaws at hand.",
  severity: "low",
  level: "advisory",
  rows: ["S1-15"],
  corresponds: [psRule("Retention"), checkov("CKV_AZURE_167")],
  mappings: [],
  remediation: "Set untaggedRetentionDays in the stage file (Premium, not together with softDeleteDays).",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const about = aboutRegistry(registry);
      if (registry.sku === "Basic" || registry.sku === "Standard") {
        return notApplicable(about, `${registry.sku} has no retention policy.`);
      }
      const at = { resource: registry.name, property: "policies.retentionPolicy.days", expected: "on, 0 days or more" };
      const days = registry.sku === "unknown" ? ("unknown" as const) : registry.untaggedRetentionDays;
      return allOf(about, [look(at, days, (value) => value !== "off")]);
    });
  },
};

export const softDeleteOn: Control = {
  id: "soft-delete-on",
  title: "A deleted image can be restored",
  why: "Without it, a deletion by mistake or by malice is final.",
  severity: "medium",
  level: "advisory",
  rows: ["S2-3"],
  corresponds: [psRule("SoftDelete")],
  mappings: [],
  remediation: "Set softDeleteDays in the stage file (not together with untaggedRetentionDays or replicas).",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const about = aboutRegistry(registry);
      const { replicas, untaggedRetentionDays: untagged } = registry;
      if (replicas !== "unknown" && replicas.length > 0) {
        return notApplicable(about, "A registry with replicas cannot have soft delete.");
      }
      if (untagged !== "unknown" && untagged !== "off") {
        return notApplicable(about, "A registry with a retention policy cannot have soft delete.");
      }
      const at = {
        resource: registry.name,
        property: "policies.softDeletePolicy.retentionDays",
        expected: "1 day or more",
      };
      const known = replicas === "unknown" || untagged === "unknown";
      return allOf(about, [look(at, known ? ("unknown" as const) : registry.softDeleteDays, (days) => days !== "off")]);
    });
  },
};

export const quarantineOn: Control = {
  id: "quarantine-on",
  title: "New images wait in quarantine",
  why: "An image could be pulled between its push and the end of its scan.",
  severity: "low",
  level: "advisory",
  rows: ["S1-5"],
  corresponds: [psRule("Quarantine"), checkov("CKV_AZURE_166")],
  mappings: [...labelled("DS-6", "PV-5")],
  remediation:
    "Set policies.quarantinePolicy.status to enabled (Premium, preview) with something that scans and releases; or waive it where images are scanned before they are pushed.",
  evaluate: onEachAcr(
    "policies.quarantinePolicy.status",
    "enabled",
    (registry) => registry.quarantine,
    (on) => on,
    (on) => (on ? "enabled" : "disabled"),
  ),
};

export const defenderOn: Control = {
  id: "defender-on",
  title: "Defender for Containers looks at the registries",
  why: "Flaws become known after an image was pushed; without a scanner beside the registry nobody sees them.",
  severity: "high",
  level: "advisory",
  rows: ["S1-22"],
  corresponds: [
    psRule("ContainerScan"),
    checkov("CKV_AZURE_86"),
    azurePolicy("ASC_EnableAdvancedThreatProtectionOnContainers_Audit", "1c988dd6-ade4-430f-a608-2a3e5b0a6d38"),
  ],
  mappings: [...labelled("DS-6", "PV-5")],
  remediation:
    "Set the pricing tier of Containers to Standard in the subscription, by the stage that owns it, and let Azure's trusted services in (trustedServices) where the network is restricted.",
  evaluate(facts) {
    const at = { resource: "subscription", property: "pricings.Containers.pricingTier", expected: "Standard" };
    const within = "AzureServices, which lets Defender past the network rules";
    const own = facts.registries.filter(({ kind, mode }) => kind === "acr" && mode !== "reference");
    const closed = own.filter((registry) => letsServicesIn(registry) !== true);
    return [
      allOf(aboutStage(facts), [
        look(
          at,
          facts.stage.defender,
          (on) => on,
          (on) => (on ? "Standard" : "Free"),
        ),
        ...closed.map((registry) =>
          look(
            { resource: registry.name, property: BYPASS, expected: within },
            letsServicesIn(registry),
            (pass) => pass,
            () => "None",
          ),
        ),
      ]),
    ];
  },
};

export const imagesHealthy: Control = {
  id: "images-healthy",
  title: "No image in the registry is known to be vulnerable",
  why: "A flaw that everybody knows of is used first.",
  severity: "high",
  level: "advisory",
  rows: ["S1-22", "S2-10"],
  corresponds: [
    psRule("ImageHealth"),
    azurePolicy("ACR vulnerability assessment", "090c7b07-b4ed-4561-ad20-e9075f3ccaff"),
  ],
  mappings: [...labelled("DS-6", "PV-5"), ...inBenchmark("PV-6", "DS-6"), ...inBenchmark2("PV-6", "DS-6")],
  remediation: "Rebuild the images that Defender names, publish and promote them, and sweep the old ones.",
  evaluate: onEachAcr(
    "assessments that are not healthy",
    "0",
    (registry) => registry.unhealthyImages,
    (count) => count === 0,
  ),
};

export const cacheRulesNone: Control = {
  id: "cache-rules-none",
  title: "Nothing is fetched from other registries on demand",
  why: "A cache rule brings in whatever the registry behind it serves that day, past scan and sign-off.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-13", "S1-5"],
  corresponds: [azurePolicy("ACR_PTCDisabled_AuditDeny", "84497762-32b6-4ab3-80b6-732ea48b85a2")],
  mappings: [],
  remediation:
    "Remove the cache rules and publish base images through the gates; or waive it where cache rules are wanted.",
  evaluate: onEachAcr(
    "cacheRules",
    "none",
    (registry) => registry.cacheRules,
    (rules) => rules.length === 0,
  ),
};
