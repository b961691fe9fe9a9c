import type { GateFacts } from "../../domain/facts";
import type { Control } from "../control";
import { aboutAll, aboutStage, allOf, eachOf, notApplicable } from "../judge";

export const gatesClosed: Control = {
  id: "gates-closed",
  title: "Nobody goes past an environment",
  why: "Whoever starts a job or administers the repository could deploy without the approval.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-13", "S0-17", "S0-19"],
  corresponds: [],
  mappings: [],
  remediation:
    "Set canAdminsBypass to false, preventSelfReview to true where reviewers stand, and name the branches and tags that may deploy.",
  evaluate(facts) {
    const { gates } = facts;
    if (gates.length === 0) return [notApplicable(aboutStage(facts), "The stage has no environments on GitHub.")];
    const at = (property: string, expected: string) => ({ resource: "environments", property, expected });
    const name = (gate: GateFacts) => gate.environment;
    const reviewed = gates.filter((gate) => gate.reviewers === "unknown" || gate.reviewers.length > 0);
    return [
      allOf(aboutAll(gates), [
        eachOf(
          at("canAdminsBypass", "false"),
          gates,
          name,
          (gate) => gate.canAdminsBypass,
          (can) => !can,
        ),
        eachOf(
          at("preventSelfReview", "true"),
          reviewed,
          name,
          (gate) => gate.preventSelfReview,
          (is) => is,
        ),
        eachOf(
          at("deploymentBranchPolicy", "branches and tags named"),
          gates,
          name,
          (gate) => gate.refsNamed,
          (is) => is,
        ),
      ]),
    ];
  },
};
