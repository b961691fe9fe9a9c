import assert from "node:assert/strict";
import { planStage } from "../../src/domain/plan/planStage";
import { DEFAULT_STAGES } from "../../src/domain/stage";
import { companyConfig } from "../support/companyConfig";
import { environmentsNamed } from "./environments";
import { JOBS, WORKFLOWS } from "./read";

describe("the workflows and the plan", () => {
  const planned = DEFAULT_STAGES.flatMap((stage) =>
    planStage(companyConfig(stage)).gates.environments.map(({ name }) => name),
  );

  it("every environment that a workflow names is planned, and every planned one is used", () => {
    const named = environmentsNamed();
    for (const [environment, names] of named)
      assert.ok(planned.includes(environment), `${names.join(", ")}: ${environment} is not planned`);
    for (const environment of planned) assert.ok(named.has(environment), `no workflow uses ${environment}`);
  });

  it("every workflow that is called is there, and is of the commit that runs, so that no name of a repository stands in one", () => {
    const calls = JOBS.filter(({ job }) => job.uses !== undefined);
    assert.ok(calls.length > 4);
    for (const { job, name } of calls) {
      const file = /^\.\/\.github\/workflows\/([\w-]+\.yml)$/.exec(job.uses ?? "")?.[1];
      const called = WORKFLOWS.find((each) => each.file === file);
      assert.ok(called && "workflow_call" in called.on, `${name} calls ${String(job.uses)}`);
    }
    for (const { file, text } of WORKFLOWS) assert.doesNotMatch(text, /company\/orders/, file);
  });
});
