import { type Command, Option } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { formatJson } from "../base/json";
import { quoted } from "../base/text/quote";
import { readStages } from "../config";
import { clusterRegistries, imagePolicyObjects } from "../domain/cluster/imagePolicies";
import type { ImageClass } from "../domain/image/imageClass";
import { planStage } from "../domain/plan/planStage";
import type { StagePlan } from "../domain/plan/stagePlan";
import { readOutputs, type StageOutputs } from "../outputs";
import { readProjectFile } from "../project";
import { defineCommand, type OptionsOf } from "./command";
import { yamlText } from "./gitops/yamlText";
import type { Io } from "./io";
import { projectOption } from "./options";

const declare = (command: Command) =>
  command
    .option("--stage <name>", "the stage (default: that of outputs, or the first)")
    .option("--outputs <file>", "the stage's outputs, which alone name the hosts of registries in Azure")
    .option("--kind <kind...>", "print objects of these kinds alone, such as ValidatingAdmissionPolicy")
    .addOption(projectOption())
    .addOption(
      new Option("--format <format>", "how to print the objects")
        .choices(["yaml", "json"] as const)
        .default("yaml" as const),
    )
    .addHelpText("after", "\nExit codes: 0 fine, 2 wrong usage or configuration");

/**
 * Prints what the stage's stack would make in its clusters of `imagePolicies`: policies of admission and signatures, and
 * Flux's objects; for whoever brings them there without Pulumi.
 *
 * @returns 0
 * @throws DualRegistryError CONFIG_INVALID where the stage's file does not decode, or asks for no policies; USAGE for a
 *   stage or a kind that there is not, and where a host is known after `pulumi up` alone
 */
function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const outputs = options.outputs === undefined ? undefined : readOutputs(options.outputs);
  const plan = planOf(options, outputs);
  const { imagePolicies } = plan;
  if (imagePolicies === undefined) {
    const example = "imagePolicies: { namespaces: [shop], kyverno: true }";
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `Pulumi.${plan.stage}.yaml: imagePolicies is missing, and names whose pods are held to the rules; add it, such as ${example}`,
    );
  }
  const hosts = { secure: hostOf(plan, outputs, "secure"), standard: hostOf(plan, outputs, "standard") };
  const registries = clusterRegistries(plan, hosts);
  const today = io.now().toISOString().slice(0, 10);
  const objects = imagePolicyObjects({ ...plan, imagePolicies, registries, today });
  const kinds = [...new Set(objects.map(({ kind }) => kind))];
  const wrong = options.kind?.find((kind) => !kinds.includes(kind));
  if (wrong !== undefined) {
    throw new DualRegistryError(
      "USAGE",
      `--kind ${quoted(wrong)}: ${plan.stage} has no object of that kind; allowed: ${kinds.join(", ")}`,
    );
  }
  const printed = objects.filter(({ kind }) => options.kind?.includes(kind) ?? true);
  io.stdout.write(
    options.format === "json"
      ? formatJson({ apiVersion: "v1", kind: "List", items: printed })
      : printed.map((object) => `---\n${yamlText(object)}`).join(""),
  );
  return Promise.resolve(0);
}

export const admission = defineCommand(declare, run);

function planOf({ project, stage }: { project: string; stage?: string }, outputs: StageOutputs | undefined): StagePlan {
  if (stage !== undefined && outputs !== undefined && stage !== outputs.stage) {
    const what = `--stage ${quoted(stage)}, and the outputs are those of ${outputs.stage}`;
    throw new DualRegistryError("USAGE", `${what}; allowed: one stage, since each has registries of its own`);
  }
  const files = readProjectFile(project);
  const wanted = stage ?? outputs?.stage;
  const read = readStages(files, wanted);
  const first = read[0];
  if (first?.config === undefined) throw new DualRegistryError("CONFIG_INVALID", (first?.problems ?? []).join("\n"));
  return planStage(first.config);
}

function hostOf({ stage, registries }: StagePlan, outputs: StageOutputs | undefined, imageClass: ImageClass): string {
  const registry = registries[imageClass];
  const host =
    outputs?.registries[imageClass].loginServer ?? ("loginServer" in registry ? registry.loginServer : undefined);
  if (host !== undefined) return host;
  throw new DualRegistryError(
    "USAGE",
    `The host of ${stage}'s ${imageClass} registry is known after \`pulumi up\`: give --outputs`,
  );
}
