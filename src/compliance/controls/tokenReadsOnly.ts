import type { Control } from "../control";
import { aboutAll, aboutStage, allOf, eachOf, notApplicable } from "../judge";
import { ssdf } from "../sources";

/** A repository, or all below a path; `*` alone is every repository. */
const READS = /^repositories\/(?!\*\/)[^*]+?(?:\/\*)?\/(?:content|metadata)\/read$/;

export const tokenReadsOnly: Control = {
  id: "token-reads-only",
  title: "A consumer's token reads the repositories it names",
  why: "A token that writes could replace what others pull; one for all repositories opens what its consumer never needs.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-4", "S1-4"],
  corresponds: [],
  mappings: [...ssdf("PS.1.1")],
  remediation:
    "Let the scope map hold content/read and metadata/read of named repositories or paths, and nothing else.",
  evaluate(facts) {
    if (facts.tokens.length === 0) return [notApplicable(aboutStage(facts), "The stage has no tokens.")];
    const at = {
      resource: "tokens",
      property: "actions of the scope map",
      expected: "content/read and metadata/read of named paths",
    };
    return [
      allOf(aboutAll(facts.tokens), [
        eachOf(
          at,
          facts.tokens,
          ({ name, registry }) => `${name} (${registry})`,
          ({ actions }) => actions,
          (actions) => actions.every((action) => READS.test(action)),
        ),
      ]),
    ];
  },
};
