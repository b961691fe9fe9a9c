import type { Control } from "../control";
import type { Stage } from "../../domain/stage";
import { aboutAll, aboutStage, allOf, eachOf, look, notApplicable } from "../judge";

/** How many roles agree before a release of the stage. */
const NEEDED: Readonly<Record<Stage, number>> = { dev: 0, qa: 1, uat: 2, prod: 3 };

const TEAMS = "Who is in two teams is seen when a release is checked, by the people who approved it.";

export const signOffsComplete: Control = {
  id: "sign-offs-complete",
  title: "Every role signs a release off, and nobody twice",
  why: "Two approvals by one person are one; a role that is left out has not agreed.",
  severity: "high",
  level: "advisory",
  rows: ["S0-17", "S0-18", "S0-20", "S2-8"],
  corresponds: [],
  mappings: [],
  remediation:
    "Name the roles in gates.signOffs: one for qa, two for uat, three for prod, each with reviewers of its own.",
  evaluate(facts) {
    const { stage } = facts.stage;
    if (stage === "dev") return [notApplicable(aboutStage(facts), "Nobody signs off for dev.")];
    const wanted = stage === "unknown" ? 0 : NEEDED[stage];
    const signOffs = facts.gates.filter((gate) => gate.purpose === "sign-off");
    const unsure = stage === "unknown" || facts.gates.some((gate) => gate.purpose === "unknown");
    const chain = look(
      { resource: "stage", property: "roles that sign off", expected: `${wanted} or more` },
      unsure ? ("unknown" as const) : signOffs.map((gate) => gate.role ?? gate.environment),
      (roles) => new Set(roles).size >= wanted,
    );
    const named = eachOf(
      { resource: "environments", property: "reviewers", expected: "at least one each" },
      signOffs,
      (gate) => gate.environment,
      (gate) => gate.reviewers,
      (reviewers) => reviewers.length > 0,
    );
    const seen = signOffs.flatMap((gate) => (gate.reviewers === "unknown" ? [] : [...new Set(gate.reviewers)]));
    const distinct = eachOf(
      { resource: "environments", property: "reviewers", expected: "nobody in two environments" },
      signOffs,
      (gate) => gate.environment,
      (gate) => gate.reviewers,
      (reviewers) => reviewers.every((one) => seen.filter((other) => other === one).length === 1),
    );
    return [allOf(aboutAll(signOffs), [chain, named, distinct], TEAMS)];
  },
};
