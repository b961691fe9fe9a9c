import assert from "node:assert/strict";
import type { FactChange } from "./changesOfStage";
import type { StageLife } from "./stageLife";

/** Tests of changed facts, one on top of the other. */
export function testChanges(life: () => StageLife, changes: readonly FactChange[]): void {
  for (const { what, make, steps, unsettled, order } of changes) {
    it(`${what} takes exactly ${steps.join(", ")}`, async () => {
      make(life().bench);
      const run = await life().change(steps, unsettled);
      for (const [first, second] of order ?? []) {
        assert.ok(run.indexOf(first) < run.indexOf(second), `${first} does not come before ${second}`);
      }
    });
  }
}
