import { createRequire } from "node:module";
import type { Command } from "commander";
import type * as ExportRun from "./export";
import type * as LabelsRun from "./labels";
import type * as LockRun from "./lock";
import { activityOption, EXITS, formatOption, lockOption, outputsOption, signerOptions, trustOptions } from "./options";
import type * as PromoteRun from "./promote";
import type * as PublishRun from "./publish";
import type * as SweepRun from "./sweep";
import type * as VerifyRun from "./verify";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

/** Adds `dualreg image` and its commands. */
export function addImage(program: Command): void {
  const image = program.command("image").description("publish, promote and look at images, by digest");
  addPublish(image);
  addPromote(image);
  addVerify(image);
  addLocks(image);
  addLabels(image);
  addExport(image);
  addSweep(image);
}

function addPublish(image: Command): void {
  const command = image
    .command("publish")
    .description("bring a built image to its stage's registry, through its gates")
    .argument("<source>", "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME] or engine:NAME")
    .addOption(outputsOption())
    .requiredOption("--image <repository>", "the image's repository in the map of Pulumi.yaml, such as orders/api")
    .requiredOption("--build <file>", "build metadata: JSON with source, commit, version, createdAt and run")
    .option("--branch <name>", "the branch it was built from: a feature's image gets its name and not latest")
    .option("--tag <tag...>", "just these tags (default: all that the registry's tag rules take)")
    .option("--scan <file...>", "reports of Trivy or Grype in JSON, one for each platform")
    .option("--sbom <file...>", "SBOMs in SPDX or CycloneDX JSON, attached as they are");
  for (const option of [lockOption(), ...signerOptions(), ...trustOptions(), formatOption()]) command.addOption(option);
  command.addHelpText("after", EXITS).action(async (source: string, options: PublishRun.PublishOptions) => {
    const { runPublish } = load("./publish") as typeof PublishRun;
    process.exitCode = await runPublish(source, options, process);
  });
}

function addPromote(image: Command): void {
  const command = image
    .command("promote")
    .description("copy images of the stage before by digest, with all that refers to them, and record it")
    .argument("<image...>", "repositories of the map with a tag or digest at the stage before: orders/api:v1.2.3-rc1")
    .addOption(outputsOption("the target stage's outputs, which name the stage before"))
    .option(
      "--sign-offs <file...>",
      "signed sign-offs, where the stage asks for any; or github, for GitHub's own records",
    )
    .option("--version <version>", "the release, where the reference is no version (default: its tag)")
    .option("--scan <file...>", "scans made since the publication")
    .option("--tag <tag...>", "the version as it is, where the stage takes it (default: what it is called there)");
  for (const option of [lockOption(), ...signerOptions(), ...trustOptions(), formatOption()]) command.addOption(option);
  command.addHelpText("after", EXITS).action(async (images: string[], options: PromoteRun.PromoteOptions) => {
    const { runPromote } = load("./promote") as typeof PromoteRun;
    process.exitCode = await runPromote(images, options, process);
  });
}

function addVerify(image: Command): void {
  const command = image
    .command("verify")
    .description("say of an image at its registry whether all is in order, and why")
    .argument("<image>", "a repository of the map with a tag or digest, such as orders/api:v1.2.3")
    .addOption(outputsOption());
  for (const option of [...trustOptions(), formatOption()]) command.addOption(option);
  command.addHelpText("after", EXITS).action(async (name: string, options: VerifyRun.VerifyOptions) => {
    const { runVerify } = load("./verify") as typeof VerifyRun;
    process.exitCode = await runVerify(name, options, process);
  });
}

function addLocks(image: Command): void {
  for (const [verb, what] of [
    ["lock", "lock an image's tag and manifests, where the registry can"],
    ["unlock", "unlock an image's manifests and tag"],
  ] as const) {
    image
      .command(verb)
      .description(what)
      .argument("<image>", "a repository of the map with a tag, such as orders/api:v1.2.3")
      .addOption(outputsOption())
      .addOption(formatOption())
      .addHelpText("after", EXITS)
      .action(async (name: string, options: LockRun.LockOptions) => {
        const { runLock } = load("./lock") as typeof LockRun;
        process.exitCode = await runLock(verb, name, options, process);
      });
  }
}

function addLabels(image: Command): void {
  image
    .command("labels")
    .description("print the labels of an image, which whoever built it wrote: index, manifest, configuration")
    .argument("<reference>", "host/path:tag or host/path@digest")
    .addOption(formatOption())
    .addHelpText("after", EXITS)
    .action(async (reference: string, options: LabelsRun.LabelsOptions) => {
      const { runLabels } = load("./labels") as typeof LabelsRun;
      process.exitCode = await runLabels(reference, options, process);
    });
}

function addExport(image: Command): void {
  image
    .command("export")
    .description("write images with all that refers to them into an OCI layout, for a mirror without a network")
    .argument("<reference...>", "host/path:tag or host/path@digest")
    .requiredOption("--to <dir>", "the layout's folder; made where it is not there")
    .addOption(formatOption())
    .addHelpText("after", EXITS)
    .action(async (references: string[], options: ExportRun.ExportOptions) => {
      const { runExport } = load("./export") as typeof ExportRun;
      process.exitCode = await runExport(references, options, process);
    });
  image
    .command("import")
    .description("bring all images of such a layout to a registry, digests and signatures unchanged")
    .argument("<dir>", "the layout's folder")
    .requiredOption("--to <registry>", "host, or host/namespace, to put in the place of the hosts exported from")
    .option("--move-tags", "move a tag that stands for another image there")
    .addOption(formatOption())
    .addHelpText("after", EXITS)
    .action(async (dir: string, options: ExportRun.ImportOptions) => {
      const { runImport } = load("./export") as typeof ExportRun;
      process.exitCode = await runImport(dir, options, process);
    });
}

function addSweep(image: Command): void {
  image
    .command("sweep")
    .description("say of each image what retention makes of it and why; delete it only with --apply")
    .argument("[repository...]", "repositories of the map, such as orders/api (default: all)")
    .addOption(outputsOption())
    .option("--stage <stage>", "refuse the outputs of any other stage")
    .option("--deployed <file...>", "lists of digests or references that run, one a line or as JSON")
    .option("--pods <file...>", "what `kubectl get pods -A -o json` prints (- for standard input)")
    .option("--gitops <dir...>", "checkouts of GitOps repositories")
    .option("--nothing-deployed", "say that nothing of it runs anywhere, where none of the three is given")
    .option("--pulls <file>", "last pulls: JSON of [{ repository, digest, lastPulledAt }]")
    .addOption(activityOption().conflicts("pulls"))
    .option("--ignore-identity <name...>", "identities whose pulls in the log are no use, such as a scanner's")
    .option("--max-gap <days>", "days without an event that a whole log may have (default: 7)")
    .option("--apply", "delete what the plan says")
    .addOption(formatOption())
    .addHelpText("after", EXITS)
    .action(async (repositories: string[], options: SweepRun.SweepOptions) => {
      const { runSweep } = load("./sweep") as typeof SweepRun;
      process.exitCode = await runSweep(repositories, options, process);
    });
}
