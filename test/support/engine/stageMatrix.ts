import type { FactChange } from "./changesOfStage";
import { describeEngine } from "./describeEngine";
import { testBeginning } from "./stageBegins";
import { testChanges } from "./stageChanges";
import { testEnding } from "./stageEnds";
import { type LifeOf, StageLife } from "./stageLife";
import { testMishaps } from "./stageMishaps";

/** A stage that goes through everything that may happen to it. */
export interface MatrixStage extends LifeOf {
  changes: readonly FactChange[];
  /** Class whose registry has no webhook yet and gets one. */
  hooked: "secure" | "standard";
}

/** One suite: each test goes on where the one before it stopped, as a stage's life does. */
export function describeMatrix({ changes, hooked, ...of }: MatrixStage): void {
  describeEngine(`stage ${of.stage} of ${of.project} under the engine`, () => {
    let life: StageLife;
    before(async () => {
      life = await StageLife.begin(of);
    });
    after(() => life.bench.close());

    testBeginning(() => life);
    testChanges(() => life, changes);
    testMishaps(() => life, hooked);
    testEnding(() => life);
  });
}
