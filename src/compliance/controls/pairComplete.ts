import type { Control } from "../control";
import { IMAGE_CLASSES } from "../../domain/imageClass";
import { aboutStage, allOf, look } from "../judge";

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
