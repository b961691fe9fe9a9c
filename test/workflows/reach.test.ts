import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import type { EnvironmentPlan } from "../../src/domain/identity/environments";
import { GITHUB_ISSUER } from "../../src/domain/identity/identities";
import { planStage } from "../../src/domain/plan/planStage";
import { DEFAULT_STAGES } from "../../src/domain/stage";
import { companyConfig } from "../support/companyConfig";
import { reachOf, reachTable } from "./reach";
import { readWorkflow, WORKFLOWS } from "./read";

const PLANS = DEFAULT_STAGES.map((stage) => planStage(companyConfig(stage)));
const ENVIRONMENTS = PLANS.flatMap(({ gates }) => gates.environments);
const DOCUMENT = join(__dirname, "../../docs/release-flow.md");

const PLACE = /<!-- jobs -->\n\n([^]*?)\n\n<!-- \/jobs -->/;

/** A change of one workflow that opens a way; the text that it changes must be there. */
type Mutant = readonly [what: string, file: string, from: string | RegExp, to: string];

const CHECKOUT = "          ref: ${{ github.sha }}\n          persist-credentials: false\n";
const beside = (job: string) =>
  new RegExp(`(\\n  ${job}:\\n(?:(?!\\n  \\w).|\\n(?!  \\w))*?)${CHECKOUT.replace(/[$.*{}]/g, "\\$&")}`);

const MUTANTS: readonly Mutant[] = [
  ["a checkout names no ref", "release.yml", beside("deploy"), "$1          persist-credentials: false\n"],
  ["a checkout takes the tag", "promote.yml", "ref: ${{ github.sha }}", "ref: ${{ inputs.version }}"],
  [
    "a checkout takes the pull request",
    "preview-stage.yml",
    beside("preview"),
    "$1          ref: ${{ github.event.pull_request.head.sha }}\n          persist-credentials: false\n",
  ],
  ["a checkout keeps its token", "tag.yml", "persist-credentials: false", "persist-credentials: true"],
  [
    "a cache is restored by Node's set-up",
    "lock.yml",
    "      - uses: $/.github/actions/tools\n",
    "      - uses: actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020\n        with:\n          cache: npm\n",
  ],
  [
    "a cache is restored",
    "sweep.yml",
    "      - uses: azure/login@",
    "      - uses: actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830\n      - uses: azure/login@",
  ],
  [
    "an artifact is taken by name",
    "build-publish.yml",
    "          artifact-ids: ${{ needs.scan.outputs.scan }}\n",
    "          name: scan\n",
  ],
  [
    "an artifact is taken by a pattern",
    "release.yml",
    "          artifact-ids: ${{ needs.list.outputs.files }}\n",
    "          pattern: page*\n",
  ],
  [
    "an artifact is taken by a typed number",
    "release.yml",
    "artifact-ids: ${{ needs.list.outputs.files }}",
    "artifact-ids: ${{ inputs.to }}",
  ],
  [
    "an artifact of another run is taken",
    "lock.yml",
    "          path: in/outputs\n",
    "          path: in/outputs\n          run-id: 1\n",
  ],
  [
    "an input stands in a line that runs",
    "promote.yml",
    '"$IMAGE:$FROM" --outputs',
    '"$IMAGE:${{ inputs.from }}" --outputs',
  ],
  [
    "an input of one of our own actions stands in a line",
    "drift.yml",
    'STAGE" --format markdown',
    'STAGE" --format ${{ inputs.format }}',
  ],
  [
    "what was typed in names an environment",
    "tag.yml",
    "environment: ${{ needs.candidate.outputs.to }}-signoff",
    "environment: ${{ inputs.to }}-signoff",
  ],
  [
    "what was typed in names a called workflow's environment",
    "release.yml",
    "      stage: ${{ needs.step.outputs.stage }}\n      tag:",
    "      stage: ${{ inputs.to }}\n      tag:",
  ],
  [
    "a tag starts the release by its own file",
    "release.yml",
    "    branches: [main]\n",
    "    branches: [main]\n    tags: [v*]\n",
  ],
  [
    "a release branch starts the request by its own file",
    "request.yml",
    "  workflow_dispatch:\n",
    "  push:\n    branches: [release/*]\n  workflow_dispatch:\n",
  ],
  ["a new branch starts it", "request.yml", "  workflow_dispatch:\n", "  create:\n  workflow_dispatch:\n"],
  ["a pull request's own run logs in", "preview-stage.yml", "  pull_request_target: ", "  pull_request: "],
  [
    "a fork's pull request reaches the preview",
    "preview-stage.yml",
    "    if: github.event.pull_request.head.repo.full_name == github.repository\n",
    "",
  ],
  [
    "a fork's pull request gets a right to write",
    "preview.yml",
    /    if: always\(\) && github\.event\.pull_request\.head\.repo\.full_name == github\.repository\n    needs: offline\n    runs-on: ubuntu-latest\n    timeout-minutes: 5/,
    "    if: always()\n    needs: offline\n    runs-on: ubuntu-latest\n    timeout-minutes: 5",
  ],
  [
    "a build may ask for a token",
    "build-publish.yml",
    "  build:\n",
    "  build:\n    environment: x\n    permissions: { id-token: write }\n",
  ],
  [
    "a scan gets a secret of no environment",
    "build-publish.yml",
    "          SYFT: ${{ steps.syft.outputs.cmd }}\n",
    "          SYFT: ${{ secrets.SYFT }}\n",
  ],
  ["an environment is left out", "sign-offs.yml", "    environment: ${{ inputs.stage }}-operations\n", ""],
  [
    "an action of the workspace runs",
    "access-review.yml",
    "      - uses: $/.github/actions/tools\n",
    "      - uses: ./.github/actions/tools\n",
  ],
  ["an action is not pinned", "rotate-tokens.yml", /azure\/login@[0-9a-f]{40}/, "azure/login@v3"],
  [
    "another repository's workflow is called",
    "build-publish.yml",
    "    uses: ./.github/workflows/lock.yml",
    "    uses: company/other/.github/workflows/lock.yml@main",
  ],
  ["packages run their scripts", "lock.yml", "      - uses: $/.github/actions/tools\n", "      - run: npm ci\n"],
  [
    "a text becomes a variable that is run",
    "lock.yml",
    "      TAGS: ${{ inputs.tags }}\n",
    "      NODE_OPTIONS: ${{ inputs.tags }}\n",
  ],
];

