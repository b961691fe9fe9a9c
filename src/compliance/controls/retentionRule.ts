import type { Control } from "../control";
import type { RetentionRule } from "../../domain/retention";
import type { Stage } from "../../domain/stage";
import { aboutStage, allOf, look } from "../judge";
import { ssdf } from "../sources";

const WANTED: Readonly<Record<Stage, string>> = {
  dev: "inactive, 30 days or fewer",
  qa: "inactive, 90 days or fewer; or keep, forever",
  uat: "inactive, 90 days or fewer; or keep, forever",
  prod: "keep or forever",
};

function keeps(stage: Stage | "unknown", rule: RetentionRule): boolean {
  if (stage === "prod") return rule.rule !== "inactive";
  return rule.rule === "inactive" ? rule.days <= (stage === "dev" ? 30 : 90) : stage !== "dev";
}

const show = (rule: RetentionRule) => (rule.rule === "forever" ? "forever" : `${rule.rule}, ${rule.days} days`);

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
    "Set retention in the stage file: keep or forever for prod, inactive with at most 30 days for dev and 90 for qa and uat.",
  evaluate(facts) {
    const { stage, retention } = facts.stage;
    const expected = stage === "unknown" ? "what the stage asks for" : WANTED[stage];
    const at = { resource: "stage", property: "retention", expected };
    const known = stage === "unknown" ? ("unknown" as const) : retention;
    return [allOf(aboutStage(facts), [look(at, known, (rule) => keeps(stage, rule), show)])];
  },
};
