import assert from "node:assert/strict";
import { describeEngine } from "../support/engine/describeEngine";
import { EngineProject } from "../support/engine/engineProject";
import { EngineStack } from "../support/engine/engineStack";
import { ownResources } from "../support/engine/engineState";

describeEngine("the program under the engine, badly configured", () => {
  let project: EngineProject;

  beforeEach(() => {
    project = new EngineProject("company");
  });

  afterEach(() => project.remove());

  for (const operation of ["preview", "up"] as const) {
    it(`${operation} with two mistakes says both and registers nothing of ours`, async () => {
      project.set(["dual-registry:audit", "retentionDays"], 3, "qa");
      project.set(["dual-registry:registries", "standard", "replicas"], ["northeurope"], "qa");
      const stack = await EngineStack.create(project, "qa");
      const run = await stack[operation]();
      assert.notEqual(run.failure, undefined);
      const said = run.messages("error").join("\n");
      assert.match(said, /Pulumi\.qa\.yaml: audit\.retentionDays: 3 is not allowed; allowed: a whole number from 30/);
      assert.match(said, /Pulumi\.qa\.yaml: registries\.standard\.replicas: .*needs Premium/);
      assert.doesNotMatch(said, /\n\s+at /, "a stack trace buries what is wrong");
      assert.deepEqual(run.changes, []);
      assert.deepEqual(ownResources(stack.state()), []);
    });
  }

  it("a stack named by a stage's alias is refused and told the stage", async () => {
    project.write("Pulumi.production.yaml", "config: {}\n");
    const stack = await EngineStack.create(project, "production");
    const run = await stack.up();
    assert.match(run.messages("error").join("\n"), /"production" is not a stage; it is an alias of stage prod/);
    assert.deepEqual(ownResources(stack.state()), []);
  });
});
