import assert from "node:assert/strict";
import { planStage } from "../../src/domain/plan/planStage";
import { AUTOMATION_ENVIRONMENT, MAX_SIGN_OFFS } from "../../src/domain/identity/environments";
import { DEFAULT_STAGES } from "../../src/domain/stage";
import { runTitle, SIGN_OFF_WORKFLOW } from "../../src/github/candidate";
import { companyConfig } from "../support/companyConfig";
import { environmentsNamed } from "./environments";
import { JOBS, stepsRun, type Workflow, WORKFLOWS } from "./read";

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
      assert.deepEqual(
        [job.environment, job.permissions],
        [`\${{ needs.candidate.outputs.to }}-signoff-\${{ ${role} }}`, {}],
      );
      assert.match(String(job.if), new RegExp(`${role.replace(/[()[\].]/g, "\\$&")} != null`));
      assert.deepEqual([...new Set(before(tag, name))], ["candidate", ...gates.slice(0, at)]);
      assert.ok(before(tag, "tag").includes(name), `tag.yml places the tag without ${name}`);
    });
    assert.deepEqual(Object.keys(tag.jobs), ["candidate", ...gates, "tag", "failed"]);
    const named = environmentsNamed();
    for (const stage of DEFAULT_STAGES)
      for (const { purpose, name } of planStage(companyConfig(stage)).gates.environments)
        if (purpose === "sign-off") assert.ok(named.has(name), name);
  });

  it("tag.yml has one job in the automation's environment behind the gates: that it succeeded says that the tag was placed (S0-14)", () => {
    const { jobs } = workflow(SIGN_OFF_WORKFLOW);
    const held = Object.keys(jobs).filter((id) => jobs[id]?.environment === AUTOMATION_ENVIRONMENT);
    assert.deepEqual(held, ["candidate", "tag"]);
    assert.deepEqual(before(workflow(SIGN_OFF_WORKFLOW), "candidate"), []);
    assert.equal(jobs["tag"]?.if, "${{ !failure() && !cancelled() && needs.candidate.result == 'success' }}");
  });

  it("a tag starts nothing by itself: whoever placed it starts its release on main, with the tag as a text (S0-19)", () => {
    for (const { file, on } of WORKFLOWS) {
      assert.ok(!("create" in on), file);
      assert.equal((on["push"] as { tags?: unknown } | undefined)?.tags, undefined, file);
    }
    const start = workflow(SIGN_OFF_WORKFLOW).jobs["tag"]?.steps.at(-1);
    assert.match(start?.run ?? "", /^gh workflow run release\.yml .*--ref main --raw-field tag="\$TAG"/);
  });

  it("tag.yml makes the title by which approvals are bound to a digest (S0-20)", () => {
    const inputs = { tag: "v0.0.1-uat", to: "uat", candidate: `sha256:${"0".repeat(64)}` };
    const title = String(workflow(SIGN_OFF_WORKFLOW)["run-name"]).replace(
      /\$\{\{ inputs\.(\w+) \}\}/g,
      (_, name: string) => inputs[name as keyof typeof inputs],
    );
    assert.equal(title, runTitle(inputs.tag, inputs.to, `sha256:${"0".repeat(64)}`));
  });

  it("release.yml follows the plan: gates, signed off, then deployed, then pushed, then shown (S0-15, S0-16)", () => {
    const release = workflow("release.yml");
    for (const push of ["publish", "promote"])
      assert.deepEqual(
        [...new Set(before(release, push))].sort(),
        ["approve", "deploy", "gates", "images", "sign-offs", "step"],
        push,
      );
    assert.deepEqual([...new Set(before(release, "page"))].sort(), [
      ...["approve", "binaries", "check", "deploy", "gates", "images", "list", "lock", "product", "promote", "publish"],
      ...["sign-offs", "step", "tag"],
    ]);
    for (const { purpose, name, after } of planStage(companyConfig("uat")).gates.environments)
      if (purpose === "publish") assert.equal(after.at(-1), "uat", name);
  });

  it("S4-3 release.yml tags nothing before every image is there and both classes were looked at, and then locks it", () => {
    const { jobs } = workflow("release.yml");
    const way = ["product", "check", "tag", "lock"];
    const wanted = { product: ["images", "publish", "promote"], check: ["product"], tag: ["check"], lock: ["tag"] };
    for (const [id, needs] of Object.entries(wanted)) {
      for (const each of needs) assert.ok(needsOf(workflow("release.yml"), id).includes(each), `${id} needs ${each}`);
      // A job that failed, was cancelled or refused an image ends it: no condition goes on past one.
      assert.match(String(jobs[id]?.if), /^\$\{\{ !failure\(\) && !cancelled\(\) && needs\./, id);
      assert.ok(needsOf(workflow("release.yml"), "binaries").includes(id), id);
    }
    for (const id of way.slice(1)) {
      const before = way[way.indexOf(id) - 1] ?? "";
      assert.ok(String(jobs[id]?.if).includes(`needs.${before}.result == 'success'`), id);
    }
    assert.match(String(jobs["product"]?.if), /!inputs\.rollback .*!contains\(needs\.\*\.result, 'cancelled'\)/);
    const { with: dry } = jobs["check"] ?? { with: {} };
    const { with: real, strategy } = jobs["tag"] ?? { with: {} };
    assert.deepEqual(dry, { ...real, "dry-run": true });
    assert.equal(strategy?.["max-parallel"], 1);
    // Nothing that publishes or promotes an image places a tag.
    for (const [file, id] of [
      ["build-publish.yml", "publish"],
      ["promote.yml", "promote"],
    ] as const)
      for (const { run } of workflow(file).jobs[id]?.steps ?? [])
        if (/image (?:publish|promote)/.test(run ?? ""))
          assert.match(run ?? "", /--push-by-digest --keyless --lock later/);
  });

  it("S2-14 a branch of this repository goes to the first stage alone, by its commit, and changes nothing there but its images", () => {
    const { jobs, on } = workflow("branch.yml");
    assert.deepEqual(Object.keys(on), ["pull_request_target"]);
    const [start] = jobs["start"]?.steps ?? [];
    assert.match(
      start?.run ?? "",
      /^gh workflow run release\.yml .*--ref main --raw-field branch="\$BRANCH" --raw-field commit="\$COMMIT"$/,
    );
    assert.equal(jobs["start"]?.if, "github.event.pull_request.head.repo.full_name == github.repository");
    assert.deepEqual(jobs["start"].permissions, { actions: "write" });
    const release = workflow("release.yml");
    assert.equal(
      release.jobs["publish"]?.with["commit"],
      "${{ needs.sign-offs.outputs.commit || inputs.commit || github.sha }}",
    );
    assert.equal(release.jobs["publish"].with["branch"], "${{ inputs.branch }}");
    // A branch may collide with no tag's release, of which it would cancel the one that waits.
    assert.match(JSON.stringify(release.concurrency), /format\('branch \{0\}', inputs\.branch\)/);
  });

  it("S0-15 release.yml lets one run of a tag go at a time, whether its stage is named or not", () => {
    const { concurrency } = workflow("release.yml");
    const branch = "inputs.branch != '' && format('branch {0}', inputs.branch)";
    assert.deepEqual(concurrency, {
      group: `release-\${{ ${branch} || inputs.tag || 'main' }}`,
      "cancel-in-progress": false,
    });
  });

  it("S0-15 release.yml: what changes nothing waits in no group with a deployment, which GitHub would cancel for it", () => {
    const deploy = workflow("release.yml").jobs["deploy"];
    const own = "(inputs.branch != '' || inputs.rollback) && format('-read-by-{0}', github.run_id) || ''";
    assert.deepEqual(deploy?.["concurrency"], {
      group: `deploy-\${{ needs.step.outputs.stage }}\${{ ${own} }}`,
      "cancel-in-progress": false,
    });
    const up = deploy.steps.find(({ run }) => run?.includes("pulumi up"));
    assert.equal(up?.if, "${{ !inputs.rollback && !inputs.branch }}");
  });

  it("only a stage that main goes to without gates is deployed without sign-offs, and nothing goes on behind what did not end well (S0-15)", () => {
    const { jobs } = workflow("release.yml");
    assert.equal(jobs["sign-offs"]?.if, "github.event_name == 'workflow_dispatch' && inputs.branch == ''");
    // A job that ran into its time limit is cancelled, which failure() does not see: each names what must have ended well.
    const wanted = {
      deploy: "(github.event_name == 'push' || inputs.branch != '' || needs.sign-offs.result == 'success')",
      gates: "needs.deploy.result == 'success'",
      images: "needs.gates.result == 'success'",
      publish: "needs.images.result == 'success'",
      promote: "needs.images.result == 'success' && needs.sign-offs.result == 'success'",
      binaries:
        "needs.sign-offs.result == 'success' && needs.images.result == 'success' && !inputs.rollback && !contains(needs.*.result, 'cancelled')",
      list: "needs.binaries.result == 'success'",
      page: "needs.list.result == 'success'",
    };
    for (const [id, condition] of Object.entries(wanted)) assert.ok(String(jobs[id]?.if).includes(condition), id);
  });

  it("a rollback waits for who signs the stage off last, changes no stage and moves no image", () => {
    const { jobs } = workflow("release.yml");
    assert.equal(
      jobs["approve"]?.environment,
      "${{ needs.step.outputs.stage }}-signoff-${{ needs.step.outputs.approver }}",
    );
    assert.match(String(jobs["approve"].if), /&& inputs\.rollback && needs\.sign-offs\.result == 'success'/);
    assert.match(String(jobs["deploy"]?.if), /&& \(!inputs\.rollback \|\| needs\.approve\.result == 'success'\)/);
    const changing = (jobs["deploy"]?.steps ?? []).filter(({ run, uses }) =>
      /pulumi up|create-github-app/.test(`${run ?? ""} ${uses ?? ""}`),
    );
    assert.deepEqual(
      changing.map(({ if: condition }) => condition),
      ["${{ !inputs.rollback && !inputs.branch }}", "${{ !inputs.rollback && !inputs.branch }}"],
    );
    for (const id of ["publish", "promote", "binaries"])
      assert.match(String(jobs[id]?.if), /&& !inputs\.rollback &&/, id);
    assert.equal(jobs["sign-offs"]?.with["taken"], "${{ inputs.rollback == true }}");
    assert.deepEqual([...new Set(before(workflow("release.yml"), "rolled-back"))].sort(), [
      ...["approve", "deploy", "gates", "images", "sign-offs", "standing", "step"],
    ]);
    // Recorded is what was verified: neither what failed nor what was skipped, as it is in a release.
    assert.equal(jobs["rolled-back"]?.if, "${{ !failure() && !cancelled() && needs.standing.result == 'success' }}");
    assert.match(String(jobs["standing"]?.if), /needs\.images\.result == 'success' && inputs\.rollback &&/);
    // Whoever verifies may neither push nor delete.
    assert.equal(jobs["standing"]?.uses, "./.github/workflows/lock.yml");
  });

  it("what goes past the stages before opens its issue before anything is published, whatever comes of it", () => {
    const release = workflow("release.yml");
    assert.deepEqual([...new Set(before(release, "review"))].sort(), ["sign-offs", "step"]);
    assert.match(String(release.jobs["review"]?.if), /needs\.sign-offs\.outputs\.past == 'true'/);
    const [title] = (release.jobs["review"]?.steps ?? []).flatMap(({ with: given }) => given["title"] ?? []);
    assert.match(String(title), /waits for a review$/);
  });

  it("each workflow that logs in to the stage's registries is the one that its identity is bound to (S0-15, S1-1)", () => {
    for (const stage of DEFAULT_STAGES) {
      const { identities, gates } = planStage(companyConfig(stage));
      for (const { purpose, credentials } of identities.identities)
        for (const { subject } of credentials) {
          const [, environment = "", file = ""] =
            /:environment:([\w-]+):ref:refs\/heads\/main:job_workflow_ref:.*\/([\w-]+\.yml)@refs\/heads\/main$/.exec(
              subject,
            ) ?? [];
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
            stepsRun(steps).some(
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

  it("a failed release, tag or look after a stage tells people (S1-9)", () => {
    const tells = (steps: readonly { run?: string | undefined }[]) =>
      steps.some(({ run }) => /dualreg\.js notify/.test(run ?? ""));
    for (const file of ["release.yml", SIGN_OFF_WORKFLOW]) {
      const { jobs } = workflow(file);
      assert.ok(tells(stepsRun(jobs["failed"]?.steps ?? [])), file);
      for (const ended of ["failure", "cancelled"])
        assert.ok(String(jobs["failed"]?.if).includes(`contains(needs.*.result, '${ended}')`), `${file} ${ended}`);
      // A job that nobody names is not heard of: all but the gates of roles, which people refuse by hand.
      const heard = new Set([
        ...needsOf(workflow(file), "failed").flatMap((id) => [id, ...before(workflow(file), id)]),
        "failed",
      ]);
      for (const id of Object.keys(jobs)) assert.ok(heard.has(id), `${file} ${id}`);
    }
    for (const file of ["drift.yml", "sweep.yml", "rotate-tokens.yml", "access-review.yml"])
      for (const { job, name } of JOBS)
        if (name.startsWith(file) && job.environment !== undefined) assert.ok(tells(stepsRun(job.steps)), name);
  });

  it("the page of a tag is a draft until all of it is there, and a prerelease but for the last stage (S0-16)", () => {
    const [page] = workflow("release.yml").jobs["page"]?.steps.flatMap(({ run }) => run ?? []) ?? [];
    const at = ["--draft ", "gh release upload", "--draft=false"].map((part) => page?.indexOf(part) ?? -1);
    assert.ok(at.every((each) => each >= 0));
    assert.deepEqual(
      [...at].sort((a, b) => a - b),
      at,
    );
    assert.match(JSON.stringify(workflow("release.yml").jobs["page"]?.env), /outputs\.last != 'true'/);
  });
});
