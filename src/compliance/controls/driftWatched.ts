import type { Control } from "../control";
import { aboutStage, allOf, look } from "../judge";

export const driftWatched: Control = {
  id: "drift-watched",
  title: "What stands is compared with the program on a schedule",
  why: "A change by hand, such as a reviewer taken away, stays unseen until something fails.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-23"],
  corresponds: [],
  mappings: [],
  remediation: "Let a scheduled workflow run a preview with refresh that fails on a change.",
  evaluate(facts) {
    const at = { resource: "workflows", property: "scheduled comparison with what stands", expected: "one" };
    return [allOf(aboutStage(facts), [look(at, facts.stage.driftWatched, (watched) => watched)])];
  },
};
