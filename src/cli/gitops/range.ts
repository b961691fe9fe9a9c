import type { Command } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { checkStageName, readVersionScheme } from "../../config";
import { parseVersion, prefixProblem } from "../../domain/image/version";
import { placeOf } from "../../domain/stage";
import { setTexts } from "../../gitops/documents";
import { chooseImagePolicy, readImagePolicies } from "../../gitops/flux/imagePolicy";
import { moveRange } from "../../gitops/flux/moveRange";
import { readProjectFile } from "../../project";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, projectOption } from "../options";
import { patchOf, readEdited, writeEdited } from "./editedFile";

const declare = (command: Command) =>
  command
    .requiredOption("--file <file>", "the file of the ImagePolicy")
    .option("--policy <name>", "its name, where the file has several")
    .requiredOption("--release <version>", "the version that was released, such as v1.3.0")
    .requiredOption("--stage <stage>", "the stage that deploys by the policy: the last one takes no candidates")
    .option("--dry-run", "print what would change, and change nothing")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", "\nExit codes: 0 fine, 1 the change is refused, 2 wrong usage or configuration");

/**
 * Moves the semver range of an ImagePolicy to the line of a release, in the form that it has.
 *
 * @returns 0, also where the release is in the range already
 * @throws DualRegistryError USAGE for no version of the product's, CHANGE_REFUSED for a range that is not moved
 */
function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const scheme = readVersionScheme(readProjectFile(resolve(io.cwd, options.project)));
  const stage = checkStageName(options.stage, scheme.stages);
  const { release } = options;
  if (parseVersion(release, scheme) === undefined) {
    const problem = prefixProblem(release, scheme) ?? `${quoted(release)} is no version of this product`;
    throw new DualRegistryError("USAGE", `--release: ${problem}; give the tag that was released`);
  }
  const file = readEdited(options.file, io);
  const found = chooseImagePolicy(readImagePolicies(options.file, file.text), options.policy, options.file);
  const where = `${quoted(options.file)}, ImagePolicy ${quoted(found.name)}`;
  const isLast = placeOf(stage, scheme.stages) === "last";
  const moved = moveRange(found.policy, { release, isLast, where });
  const { document, rangePath } = found;
  const changed = setTexts(options.file, file.text, [{ document, path: rangePath, text: moved.to }]);
  if (isLast && found.policy.filter === undefined) {
    io.stderr.write(
      `${where}: no filterTags; a pattern keeps tags of other forms out of ${stage}, whatever the range says\n`,
    );
  }
  const patch = patchOf(file, changed);
  const isWritten = options.dryRun !== true && patch !== "";
  if (isWritten) writeEdited(file, changed);
  const result = { file: options.file, policy: found.name, ...moved, written: isWritten, patch };
  const text =
    moved.from === moved.to ? `${moved.from}: ${moved.why}\n` : `${moved.from} -> ${moved.to}: ${moved.why}\n${patch}`;
  printResult(io, options.format, result, () => text);
  return Promise.resolve(0);
}

export const range = defineCommand(declare, run);
