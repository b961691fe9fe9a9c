import assert from "node:assert/strict";
import type { Recording } from "../../../src/preview/recording";
import * as expect from "./expectations";
import type { StageLife } from "./stageLife";

/** What the program itself warns of. */
const warningsOf = ({ logs }: Recording): string[] =>
  logs.filter(({ severity }) => severity === "warning").map(({ message }) => message);

/** Tests of a stage that is not there yet. */
export function testBeginning(life: () => StageLife): void {
  it("preview says what the offline preview says and touches nothing", async () => {
    const { bench, stack, recording, foundThere } = life();
    const run = await stack.preview();
    expect.assertSteps(run, expect.creations(recording));
    expect.assertSamePreview(recording, run);
    expect.assertSameVerdict(undefined, recording, run);
    assert.deepEqual(run.warnings, warningsOf(recording));
    assert.deepEqual(bench.standing, foundThere);
  });

  it("up makes what the preview said, and the state holds it with the same options and inputs", async () => {
    const { stack, recording } = life();
    const run = await stack.up();
    expect.assertSteps(run, expect.creations(recording));
    assert.deepEqual(run.warnings, warningsOf(recording));
    expect.assertSameState(recording, stack);
  });

  it("outputs are StageOutputs with the cloud's answers in it", async () => {
    const { bench, stack, recording, of } = life();
    const outputs = await expect.assertOutputs(recording, stack);
    expect.assertAnswers(outputs, stack);
    if (of.before === undefined) return;
    const { registries } = await (await bench.stack(of.before)).outputs();
    assert.deepEqual(outputs["stageBefore"], { stage: of.before, registries });
  });

  it("up again and refresh find nothing to do", async () => {
    const { stack, of } = life();
    const { learns = [] } = of;
    expect.assertNothing(await stack.up());
    for (const finds of learns.length > 0 ? [learns, []] : [[]]) {
      const refresh = await stack.refresh();
      expect.assertWell(refresh);
      assert.deepEqual(refresh.findings, finds);
    }
    expect.assertNothing(await stack.preview());
  });
}
