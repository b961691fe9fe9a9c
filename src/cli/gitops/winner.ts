import { type Command, Option } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { parseReference } from "../../base/reference";
import { terminalTable } from "../../base/text/table";
import { chooseImagePolicy, readImagePolicies } from "../../gitops/flux/imagePolicy";
import { type Choice, chooseTag, type TagOrder, type TagPolicy } from "../../gitops/flux/policy";
import { defineCommand, type OptionsOf } from "../command";
import { withRegistries } from "../image/context";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";
import { readTagList } from "../tagList";

const ORDERS = ["asc", "desc"] as const;

const declare = (command: Command) =>
  command
    .option("--file <file>", "the file of the ImagePolicy")
    .option("--policy <name>", "its name, where the file has several")
    .addOption(new Option("--range <range>", "in place of a file: semver by this range").conflicts("file"))
    .addOption(
      new Option("--alphabetical <order>", "in place of a file: by alphabet")
        .choices(ORDERS)
        .conflicts(["file", "range"]),
    )
    .addOption(
      new Option("--numerical <order>", "in place of a file: by number")
        .choices(ORDERS)
        .conflicts(["file", "range", "alphabetical"]),
    )
    .addOption(new Option("--pattern <expression>", "filterTags.pattern beside an order").conflicts("file"))
    .addOption(new Option("--extract <text>", "filterTags.extract, such as $version").conflicts("file"))
    .option("--tags-file <file>", "the tags: a line each, or a registry's list as JSON (- for standard input)")
    .addOption(new Option("--repository <name>", "the tags of host/path in its registry").conflicts("tagsFile"))
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

type Options = OptionsOf<typeof declare>;

/** Most tags that are looked at, and bytes of the longest file of policies. */
const MOST = { tags: 200_000, bytes: 4 * 1024 * 1024 } as const;

/**
 * Says which tag Flux's image policy chooses, and of every other tag why not.
 *
 * @returns 0, or 1 where it chooses none
 * @throws DualRegistryError USAGE without policy or tags, CONTENT_INVALID for what Flux does not take
 */
async function run(options: Options, io: Io): Promise<ExitCode> {
  const { policy, where } = policyOf(options);
  const choice = chooseTag(await tagsOf(options, io), policy, where);
  printResult(io, options.format, choice, choiceText);
  return choice.winner === null ? 1 : 0;
}

function policyOf({ file, policy: name, range, alphabetical, numerical, pattern, extract }: Options): {
  policy: TagPolicy;
  where: string;
} {
  if (file !== undefined) {
    const text = readBounded(file, MOST.bytes).toString("utf8");
    const { policy, name: found } = chooseImagePolicy(readImagePolicies(file, text), name, file);
    return { policy, where: `ImagePolicy ${found}` };
  }
  const filter = pattern === undefined ? undefined : { pattern, ...defined({ extract }) };
  const order = orderOf({ range, alphabetical, numerical });
  if (order !== undefined) return { policy: { order, ...defined({ filter }) }, where: "Policy" };
  throw new DualRegistryError("USAGE", "No policy; give --file, --range, --alphabetical or --numerical");
}

function orderOf({
  range,
  alphabetical,
  numerical,
}: {
  range: string | undefined;
  alphabetical: Options["alphabetical"];
  numerical: Options["numerical"];
}): TagOrder | undefined {
  if (range !== undefined) return { kind: "semver", range };
  if (alphabetical !== undefined) return { kind: "alphabetical", order: alphabetical };
  return numerical === undefined ? undefined : { kind: "numerical", order: numerical };
}

async function tagsOf({ tagsFile, repository }: Options, io: Io): Promise<string[]> {
  if (tagsFile !== undefined) return readTagList(tagsFile);
  if (repository === undefined) {
    throw new DualRegistryError("USAGE", "No tags; give --tags-file, or --repository to ask its registry");
  }
  const { host, repository: path } = parseReference(repository);
  return withRegistries(io, async (registries) => {
    const tags: string[] = [];
    for await (const tag of registries.session(host).repository(path).tags()) {
      tags.push(tag);
      if (tags.length <= MOST.tags) continue;
      throw new DualRegistryError(
        "CONTENT_INVALID",
        `${host}/${path}: more than ${MOST.tags} tags; give some by --tags-file`,
      );
    }
    return tags;
  });
}

function choiceText({ winner, certain, tags }: Choice): string {
  const rows = tags.map(({ tag, verdict, why }) => [tag, verdict, why]);
  const doubt = certain ? "" : "; equals stand behind filterTags, so that Flux may take another of them";
  const summary = winner === null ? "Flux chooses none of these tags" : `Flux chooses ${winner}${doubt}`;
  return `${[...terminalTable([["tag", "verdict", "why"], ...rows]), "", summary].join("\n")}\n`;
}

export const winner = defineCommand(declare, run);
