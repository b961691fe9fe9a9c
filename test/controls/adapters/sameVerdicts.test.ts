import assert from "node:assert/strict";
import { defined } from "../../../src/base/defined";
import type { ResourceBag } from "../../../src/controls/adapters/resourceBag";
import { factsOfResources } from "../../../src/controls/adapters/resources";
import { CONTROLS } from "../../../src/controls/catalogue";
import type { Compliance, ControlOutcome } from "../../../src/controls/control";
import { worst } from "../../../src/controls/judge";
import type { Stage } from "../../../src/domain/stage";
import { recordStages } from "../../../src/preview/record/recordStages";
import type { Recording } from "../../../src/preview/recording";
import { example } from "../../support/examples";

const STAGES: readonly (readonly [string, Stage])[] = [
  [example("company"), "dev"],
  [example("minimal"), "qa"],
  [example("everything"), "qa"],
  [example("hardened"), "prod"],
];

/** A recorded resource as the engine's policy request would have it in a preview. */
const bagsOf = ({ resources }: Recording): ResourceBag[] =>
  resources.map(({ type, name, urn, parent, inputs, options }) => ({
    ...{ type, name, urn, inputs },
    ...defined({ parent }),
    protect: options.protect ?? false,
    ignoreChanges: options.ignoreChanges ?? [],
  }));

/** The worst of what was found before waivers: those are the plan's alone. */
const found = ({ findings }: ControlOutcome) =>
  worst(findings.map(({ verdict }) => (verdict === "waived" ? "fail" : verdict)));

describe("a stage's plan and its resources", () => {
  for (const [projectDir, stage] of STAGES) {
    it(`have equal verdicts wherever both know the fact: ${projectDir.split("/").at(-1) ?? ""} ${stage}`, async () => {
      const { recordings, failures } = await recordStages({ projectDir, stages: [stage] });
      assert.deepEqual(failures, []);
      const recording = recordings.get(stage);
      assert.ok(recording);
      const output = recording.outputs["compliance"] as unknown;
      const { controls } = output as Compliance;
      const facts = factsOfResources(bagsOf(recording), { stage });
      let compared = 0;
      for (const control of CONTROLS) {
        const planned = controls[control.id];
        assert.ok(planned, control.id);
        assert.notEqual(typeof planned, "string", control.id);
        const seen = worst(control.evaluate(facts).map(({ verdict }) => verdict));
        const open = ["unknown", "not applicable"];
        if (open.includes(seen) || open.includes(found(planned))) continue;
        assert.equal(seen, found(planned), control.id);
        compared += 1;
      }
      assert.ok(
        compared >= (recording.resources.some(({ type }) => type.endsWith(":Registry")) ? 15 : 1),
        String(compared),
      );
    });
  }
});
