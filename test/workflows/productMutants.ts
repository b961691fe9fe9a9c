import { beside, type Mutant } from "./mutant";

/** Ways in where a product is tagged, and where a branch goes to the first stage. */
export const PRODUCT_MUTANTS: readonly Mutant[] = [
  [
    "results are taken by name where tags are placed",
    "build-publish.yml",
    "          artifact-ids: ${{ inputs.results }}\n",
    "          name: results\n",
  ],
  [
    "results of a typed number are tagged",
    "release.yml",
    "      results: ${{ needs.product.outputs.results }}\n",
    "      results: ${{ inputs.from }}\n",
  ],
  [
    "what was typed in names the stage that is tagged",
    "release.yml",
    /(\n {2}tag:\n[^]*?\n {6}stage: )\$\{\{ needs\.step\.outputs\.stage \}\}/,
    "$1${{ inputs.to }}",
  ],
  [
    "the tools of a branch place tags",
    "build-publish.yml",
    beside("tag"),
    "$1          ref: ${{ inputs.commit }}\n          persist-credentials: false\n",
  ],
  [
    "a fork's pull request starts a release",
    "branch.yml",
    "    if: github.event.pull_request.head.repo.full_name == github.repository\n",
    "",
  ],
  ["a branch's own file starts a release", "branch.yml", "  pull_request_target: ", "  pull_request: "],
  [
    "a branch's title stands in the line that starts its release",
    "branch.yml",
    '--raw-field branch="$BRANCH"',
    '--raw-field branch="${{ github.event.pull_request.head.ref }}"',
  ],
  ["a branch's name is a file that gh reads", "branch.yml", '--raw-field branch="$BRANCH"', '--field branch="$BRANCH"'],
  ["a tag is a file that gh reads", "tag.yml", ' --raw-field tag="$TAG"', ' -F tag="$TAG"'],
];
