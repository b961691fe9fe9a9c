import { createRequire } from "node:module";
import { DualRegistryError } from "../../errors";
import type { StageOutputs } from "../../outputs/stageOutputs";
import type { SignOffReader } from "../../release/contract";
import { signOffsFromFiles } from "../../release/gates/signOffFiles";
import type * as Candidate from "../../release/github/candidate";
import type * as FromEnvironment from "../../release/github/fromEnvironment";
import type * as Gates from "../../release/github/gates";
import type * as FromGithub from "../../release/github/signOffsFromGithub";
import type { Verifier } from "../../signing/contract";
import type { Surroundings } from "../previewRun";

const load = createRequire(__filename);

/** In the place of a file: GitHub's own records. */
const GITHUB = "github";

/**
 * The reader for `--sign-offs`: signed files, or `github` for GitHub's own records of the repository that
 * GITHUB_REPOSITORY names. A file of that name is given as `./github`.
 *
 * @throws DualRegistryError USAGE for both at once, or without a repository
 */
export function signOffReader(
  named: readonly string[],
  release: { outputs: StageOutputs; version: string; verifier: Verifier; around: Surroundings },
): SignOffReader {
  const { outputs, version, verifier, around } = release;
  if (!named.includes(GITHUB)) return signOffsFromFiles(named, outputs.gates.signOffSigners, verifier);
  if (named.length > 1) throw new DualRegistryError("USAGE", "--sign-offs: allowed: either github or files, not both");
  const { githubFromEnvironment, readRepositoryName } = load(
    "../../release/github/fromEnvironment",
  ) as typeof FromEnvironment;
  const { gatesOfOutputs } = load("../../release/github/gates") as typeof Gates;
  const { signOffsFromGithub } = load("../../release/github/signOffsFromGithub") as typeof FromGithub;
  const { SIGN_OFF_WORKFLOW } = load("../../release/github/candidate") as typeof Candidate;
  const repository = readRepositoryName(around.env["GITHUB_REPOSITORY"] ?? "", "--sign-offs github: GITHUB_REPOSITORY");
  if (repository.name !== outputs.gates.repository) {
    throw new DualRegistryError(
      "USAGE",
      `--sign-offs github: GITHUB_REPOSITORY is ${repository.owner}/${repository.name}; the gates of ${outputs.stage} ` +
        `are those of ${outputs.gates.repository}`,
    );
  }
  const github = githubFromEnvironment(around.env, repository, (line) => around.stderr.write(`${line}\n`));
  return signOffsFromGithub(github, { version, gates: gatesOfOutputs(outputs), workflow: SIGN_OFF_WORKFLOW });
}
