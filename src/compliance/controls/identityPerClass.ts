import type { Control } from "../control";
import { IMAGE_CLASSES } from "../../domain/imageClass";
import { aboutStage, allOf, eachOf, look, notApplicable } from "../judge";
import { ssdf } from "../sources";

export const identityPerClass: Control = {
  id: "identity-per-class",
  title: "Each class has an identity that pushes there and nowhere else",
  why: "One identity for all could push an ordinary image beside those under compliance.",
  severity: "high",
  level: "advisory",
  rows: ["S0-15", "S1-1", "S1-4"],
  corresponds: [],
  mappings: [...ssdf("PO.5.1", "PS.1.1")],
  remediation:
    "Give each class that holds a registry of ours an identity federated to its publish environment, with the right to push to that registry only.",
  evaluate(facts) {
    const about = aboutStage(facts);
    const { identities } = facts.stage;
    const held = IMAGE_CLASSES.filter((imageClass) =>
      facts.registries.some((one) => one.class === imageClass && one.kind === "acr" && one.mode !== "reference"),
    );
    if (held.length === 0) return [notApplicable(about, "No registry of ours is pushed to.")];
    if (identities === "unknown") {
      const at = { resource: "stage", property: "identities that push", expected: "one for each class" };
      return [allOf(about, [look(at, identities, () => false)])];
    }
    const unsure = identities.some((identity) => identity.pushes === "unknown");
    const each = held.map((imageClass) =>
      look(
        { resource: "stage", property: `identities that push to ${imageClass}`, expected: "at least one" },
        unsure ? ("unknown" as const) : identities.filter((identity) => identity.pushes.includes(imageClass)),
        (all) => all.length > 0,
        (all) => all.map((identity) => identity.name).sort(),
      ),
    );
    const at = (property: string, expected: string) => ({ resource: "identities", property, expected });
    const one = eachOf(
      at("classes", "at most one"),
      identities,
      ({ name }) => name,
      ({ pushes }) => pushes,
      (classes) => classes.length <= 1,
    );
    const none = eachOf(
      at("stored secret", "none"),
      identities,
      ({ name }) => name,
      ({ hasSecret }) => hasSecret,
      (has) => !has,
    );
    return [allOf(about, [...each, one, none])];
  },
};
