import assert from "node:assert/strict";
import { planStage } from "../../src/domain/plan/planStage";
import { MAX_SIGN_OFFS } from "../../src/domain/identity/environments";
import { DEFAULT_STAGES } from "../../src/domain/stage";
import { runTitle, SIGN_OFF_WORKFLOW } from "../../src/github/candidate";
import { companyConfig } from "../support/companyConfig";
import { environmentsNamed } from "./environments";
import { JOBS, type Workflow, WORKFLOWS } from "./read";

const workflow = (file: string): Workflow => {
  const found = WORKFLOWS.find((each) => each.file === file);
  assert.ok(found, `there is no ${file}`);
  return found;
};

const needsOf = ({ jobs }: Workflow, id: string): string[] => [jobs[id]?.needs ?? []].flat();

/** Every job that must have ended before this one. */
const before = (from: Workflow, id: string): string[] =>
  needsOf(from, id).flatMap((each) => [...before(from, each), each]);

const isOneOf = (value: unknown, names: readonly string[]): boolean =>
  names.some((name) => value === `\${{ vars.${name} }}`);

describe("the release workflows", () => {
  it("tag.yml has a gate for each role that a stage may have, one after the other (S0-17, S0-18)", () => {
    const tag = workflow(SIGN_OFF_WORKFLOW);
    const gates = [...Array(MAX_SIGN_OFFS).keys()].map((at) => `sign-off-${at + 1}`);
    gates.forEach((name, at) => {
      const job = tag.jobs[name];
      assert.ok(job, `tag.yml has no job ${name}`);
      const role = `fromJSON(needs.candidate.outputs.roles)[${at}]`;
      assert.deepEqual([job.environment, job.permissions], [`\${{ inputs.to }}-signoff-\${{ ${role} }}`, {}]);
      assert.match(String(job.if), new RegExp(`${role.replace(/[()[\].]/g, "\\$&")} != null`));
      assert.deepEqual([...new Set(before(tag, name))], ["candidate", ...gates.slice(0, at)]);
      assert.ok(before(tag, "tag").includes(name), `tag.yml places the tag without ${name}`);
    });
    assert.equal(Object.keys(tag.jobs).length, gates.length + 2);
    const named = environmentsNamed();
    for (const stage of DEFAULT_STAGES)
      for (const { purpose, name } of planStage(companyConfig(stage)).gates.environments)
        if (purpose === "sign-off") assert.ok(named.has(name), name);
  });

  it("release.yml starts for a tag of any stage, and for no candidate's (S0-19)", () => {
    const { tags } = workflow("release.yml").on["push"] as { tags: string[] };
    // GitHub's filters: a star crosses no slash, a plus repeats what is before it, and the last that fits decides.
    const starts = (tag: string) =>
      tags.reduce((known, filter) => {
        const source = filter.replace(/^!/, "").replace(/\./g, "\\.").replace(/\*/g, "[^/]*");
        return new RegExp(`^${source}$`).test(tag) ? !filter.startsWith("!") : known;
      }, false);
    for (const tag of ["v1.0.0", "v1.0.0-qa", "v10.20.30-e2e", "v1.0.0-rctest", "v1.0.0-betatest"])
      assert.ok(starts(tag), tag);
    for (const tag of ["v1.0.0-rc1", "v1.0.0-rc.12", "v1.0.0-beta2", "v1.0.0-beta.3", "1.0.0", "latest"])
      assert.ok(!starts(tag), tag);
  });

  it("tag.yml makes the title by which approvals are bound to a digest (S0-20)", () => {
    const inputs = { tag: "v0.0.1-uat", to: "uat", candidate: `sha256:${"0".repeat(64)}` };
    const title = String(workflow(SIGN_OFF_WORKFLOW)["run-name"]).replace(
      /\$\{\{ inputs\.(\w+) \}\}/g,
      (_, name: string) => inputs[name as keyof typeof inputs],
    );
    assert.equal(title, runTitle(inputs.tag, inputs.to, `sha256:${"0".repeat(64)}`));
  });

  it("release-stage.yml follows the plan: signed off, then deployed, then pushed, then locked, then shown (S0-15, S0-16)", () => {
    const stage = workflow("release-stage.yml");
    for (const push of ["publish", "promote"])
      assert.deepEqual([...new Set(before(stage, push))].sort(), ["deploy", "sign-offs"], push);
    for (const push of ["publish", "promote"]) assert.ok(needsOf(stage, "lock").includes(push));
    assert.deepEqual([...new Set(before(stage, "page"))].sort(), [
      ...["binaries", "deploy", "lock", "promote", "publish", "sign-offs"],
    ]);
    for (const { purpose, name, after } of planStage(companyConfig("uat")).gates.environments)
      if (purpose === "publish") assert.equal(after.at(-1), "uat", name);
  });

  it("each workflow that logs in to the stage's registries is the one that its identity is bound to (S0-15, S1-1)", () => {
    for (const stage of DEFAULT_STAGES) {
      const { identities, gates } = planStage(companyConfig(stage));
      for (const { purpose, credentials } of identities.identities)
        for (const { subject } of credentials) {
          const [, environment = "", file = ""] =
            /:environment:([\w-]+):job_workflow_ref:.*\/([\w-]+\.yml)@refs\/heads\/main$/.exec(subject) ?? [];
          assert.ok(
            gates.environments.some(({ name }) => name === environment),
            `${purpose}: ${environment}`,
          );
          const variables = gates.environments.find(({ name }) => name === environment)?.variables ?? [];
          const used = variables.filter(({ name }) => workflow(file).text.includes(`vars.${name} `));
          assert.ok(
            used.some(({ name }) => name.endsWith("CLIENT_ID")),
            `${file} logs in with no ${purpose} identity`,
          );
        }
    }
  });

  it("every identity of the plan is tried out by the workflow that logs in as it (S0-15, S1-2)", () => {
    for (const stage of DEFAULT_STAGES) {
      const { identities, gates } = planStage(companyConfig(stage));
      const variables = gates.environments.flatMap((environment) => environment.variables);
      for (const { name, purpose, credentials } of identities.identities) {
        const files = credentials.flatMap(({ subject }) => /([\w-]+\.yml)@refs/.exec(subject)?.[1] ?? []);
        const names = variables.flatMap((each) => ("identity" in each && each.identity === name ? [each.name] : []));
        const tried = files.filter((file) =>
          Object.values(workflow(file).jobs).some(({ steps }) =>
            steps.some(
              ({ run, env }) =>
                /registry smoke .*--as "\$CLIENT_ID"/.test(run ?? "") && isOneOf(env["CLIENT_ID"], names),
            ),
          ),
        );
        assert.ok(files.length === 0 || tried.length > 0, `${purpose} of ${stage} is tried nowhere`);
      }
    }
  });

  it("the signers that Pulumi.yaml names are workflows that sign (S0-20, S2-8)", () => {
    const config = companyConfig("uat");
    const { policies } = planStage(config);
    const subjects = [...policies.secure.signers, ...planStage(config).gates.signOffSigners].flatMap((signer) =>
      "subject" in signer ? [signer.subject] : [],
    );
    assert.ok(subjects.length > 1);
    for (const subject of subjects) {
      const file = /\/([\w-]+\.yml)@refs\/heads\/main$/.exec(subject)?.[1] ?? subject;
      assert.match(workflow(file).text, /--keyless/, file);
    }
  });

  it("a failed publication, promotion, lock or deployment tells people (S1-9)", () => {
    for (const file of ["build-publish.yml", "promote.yml", "lock.yml", "deploy.yml", "sign-offs.yml"]) {
      const jobs = JOBS.filter(({ from, job }) => from.file === file && job.environment !== undefined);
      assert.ok(jobs.length > 0, file);
      for (const { job, name } of jobs)
        assert.ok(
          job.steps.some((step) => step.if === "failure()" && /dualreg\.js notify/.test(step.run ?? "")),
          name,
        );
    }
  });

  it("the page of a tag is a draft until all of it is there, and a prerelease but for the last stage (S0-16)", () => {
    const [page] = workflow("release-stage.yml").jobs["page"]?.steps.flatMap(({ run }) => run ?? []) ?? [];
    const at = ["--draft ", "gh release upload", "--draft=false"].map((part) => page?.indexOf(part) ?? -1);
    assert.ok(at.every((each) => each >= 0));
    assert.deepEqual(
      [...at].sort((a, b) => a - b),
      at,
    );
    assert.match(JSON.stringify(workflow("release-stage.yml").jobs["page"]?.env), /!inputs\.last/);
  });
});
