import { beside, type Mutant } from "./mutant";

/** Ways by which lines beside a credential would run what is not main's, each in front of those that lock. */
const LINES: readonly (readonly [what: string, line: string])[] = [
  ["evaluates a text", 'eval "$TAGS"'],
  ["hands a text to another shell", 'bash -c "$IMAGE"'],
  ["reads a file as lines of its own", ". in/outputs/run.sh"],
  ["runs an artifact by a shell", "sh in/outputs/run.sh"],
  ["runs an artifact by Node", "node in/outputs/run.js"],
  ["runs an artifact", "in/outputs/run"],
  ["runs an artifact behind a variable", "X=1 ./in/outputs/run"],
  ["installs a package", "npm install evil"],
  ["runs a package", "npm exec evil"],
  ["runs a package by another manager", "echo x && yarn dlx evil"],
  ["installs a package of Python", "pip3 install evil"],
  ["runs an image", 'podman run "$IMAGE"'],
  ["unpacks an artifact over the tools", "tar --extract --file in/outputs/x.tar"],
];

/** Lines, shells, folders and names by which something else than main's would run beside a credential. */
export const LINE_MUTANTS: readonly Mutant[] = [
  ...LINES.map(([what, line]): Mutant => [
    `a line ${what}`,
    "lock.yml",
    "          mapfile -t tags",
    `          ${line}\n          mapfile -t tags`,
  ]),
  [
    "a step's lines are Python's",
    "lock.yml",
    "      - name: Lock, or",
    "      - shell: python\n        name: Lock, or",
  ],
  ["lines are read by another program", "lock.yml", "    shell: bash\n", "    shell: bash -c 'id; bash {0}'\n"],
  [
    "lines run in an artifact's folder",
    "lock.yml",
    "      - name: Lock, or",
    "      - working-directory: in/outputs\n        name: Lock, or",
  ],
  [
    "a text becomes a variable of the whole workflow that is run",
    "build-publish.yml",
    "  IMAGE: ${{ inputs.image }}\n",
    "  IMAGE: ${{ inputs.image }}\n  NODE_OPTIONS: ${{ inputs.image }}\n",
  ],
  [
    "what was typed in names an environment, put together",
    "release.yml",
    "    environment: ${{ needs.step.outputs.stage }}-signoff",
    "    environment: ${{ format('{0}', inputs.to) }}-signoff",
  ],
  [
    "a checkout brings other repositories along",
    "release.yml",
    beside("gates"),
    "$1          ref: ${{ github.sha }}\n          persist-credentials: false\n          submodules: true\n",
  ],
];
