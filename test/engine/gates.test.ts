import assert from "node:assert/strict";
import { describeEngine } from "../support/engine/describeEngine";
import type { EngineRun } from "../support/engine/engineRun";
import type { EngineStack } from "../support/engine/engineStack";
import { ownResources } from "../support/engine/engineState";
import * as expect from "../support/engine/expectations";
import { StageBench } from "../support/engine/stageBench";
import { GITHUB } from "../support/providers/githubIds";
import { textAt } from "../support/providers/lookup";

/** What the drift workflow leaves to `dualreg gates review`, which tells what it may not see from what is not there. */
const RULESETS = "**RepositoryRuleset::**";

/** What an update would put back. */
function driftOf(run: EngineRun): string[] {
  expect.assertWell(run);
  return run.changes.filter((change) => !change.startsWith("refresh "));
}

describeEngine("gates of stage qa as GitHub's provider treats them", () => {
  let bench: StageBench;
  let stack: EngineStack;

  before(async () => {
    bench = await StageBench.open("company");
    bench.unprotect("qa");
    bench.project.set(["gates", "value", "roles", "uat", "-"], { user: "octo-qa", id: 5_100_101 });
    // Whoever reviews may push as well, by a team or by the organisation's base permission.
    bench.providers.directory.roles.set("octo-qa", "push");
    expect.assertWell(await (await bench.stack("dev")).up());
    stack = await bench.stack("qa");
    expect.assertWell(await stack.up());
  });

  after(() => bench.close());

  it("a first up knows who signs off, although the provider answers null for a set without members", async () => {
    const { compliance } = (await stack.outputs()) as {
      compliance: { controls: Record<string, { verdict: string }> };
    };
    assert.equal(compliance.controls["sign-offs-complete"]?.verdict, "pass");
    assert.equal(compliance.controls["gates-closed"]?.verdict, "pass");
  });

  it("a reviewer whose role is higher than read is left alone by the next up", async () => {
    expect.assertNothing(await stack.up());
    expect.assertWell(await stack.refresh());
    expect.assertNothing(await stack.up());
  });

  it("drift does not see an emptied gate, which is why gates review looks at it", async () => {
    const { cloud } = bench.providers;
    const { id = "" } = expect.stateOf(stack, "orders-gates-qa-signoff-qa");
    cloud.set(id, { ...cloud.get(id)?.inputs, reviewers: [] });
    assert.deepEqual(driftOf(await stack.previewDrift(RULESETS)), []);
  });

  it("a caller who does not see bypass actors finds drift in rulesets, and none without them", async () => {
    const { directory } = bench.providers;
    directory.seesBypass = false;
    const rulesets = bench.providers.cloud.ofType(GITHUB.ruleset).filter(({ inputs }) => "bypassActors" in inputs);
    const drift = driftOf(await stack.previewDrift());
    assert.deepEqual([drift.length, drift.every((change) => change.includes("-ruleset-"))], [rulesets.length, true]);
    assert.ok(rulesets.length > 0);
    assert.deepEqual(driftOf(await stack.previewDrift(RULESETS)), []);
    directory.seesBypass = true;
  });

  it("another repository gets all of it anew, rulesets and subject claims too, and the old one keeps nothing", async () => {
    bench.project.set(["product", "value", "repository"], "orders-2");
    expect.assertWell(await stack.up());
    const { cloud } = bench.providers;
    for (const type of [GITHUB.ruleset, GITHUB.subject, GITHUB.environment, GITHUB.policy, GITHUB.variable]) {
      const ofQa = cloud.ofType(type).filter(({ inputs }) => !textAt(inputs, "environment").startsWith("dev"));
      assert.ok(ofQa.length > 0, type);
      assert.deepEqual([...new Set(ofQa.map(({ inputs }) => inputs["repository"]))], ["orders-2"], type);
    }
  });

  it("destroy goes through where somebody deleted environments by hand", async () => {
    const { cloud } = bench.providers;
    for (const name of ["qa", "qa-publish-secure"]) assert.ok(cloud.delete(`orders-2:${name}`));
    expect.assertWell(await stack.destroy());
    assert.deepEqual(ownResources(stack.state()), []);
  });
});
