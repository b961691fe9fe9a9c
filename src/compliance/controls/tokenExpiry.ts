import type { Control } from "../control";
import type { TokenFacts } from "../../domain/facts";
import { aboutStage, allOf, eachOf, notApplicable } from "../judge";

export const tokenExpiry: Control = {
  id: "token-expiry",
  title: "A token's password expires within its class's ceiling",
  why: "Azure's default is a password that never expires.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-4"],
  corresponds: [],
  mappings: [],
  remediation: "Set tokenDays of the consumer to at most tokens.ceilingDays of the class.",
  evaluate(facts) {
    const about = aboutStage(facts);
    if (facts.tokens.length === 0) return [notApplicable(about, "The stage has no tokens.")];
    const at = {
      resource: "tokens",
      property: "expiry of passwords",
      expected: "1 day or more, and within the ceiling",
    };
    const days = ({ expiresAfterDays, ceilingDays }: TokenFacts) =>
      expiresAfterDays === "unknown" || (ceilingDays === "unknown" && expiresAfterDays !== 0)
        ? ("unknown" as const)
        : { expiresAfterDays, ceilingDays };
    return [
      allOf(about, [
        eachOf(
          at,
          facts.tokens,
          ({ name, registry }) => `${name} (${registry})`,
          days,
          ({ expiresAfterDays, ceilingDays }) =>
            expiresAfterDays > 0 && ceilingDays !== "unknown" && expiresAfterDays <= ceilingDays,
        ),
      ]),
    ];
  },
};
