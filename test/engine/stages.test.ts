import assert from "node:assert/strict";
import { describeEngine } from "../support/engine/describeEngine";
import { ownResources } from "../support/engine/engineState";
import * as expect from "../support/engine/expectations";
import { StageBench } from "../support/engine/stageBench";
import { isKubernetes, placeOf } from "../support/providers/kubernetesIds";

/** Projects, and their stages in the order of a release. */
const PROJECTS: readonly { project: string; stages: readonly string[]; protects: boolean }[] = [
  { project: "company", stages: ["dev", "qa", "uat", "prod"], protects: true },
  { project: "minimal", stages: ["qa"], protects: true },
  { project: "contoso", stages: ["dev", "qa", "prod"], protects: true },
  { project: "two-stages", stages: ["test", "live"], protects: true },
  { project: "one-stage", stages: ["live"], protects: true },
  { project: "without-github", stages: ["dev", "test", "prod"], protects: true },
  // Its registries are somebody else's; its stage qa adopts one and has a file of its own.
  { project: "everything", stages: ["dev"], protects: false },
];

for (const { project, stages, protects } of PROJECTS) {
  describeEngine(`the stages of ${project} under the engine, one after the other`, () => {
    let bench: StageBench;

    before(async () => {
      bench = await StageBench.open(project);
      if (protects) for (const stage of stages) bench.unprotect(stage);
    });

    after(() => bench.close());

    for (const stage of stages) {
      it(`${stage}: preview, up, and up again without a change`, async () => {
        const stack = await bench.stack(stage);
        const recording = await bench.record(stage);
        const preview = await stack.preview();
        expect.assertSteps(preview, expect.creations(recording));
        expect.assertSamePreview(recording, preview);
        expect.assertSteps(await stack.up(), expect.creations(recording));
        expect.assertSameState(recording, stack);
        await expect.assertOutputs(recording, stack);
        expect.assertNothing(await stack.up());
      });
    }

    for (const stage of [...stages].reverse()) {
      it(`${stage}: destroy takes all of it away, and no more`, async () => {
        const stack = await bench.stack(stage);
        const ids = new Set(
          ownResources(stack.state()).flatMap(({ custom, id, type }) => {
            if (!custom || !id) return [];
            return [isKubernetes(type) ? placeOf(type, id) : id];
          }),
        );
        const others = bench.standing.filter((id) => !ids.has(id));
        expect.assertWell(await stack.destroy());
        assert.deepEqual([bench.standing, ownResources(stack.state())], [others, []]);
      });
    }
  });
}
