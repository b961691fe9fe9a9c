import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import { LOG_CATEGORIES } from "../../domain/watch/audit";
import { type Control, psRule } from "../control";
import { aboutStage, allOf, look, notApplicable, onEachAcr } from "../judge";

export const pairComplete: Control = {
  id: "pair-complete",
  title: "The stage has a secure and a standard registry",
  why: "Images under compliance would share a registry with those that are not.",
  severity: "critical",
  level: "mandatory",
  rows: ["S0-1", "S2-1"],
  corresponds: [],
  mappings: [],
  remediation: "Describe both registries in the stage file, under two names.",
  evaluate(facts) {
    const { registries, registriesComplete } = facts;
    const unknown = registries.some((registry) => registry.class === "unknown");
    const counts = IMAGE_CLASSES.map((imageClass) => {
      const count = registries.filter((registry) => registry.class === imageClass).length;
      const unsure = unknown || (count === 0 && !registriesComplete);
      const at = { resource: "stage", property: `${imageClass} registries`, expected: "1" };
      return look(at, unsure ? ("unknown" as const) : count, (number) => number === 1);
    });
    const names = registries.map((registry) => registry.name);
    const distinct = look(
      { resource: "stage", property: "names of registries", expected: "two names" },
      names.includes("unknown") ? ("unknown" as const) : names,
      (all) => new Set(all).size === all.length,
    );
    return [allOf(aboutStage(facts), [...counts, distinct])];
  },
};

export const classMapWhole: Control = {
  id: "class-map-whole",
  title: "Every image belongs to one class",
  why: "An image without a class would be pushed and pulled wherever somebody thought right.",
  severity: "critical",
  level: "mandatory",
  rows: ["S0-2"],
  corresponds: [],
  mappings: [],
  remediation: "Name every repository once in images, with class secure or standard.",
  evaluate(facts) {
    const { images } = facts.stage;
    const at = { resource: "stage", property: "images", expected: "each repository once, secure or standard" };
    const whole = look(
      at,
      images,
      (all) =>
        all.length > 0 &&
        new Set(all.map((image) => image.repository)).size === all.length &&
        all.every((image) => IMAGE_CLASSES.includes(image.class)),
      (all) => `${all.length} images, ${new Set(all.map((image) => image.repository)).size} repositories`,
    );
    return [allOf(aboutStage(facts), [whole])];
  },
};

const GROUPS = ["audit", "allLogs"];

export const auditLogs: Control = {
  id: "audit-logs",
  title: "Logins, pushes and pulls are logged",
  why: "Without the two categories nobody can say who pulled what, or who tried.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-8", "S1-19", "S1-22"],
  corresponds: [psRule("AuditLogs")],
  mappings: [{ framework: "MCSB v1", id: "LT-4", statedBy: "links of the rule's document in PSRule for Azure" }],
  remediation:
    "Send ContainerRegistryLoginEvents and ContainerRegistryRepositoryEvents, or the group audit or allLogs, to a workspace by a diagnostic setting.",
  evaluate: onEachAcr(
    "diagnosticSettings.logs",
    `${LOG_CATEGORIES.join(" and ")}, or the group audit or allLogs`,
    (registry) => registry.logCategories,
    (categories) =>
      GROUPS.some((group) => categories.includes(group)) || LOG_CATEGORIES.every((one) => categories.includes(one)),
  ),
};

const DAYS = 365;

export const auditKept: Control = {
  id: "audit-kept",
  title: "The audit log is kept as long as it must be",
  why: "A question about last year finds nothing once the log is gone.",
  severity: "high",
  level: "advisory",
  rows: ["S1-19"],
  corresponds: [],
  mappings: [],
  remediation:
    "Raise audit.retentionDays in the stage file (at most 730), or archive the log to storage for the years that are asked for.",
  evaluate(facts) {
    const about = aboutStage(facts);
    const { auditYears, auditDays } = facts.stage;
    if (auditYears === 0) return [notApplicable(about, "No years are asked for.")];
    if (facts.registries.every((registry) => registry.mode === "reference")) {
      return [notApplicable(about, "The stage holds no registry, and so no log.")];
    }
    const expected = auditYears === "unknown" ? "the years asked for" : `${auditYears * DAYS} or more`;
    const at = { resource: "audit log", property: "days it is kept", expected };
    const known =
      auditYears === "unknown" || auditDays === "unknown" ? ("unknown" as const) : auditDays / (auditYears * DAYS);
    return [
      allOf(about, [
        look(
          at,
          known,
          (share) => share >= 1,
          () => auditDays,
        ),
      ]),
    ];
  },
};

export const driftWatched: Control = {
  id: "drift-watched",
  title: "What stands is compared with the program on a schedule",
  why: "A change by hand, such as a reviewer taken away, stays unseen until something fails.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-23"],
  corresponds: [],
  mappings: [],
  remediation: "Let a scheduled workflow run a preview with refresh that fails on a change, and dualreg gates review.",
  evaluate(facts) {
    const at = { resource: "workflows", property: "scheduled comparison with what stands", expected: "one" };
    return [allOf(aboutStage(facts), [look(at, facts.stage.driftWatched, (watched) => watched)])];
  },
};
