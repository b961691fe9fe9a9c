import type { Control, Finding } from "../control";
import type { ComplianceFacts, ConsoleFacts } from "../facts";
import { aboutAll, aboutStage, allOf, type Look, look, notApplicable } from "../judge";

/** A finding about the stage's console; not applicable where it has none. */
const onConsole =
  (judge: (console: ConsoleFacts) => readonly Look[]) =>
  (facts: ComplianceFacts): readonly Finding[] => {
    const { consoles } = facts.stage;
    if (consoles === "unknown") {
      const at = { resource: "stage", property: "console", expected: "its image by digest" };
      return [allOf(aboutStage(facts), [look(at, consoles, () => false)])];
    }
    if (consoles.length === 0) return [notApplicable(aboutStage(facts), "The stage has no console.")];
    return [allOf(aboutAll(consoles), consoles.flatMap(judge))];
  };

const BY_DIGEST = /@sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/;

export const consolePinned: Control = {
  id: "console-pinned",
  title: "The console runs by digest, from the stage's own registry of its class",
  why: "Behind a tag or another registry stands whatever its maker likes, and people believe what the console says of images.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-3"],
  corresponds: [],
  mappings: [],
  remediation:
    "Name image in console of the stage file as <repository>@sha256:<digest>, as dualreg image verify prints it, without a host.",
  evaluate: onConsole(({ name, image, fromOwnRegistry }) => [
    look({ resource: name, property: "image", expected: "a whole digest" }, image, (text) => BY_DIGEST.test(text)),
    look(
      { resource: name, property: "from the stage's own registry", expected: "true" },
      fromOwnRegistry,
      (own) => own,
    ),
  ]),
};

export const consoleHardened: Control = {
  id: "console-hardened",
  title: "The console cannot run as root, nor write to its own files",
  why: "Texts of strangers are shown there, and logins of both registries are mounted: what breaks in should find nothing to change.",
  severity: "medium",
  level: "advisory",
  rows: ["S0-3"],
  corresponds: [],
  mappings: [],
  remediation:
    "Run the console with kind: kubernetes. Container Apps has neither setting: the image's own user is not root, which a waiver may say.",
  evaluate: onConsole(({ name, nonRoot, readOnlyRoot }) => [
    look({ resource: name, property: "runAsNonRoot", expected: "true" }, nonRoot, (on) => on),
    look({ resource: name, property: "readOnlyRootFilesystem", expected: "true" }, readOnlyRoot, (on) => on),
  ]),
};