function mutated([what, file, from, to]: Mutant) {
  return WORKFLOWS.map((workflow) => {
    if (workflow.file !== file) return workflow;
    const text = workflow.text.replace(from, to);
    assert.notEqual(text, workflow.text, `${what}: ${file} holds nothing like ${String(from)}`);
    return readWorkflow(file, text);
  });
}

describe("reachOf", () => {
  const reach = reachOf(WORKFLOWS, ENVIRONMENTS);

  it("nothing but main's code in a run of main reaches a key, an identity, a secret or a right to release (S0-15, S1-1)", () => {
    assert.deepEqual(reach.findings, []);
    const holding = reach.jobs.filter(({ holds }) => holds.includes("an environment"));
    assert.ok(holding.length > 15);
    for (const { name, run, code } of holding) assert.deepEqual([run.ref, code], ["main", "main's"], name);
  });

  it("what a fork's pull request starts holds nothing (S0-11)", () => {
    const started = reach.jobs.filter(({ run }) => run.by === "anybody");
    assert.ok(started.some(({ name }) => name === "preview.yml offline"));
    for (const { name, holds } of started) assert.deepEqual(holds, [], name);
  });

  it("the key by which branches and tags are made is where releases are cut, asked for and tagged alone (S0-13, S0-14)", () => {
    const holding = reach.jobs.filter(({ holds }) => holds.includes("AUTOMATION_PRIVATE_KEY"));
    assert.deepEqual([...new Set(holding.map(({ environment }) => environment))].sort(), [
      "cut-release",
      "release-automation",
    ]);
    for (const { name, holds } of holding) assert.ok(!holds.includes("id-token"), name);
  });

  it("whatever builds or packs what is released holds nothing (S1-1)", () => {
    const building = reach.jobs.filter(({ code }) => code === "the released commit's");
    assert.ok(building.some(({ name }) => name === "build-publish.yml build"));
    for (const { name, holds } of building) assert.deepEqual(holds, [], name);
  });

  for (const mutant of MUTANTS)
    it(`finds it where ${mutant[0]}`, () => {
      assert.notDeepEqual(reachOf(mutated(mutant), ENVIRONMENTS).findings, []);
    });

  for (const refs of [
    [{ on: "branch", pattern: "*" }],
    [{ on: "tag", pattern: "main" }],
    [
      { on: "branch", pattern: "main" },
      { on: "branch", pattern: "release/*" },
    ],
    [],
  ] as EnvironmentPlan["refs"][])
    it(`finds an environment that takes ${refs.map(({ on, pattern }) => `${on} ${pattern}`).join(" and ") || "every ref"}`, () => {
      const opened = ENVIRONMENTS.map((each) => (each.name === "prod" ? { ...each, refs } : each));
      assert.match(reachOf(WORKFLOWS, opened).findings.join(), /environment prod takes/);
    });

  it("no token of another ref, or of another workflow file, is one that an identity of the plan takes (S1-1)", () => {
    const taken = PLANS.flatMap(({ identities }) => identities.identities.flatMap(({ credentials }) => credentials));
    const own = taken.filter(({ issuer }) => issuer === GITHUB_ISSUER);
    assert.ok(own.length > 30);
    for (const { subject } of own)
      assert.match(
        subject,
        /^repo:company\/orders:environment:[\w-]+:ref:refs\/heads\/main:job_workflow_ref:company\/orders\/\.github\/workflows\/[\w-]+\.yml@refs\/heads\/main$/,
      );
  });

  it("docs/release-flow.md says of each job what it holds, where, and whose code runs there", async () => {
    const table = (await format(reachTable(reach), { parser: "markdown", printWidth: 120 })).trim();
    const text = readFileSync(DOCUMENT, "utf8");
    const [, kept] = PLACE.exec(text) ?? [];
    if (process.env["DUALREG_RENEW"] !== undefined && kept !== undefined)
      writeFileSync(
        DOCUMENT,
        text.replace(
          PLACE,
          () => `<!-- jobs -->

${table}

<!-- /jobs -->`,
        ),
      );
    else assert.equal(kept, table, "renew it: DUALREG_RENEW=1 npx mocha test/workflows/reach.test.ts");
  });
});
