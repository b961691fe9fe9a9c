import { beside, type Mutant } from "./mutant";

/** Ways in past the stages before, and back to a version that stood. */
export const PAST_MUTANTS: readonly Mutant[] = [
  [
    "what was typed in says whose registry an image that goes past the stages is taken from",
    "release.yml",
    "      source: ${{ matrix.image.source }}\n",
    "      source: ${{ inputs.from }}\n",
  ],
  [
    "an image that goes past the stages is run where it is fetched",
    "build-publish.yml",
    "          tar --create ",
    '          docker run --rm "$HOST/$IMAGE@$DIGEST"\n          tar --create ',
  ],
  [
    "an image that goes past the stages is fetched by the tools of its commit",
    "build-publish.yml",
    beside("fetch"),
    "$1          ref: ${{ inputs.commit }}\n          persist-credentials: false\n",
  ],
  [
    "an image that was fetched is taken by name",
    "build-publish.yml",
    "          artifact-ids: ${{ needs.fetch.outputs.image }}\n",
    "          name: image-${{ inputs.name }}\n",
  ],
  [
    "an image that was fetched is one of another run",
    "build-publish.yml",
    "          artifact-ids: ${{ needs.fetch.outputs.image }}\n",
    "          artifact-ids: ${{ needs.fetch.outputs.image }}\n          run-id: ${{ inputs.version }}\n",
  ],
  [
    "the job that keeps a break-glass open runs the tools of its tag",
    "release.yml",
    beside("review"),
    "$1          ref: ${{ inputs.tag }}\n          persist-credentials: false\n",
  ],
  [
    "what was typed in names the gate of a rollback",
    "release.yml",
    "    environment: ${{ needs.step.outputs.stage }}-signoff",
    "    environment: ${{ inputs.to }}-signoff",
  ],
  [
    "what was typed in names the stage that a rollback verifies",
    "release.yml",
    /(\n {2}standing:\n[^]*?\n {6}stage: )\$\{\{ needs\.step\.outputs\.stage \}\}/,
    "$1${{ inputs.to }}",
  ],
  [
    "a typed text stands in the line that records a rollback",
    "release.yml",
    "jq --null-input '{tag: env.TAG, askedBy",
    'jq --null-input \'{tag: "${{ inputs.tag }}", askedBy',
  ],
  [
    "a rollback's record is kept by a machine of one's own",
    "release.yml",
    /(\n {2}rolled-back:\n[^]*?runs-on: )ubuntu-latest/,
    "$1self-hosted",
  ],
];
