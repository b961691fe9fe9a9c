import assert from "node:assert/strict";
import { readsFiles } from "./lines";
import { type Job, JOBS, STEPS, WORKFLOWS } from "./read";

/** Rights to write that a job may have, and why. */
const WRITES: Readonly<Record<string, string>> = {
  packages: "a registry of GHCR's takes a job's own token and nothing else that is not stored",
  "id-token": "cloud credentials without a stored secret",
  "pull-requests": "the comment on a pull request",
  issues: "the issue that says what failed",
  contents: "a release page",
  actions: "the start of a release whose tag was placed, and of the checks of a stage",
  attestations: "provenance",
  deployments: "the record of a release",
  "security-events": "findings of the compliance report",
};

/** Events whose runs are of main, or that hold nothing; what each reaches is computed beside this. */
const EVENTS = ["pull_request", "pull_request_target", "push", "schedule", "workflow_call", "workflow_dispatch"];

const written = (job: Job): string[] =>
  typeof job.permissions === "object"
    ? Object.entries(job.permissions).flatMap(([right, level]) => (level === "write" ? [right] : []))
    : [];

describe("the workflows, read as an attacker would", () => {
  it("no workflow is started by what anybody can write, nor by a branch or tag of another name (S0-11)", () => {
    for (const { file, on } of WORKFLOWS) {
      for (const event of Object.keys(on)) assert.ok(EVENTS.includes(event), `${file} is started by ${event}`);
      if ("push" in on) assert.deepEqual(on["push"], { branches: ["main"] }, file);
    }
  });

  it("no line that runs holds an expression: what comes from outside comes in as a variable", () => {
    for (const { step, name } of STEPS) assert.doesNotMatch(step.run ?? "", /\$\{\{/, name);
  });

  it("S0-11 no text that comes from outside is the name of a file that gh reads", () => {
    for (const { step, name } of STEPS) assert.ok(!readsFiles(step.run ?? ""), name);
    const [reading, plain] = [
      ['gh workflow run x.yml --field a="$A"', 'gh api x -F "a=$A"', "gh api x \\\n --field=a=$A", 'gh api x -Fa="$A"'],
      ['gh workflow run x.yml --raw-field a="$A"', 'gh api x -f "a=$A"', "gh api x --field per_page=100"],
    ];
    for (const line of reading) assert.ok(readsFiles(line), line);
    for (const line of plain) assert.ok(!readsFiles(line), line);
  });

  it("every action is pinned to a commit, or is of the commit that runs", () => {
    for (const { step, name } of STEPS)
      if (step.uses !== undefined) assert.match(step.uses, /@[0-9a-f]{40}$/, `${name} uses ${step.uses}`);
  });

  it("a workflow may read and no more, and a job says what it writes and is known to need it", () => {
    for (const { file, permissions } of WORKFLOWS) assert.deepEqual(permissions, { contents: "read" }, file);
    for (const { job, name } of JOBS) {
      assert.notEqual(typeof job.permissions, "string", `${name} has ${JSON.stringify(job.permissions)}`);
      for (const right of written(job)) assert.ok(right in WRITES, `${name} may write ${right}`);
    }
  });

  it("secrets are handed on where an environment's come in no other way, and a token of an App names its rights", () => {
    const handing = JOBS.filter(({ job }) => job.secrets !== undefined);
    assert.deepEqual(
      handing.map(({ name }) => name),
      ["release.yml sign-offs", "release.yml gitops"],
    );
    const tokens = STEPS.filter(({ step }) => step.uses?.startsWith("actions/create-github-app-token@"));
    assert.ok(tokens.length > 5);
    for (const { step, name } of tokens)
      assert.ok(
        Object.keys(step.with).some((key) => key.startsWith("permission-")),
        name,
      );
  });

  it("a checkout leaves no credential behind", () => {
    const checkouts = STEPS.filter(({ step }) => step.uses?.startsWith("actions/checkout@"));
    assert.ok(checkouts.length > 5);
    for (const { step, name } of checkouts) assert.equal(step.with["persist-credentials"], false, name);
  });

  it("what a package brings runs nothing when it is installed, and nothing is restored from a cache", () => {
    for (const { step, name } of STEPS) {
      if (/\bnpm (?:ci|install)\b/.test(step.run ?? "")) assert.match(step.run ?? "", /--ignore-scripts/, name);
      assert.equal(step.with["cache"], undefined, name);
      assert.doesNotMatch(step.uses ?? "", /\/cache(?:\/|@)/, name);
    }
  });

  it("every job ends by itself, and every workflow says what may run beside it", () => {
    for (const { job, name } of JOBS)
      if (job.uses === undefined) assert.ok((job["timeout-minutes"] ?? 999) <= 60, `${name} has no time-out`);
    for (const { file, concurrency, on } of WORKFLOWS)
      if (Object.keys(on).some((event) => event !== "workflow_call")) assert.ok(concurrency !== undefined, file);
  });
});
