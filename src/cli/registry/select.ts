import { type Command, Option } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import { withRegistryOf } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { projectOption } from "../options";
import { askedStage, type SelectedRegistry, selectRegistry } from "./selection";

const FIELDS = ["kind", "host", "prefix", "pull-secret"] as const;

const declare = (command: Command) =>
  command
    .addOption(
      new Option("--environment <name>", "a stage, or another name of it, such as prd").conflicts(["branch", "ref"]),
    )
    .addOption(new Option("--branch <name>", "the branch that is built").conflicts("ref"))
    .option("--ref <ref>", "a branch or a version's tag as a platform names it, such as refs/heads/main")
    .option("--type <kind>", "the kind itself, whatever the table says (default: REGISTRY_TYPE)")
    .option("--stage <name>", "the stage at hand (default: that of environment, tag or outputs, else the first)")
    .addOption(new Option("--class <class>", "of this class alone").choices(IMAGE_CLASSES))
    .option("--outputs <file>", "the stage's outputs, which alone name the hosts of registries in Azure")
    .addOption(new Option("--field <field>", "print this alone").choices(FIELDS))
    .addOption(projectOption())
    .addOption(
      new Option(
        "--format <format>",
        "how to print the result; outputs: those of --outputs with what was chosen in place",
      )
        .choices(["text", "json", "outputs"] as const)
        .default("text" as const),
    )
    .addHelpText("after", "\nExit codes: 0 fine, 1 the stage has no such registry, 2 wrong usage or configuration");

type SelectOptions = OptionsOf<typeof declare>;

/**
 * Says to which registry of a stage images go: by the kind that is named, else by the table `registryTypes` of Pulumi.yaml.
 *
 * @returns 0, or 1 where the stage has no registry of that kind
 */
function run(options: SelectOptions, io: Io): Promise<ExitCode> {
  const { from, stage, wanted } = askedStage(options, io);
  const classes = options.class === undefined ? IMAGE_CLASSES : [options.class];
  if (options.format === "outputs") {
    if (!("version" in from)) throw new DualRegistryError("USAGE", "--format outputs needs --outputs");
    if (options.field !== undefined) throw new DualRegistryError("USAGE", "--field goes with --format text or json");
    io.stdout.write(formatJson(withRegistryOf(from, wanted, classes)));
    return Promise.resolve(0);
  }
  const selected = classes.map((imageClass) => selectRegistry(from, stage, imageClass, wanted));
  print(selected, options, io);
  return Promise.resolve(0);
}

export const select = defineCommand(declare, run);

function fieldOf(registry: SelectedRegistry, field: (typeof FIELDS)[number]): string {
  const value = field === "pull-secret" ? (registry.pullSecret ?? "") : registry[field];
  if (value !== null) return value;
  throw new DualRegistryError(
    "USAGE",
    `The ${field} of ${registry.stage}'s ${registry.class} registry is known after \`pulumi up\`: give --outputs`,
  );
}

function print(selected: readonly SelectedRegistry[], { field, format }: SelectOptions, { stdout }: Io): void {
  if (field !== undefined) {
    const values = [...new Set(selected.map((registry) => fieldOf(registry, field)))];
    if (values.length > 1) {
      const each = selected.map((one) => `${fieldOf(one, field)} of ${one.class}`).join(", ");
      throw new DualRegistryError("USAGE", `Each class has another ${field}: ${each}; give --class`);
    }
    stdout.write(format === "json" ? formatJson(values[0]) : `${values[0] ?? ""}\n`);
    return;
  }
  if (format === "json") {
    stdout.write(formatJson({ registries: selected }));
    return;
  }
  for (const { class: imageClass, kind, prefix, stage, why } of selected) {
    stdout.write(
      `${stage} ${imageClass.padEnd(8)} ${kind.padEnd(12)} ${prefix ?? "(known after pulumi up)"}  ${why}\n`,
    );
  }
}
