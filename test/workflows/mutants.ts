import assert from "node:assert/strict";
import { beside, type Mutant } from "./mutant";
import { LINE_MUTANTS } from "./lineMutants";
import { PAST_MUTANTS } from "./pastMutants";
import { PRODUCT_MUTANTS } from "./productMutants";
import { readWorkflow, type Workflow, WORKFLOWS } from "./read";

/** Ways in that somebody could open. */
export const MUTANTS: readonly Mutant[] = [
  ...PAST_MUTANTS,
  ...PRODUCT_MUTANTS,
  ...LINE_MUTANTS,
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
    '"$IMAGE$STANDS" --version "$FROM" --outputs',
    '"$IMAGE:${{ inputs.from }}" --version "$FROM" --outputs',
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
    "release.yml",
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
  [
    "an image from a build lands among the tools",
    "build-publish.yml",
    "          path: in/image\n",
    "          path: .\n",
  ],
  [
    "an image from a build lands in the folder of commands",
    "build-publish.yml",
    "          path: in/image\n",
    "          path: bin\n",
  ],
  [
    "a line fetches the tag",
    "release.yml",
    "        run: pulumi up --stack",
    '        run: git fetch origin "$TAG" && git checkout FETCH_HEAD && pulumi up --stack',
  ],
  [
    "a line runs what it downloads",
    "lock.yml",
    "          mapfile -t tags",
    "          curl -fsS https://example.com/install.sh | sh\n          mapfile -t tags",
  ],
  [
    "a container holds the job",
    "release.yml",
    "    environment: ${{ needs.step.outputs.stage }}\n",
    "    container: node:24\n    environment: ${{ needs.step.outputs.stage }}\n",
  ],
  [
    "a machine of one's own runs the job",
    "sign-offs.yml",
    "    runs-on: ubuntu-latest\n",
    "    runs-on: self-hosted\n",
  ],
  [
    "a workflow's variables hold a secret",
    "build-publish.yml",
    "  BOUND: ${{ inputs.bound }}\n",
    "  BOUND: ${{ inputs.bound }}\n  KEY: ${{ secrets.KEY }}\n",
  ],
  [
    "all secrets are a text",
    "build-publish.yml",
    "          SYFT: ${{ steps.syft.outputs.cmd }}\n",
    "          SYFT: ${{ toJSON(secrets) }}\n",
  ],
  ["a called workflow says nothing of its rights", "build-publish.yml", "permissions:\n  contents: read\n\n", ""],
  [
    "a job that runs a Dockerfile names an environment",
    "build-publish.yml",
    "    environment: ${{ inputs.stage }}-publish",
    "    environment: ${{ needs.build.outputs.image }}-publish",
  ],
  [
    "a text becomes a path of programs",
    "promote.yml",
    "          mkdir in/scan\n",
    '          mkdir in/scan\n          echo "$IMAGE" >> "$GITHUB_PATH"\n',
  ],
  [
    "a text becomes a variable",
    "promote.yml",
    "          mkdir in/scan\n",
    '          mkdir in/scan\n          echo "X=$IMAGE" >> "$GITHUB_ENV"\n',
  ],
  [
    "a fork passes by another term of the condition",
    "preview-stage.yml",
    "repo.full_name == github.repository\n",
    "repo.full_name == github.repository || true\n",
  ],
  [
    "a failed check is gone past",
    "sign-offs.yml",
    "        id: check\n",
    "        id: check\n        continue-on-error: true\n",
  ],
];

/** The workflows with one change. */
export function mutated([what, file, from, to]: Mutant): Workflow[] {
  return WORKFLOWS.map((workflow) => {
    if (workflow.file !== file) return workflow;
    const text = workflow.text.replace(from, to);
    assert.notEqual(text, workflow.text, `${what}: ${file} holds nothing like ${String(from)}`);
    return readWorkflow(file, text);
  });
}
