import type { Control } from "../control";
import { IMAGE_CLASSES } from "../../domain/imageClass";
import { aboutStage, allOf, look } from "../judge";

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
