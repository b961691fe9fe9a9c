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

  it("every workflow that is called is there, and is called at main by the name of one repository", () => {
    const repositories = new Set<string>();
    for (const { job, name } of JOBS) {
      if (job.uses === undefined) continue;
      const [, path = "", file = ""] = /^(.*)\/\.github\/workflows\/([\w-]+\.yml)@main$/.exec(job.uses) ?? [];
      assert.match(path, /^[\w.-]+\/[\w.-]+$/, name);
      repositories.add(path);
      const called = WORKFLOWS.find((each) => each.file === file);
      assert.ok(called && "workflow_call" in called.on, `${name} calls ${file}`);
    }
    assert.equal(repositories.size, 1, [...repositories].join(", "));
  });
});
