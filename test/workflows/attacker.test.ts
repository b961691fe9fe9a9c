import assert from "node:assert/strict";
import { type Job, JOBS, STEPS, WORKFLOWS } from "./read";

/** What somebody outside can write: titles, names of branches, texts of comments. Source: GitHub, script injections. */
const UNTRUSTED =
  /\$\{\{[^}]*(?:github\.(?:event(?:\.|\[)|head_ref|ref_name|actor)|inputs\.|steps\.|needs\.|matrix\.)[^}]*\}\}/;

/** A workflow of a repository, at its main; that all are of one repository another test says. */
const OWN = /^[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w-]+\.yml@main$/;

/** Rights to write that a job may have, and why. */
const WRITES: Readonly<Record<string, string>> = {
  "id-token": "cloud credentials without a stored secret",
  "pull-requests": "the comment on a pull request",
  issues: "the issue that says what failed",
  contents: "a release page",
  attestations: "provenance",
  "security-events": "findings of the compliance report",
  deployments: "what was signed off",
};

const forkCanStart = (on: Readonly<Record<string, unknown>>) => "pull_request" in on;

/** Jobs that a pull request of a fork runs. */
const FORK_JOBS = JOBS.filter(
  ({ from, job }) =>
    forkCanStart(from.on) && !String(job.if ?? "").includes("head.repo.full_name == github.repository"),
);

const written = (job: Job): [string, string][] =>
  typeof job.permissions === "object" ? Object.entries(job.permissions).filter(([, level]) => level === "write") : [];

describe("the workflows, read as an attacker would", () => {
  it("no workflow runs on pull_request_target, nor after a workflow of a fork (S0-11)", () => {
    for (const { file, on } of WORKFLOWS)
      for (const event of ["pull_request_target", "workflow_run", "issue_comment"])
        assert.ok(!(event in on), `${file} is started by ${event}`);
  });

  it("no line that runs holds text from outside: it comes in as a variable", () => {
    for (const { step, name } of STEPS) assert.doesNotMatch(step.run ?? "", UNTRUSTED, name);
  });

  it("every action is pinned to a commit, and every workflow of our own is main's", () => {
    const used = [
      ...STEPS.map(({ step, name }) => [step.uses, name]),
      ...JOBS.map(({ job, name }) => [job.uses, name]),
    ];
    for (const [uses, name = ""] of used) {
      if (uses === undefined || uses.startsWith("./")) continue;
      assert.ok(/@[0-9a-f]{40}$/.test(uses) || OWN.test(uses), `${name} uses ${uses}`);
    }
  });

  it("a workflow may read and no more, and a job says what it writes and is known to need it", () => {
    for (const { file, permissions } of WORKFLOWS) assert.deepEqual(permissions, { contents: "read" }, file);
    for (const { job, name } of JOBS) {
      assert.notEqual(typeof job.permissions, "string", `${name} has ${JSON.stringify(job.permissions)}`);
      for (const [right] of written(job)) assert.ok(right in WRITES, `${name} may write ${right}`);
    }
  });

  it("cloud credentials are asked for in an environment alone, or handed to a workflow of our own (S0-15, S1-1)", () => {
    const asking = JOBS.filter(({ job }) => written(job).some(([right]) => right === "id-token"));
    assert.ok(asking.length > 3);
    for (const { job, name } of asking)
      assert.ok(
        job.environment !== undefined || OWN.test(job.uses ?? ""),
        `${name} asks for a token in no environment`,
      );
  });

  it("what a fork starts has no secret, no identity and no right to write (S0-11)", () => {
    assert.ok(FORK_JOBS.some(({ name }) => name === "preview.yml offline"));
    for (const { job, name } of FORK_JOBS) {
      assert.deepEqual(written(job), [], name);
      assert.equal(job.environment, undefined, name);
      assert.equal(job.secrets, undefined, name);
      assert.doesNotMatch(JSON.stringify(job), /\bsecrets\.|\bvars\.|id-token/, name);
    }
  });

  it("the key by which branches and tags are made is where releases are cut and signed off, and nowhere else (S0-13, S0-14)", () => {
    const holding = JOBS.filter(({ job }) => JSON.stringify(job).includes("AUTOMATION_PRIVATE_KEY"));
    const places = new Set(holding.map(({ job }) => job.environment));
    assert.deepEqual([...places].sort(), ["cut-release", "release-automation"]);
    for (const { job, name } of holding) assert.ok(!written(job).some(([right]) => right === "id-token"), name);
  });

  it("secrets are handed on to workflows of our own alone, which nobody but main changes", () => {
    const handing = JOBS.filter(({ job }) => job.secrets !== undefined);
    assert.ok(handing.length > 3);
    for (const { job, name } of handing) assert.match(job.uses ?? "", OWN, name);
  });

  it("whatever builds an image has no identity and no right to write: it runs what a Dockerfile says (S1-1)", () => {
    const building = JOBS.filter(({ job }) =>
      job.steps.some(({ run }) => /\bdocker (?:buildx )?build\b/.test(run ?? "")),
    );
    assert.ok(building.length > 0);
    for (const { job, name } of building) {
      assert.deepEqual(written(job), [], name);
      assert.equal(job.environment, undefined, name);
    }
  });

  it("a checkout leaves no credential behind", () => {
    const checkouts = STEPS.filter(({ step }) => step.uses?.startsWith("actions/checkout@"));
    assert.ok(checkouts.length > 5);
    for (const { step, name } of checkouts) assert.equal(step.with["persist-credentials"], false, name);
  });

  it("what a package brings runs nothing when it is installed", () => {
    for (const { step, name } of STEPS)
      if (/\bnpm (?:ci|install)\b/.test(step.run ?? "")) assert.match(step.run ?? "", /--ignore-scripts/, name);
  });

  it("every job ends by itself, and every workflow says what may run beside it", () => {
    for (const { job, name } of JOBS)
      if (job.uses === undefined) assert.ok((job["timeout-minutes"] ?? 999) <= 60, `${name} has no time-out`);
    for (const { file, concurrency, on } of WORKFLOWS)
      if (Object.keys(on).some((event) => event !== "workflow_call")) assert.ok(concurrency !== undefined, file);
  });
});
