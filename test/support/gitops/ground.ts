import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dualreg } from "../../../src/cli/program";
import type { StageOutputs } from "../../../src/outputs";
import { captureIo, type Printed } from "../io";
import { type Built, Commands, quick } from "../release/commands";
import { dualreg as dualregChild, type Ran } from "../release/dualreg";
import { World } from "../release/world";
import { BareRepository } from "./bareRepository";
import { type ForgeStandIn, startGithubForge, startGitlabForge } from "./forges";
import { killedLine } from "./killedLine";

/** A HelmRelease as people write one: comments, quotes, values of the environment. */
export const helmRelease = (stage: string, host: string, images: Readonly<Record<string, string>>, more = ""): string =>
  `# Inventory in ${stage}; ask the team before you change it.
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: inventory
  namespace: ${stage}
spec:
  interval: 5m
  chart:
    spec:
      chart: inventory   # from the charts' repository
      version: "1.x"
      sourceRef: { kind: HelmRepository, name: charts }
  values:
    replicas: ${stage === "qa" ? 1 : 3}
${Object.entries(images)
  .map(
    ([repository, tag]) => `    ${repository.split("/")[1] ?? ""}:
      image:
        repository: ${host}/${repository}
        tag: ${tag} # what runs
`,
  )
  .join("")}${more}`;

/** Two stages on two registries, a GitOps repository with its forge, and a project that names them. */
export class GitOpsGround {
  readonly project: string;
  readonly printed: Printed[] = [];
  outputsFile = "";
  private constructor(
    readonly world: World,
    readonly commands: Commands,
    readonly repository: BareRepository,
    readonly forge: ForgeStandIn,
    readonly kind: "github" | "gitlab",
    private readonly owns: boolean,
  ) {
    this.project = mkdtempSync(join(world.dir, "project-"));
    this.configure();
    this.outputsFile = commands.outputs(quick(world.outputs.uat));
  }

  /** @param shared a world of several grounds, which none of them ends */
  static async begin(kind: "github" | "gitlab" = "github", shared?: World): Promise<GitOpsGround> {
    const world = shared ?? (await World.begin());
    const repository = new BareRepository();
    const forge = await (kind === "github" ? startGithubForge(repository) : startGitlabForge(repository));
    return new GitOpsGround(world, new Commands(world), repository, forge, kind, shared === undefined);
  }

  /** Writes Pulumi.yaml. @param gitops fields in place of the usual ones */
  configure(gitops: object = {}, images: readonly string[] = ["orders/api"]): void {
    const deploy = {
      address: this.repository.address,
      forge: this.kind,
      project: "company/deploy",
      api: this.forge.url,
    };
    const config = {
      stages: { value: ["dev", "qa", "uat", "prod"] },
      product: { value: { name: "orders", domain: "company.com", repository: "orders" } },
      images: { value: this.world.outputs.uat.images },
      gitops: {
        value: {
          repositories: { deploy },
          releases: {
            inventory: {
              images,
              stages: {
                qa: { repository: "deploy", files: ["apps/qa/inventory.yaml"] },
                uat: { repository: "deploy", files: ["apps/uat/inventory.yaml"] },
              },
            },
          },
          ...gitops,
        },
      },
    };
    const yaml = { name: "dual-registry", runtime: "nodejs", config };
    writeFileSync(join(this.project, "Pulumi.yaml"), JSON.stringify(yaml));
  }

  get env(): Record<string, string> {
    return {
      ...this.commands.env,
      ...{
        PATH: process.env["PATH"] ?? "",
        [this.kind === "github" ? "GITHUB_TOKEN" : "GITLAB_TOKEN"]: this.forge.token,
      },
    };
  }

  /** Builds an image, publishes it to qa and names it there. */
  async deployToQa(version: string, images: readonly string[] = ["orders/api"]): Promise<Built[]> {
    const built: Built[] = [];
    for (const image of images) {
      const one = await this.world.build(version, { seed: `${image} ${version}` });
      const { code, stderr } = await this.commands.publish(one, version, { image });
      if (code !== 0) throw new Error(stderr);
      built.push(one);
    }
    const named = Object.fromEntries(images.map((image) => [image, version]));
    this.repository.commit({ "apps/qa/inventory.yaml": helmRelease("qa", this.world.qa.host, named) });
    return built;
  }

  /** Signed sign-offs of images of a version. */
  signOffs(built: readonly Built[], version: string, images: readonly string[] = ["orders/api"]): Promise<string[]> {
    const files = built.map((one, at) => {
      const repository = images[at] ?? "";
      return this.world.signOffFile(this.world.signOffs(one.descriptor.digest, version, { repository }));
    });
    return Promise.all(files);
  }

  /** The words of `gitops promote` from qa to uat. */
  words(signOffs: readonly string[], ...more: readonly string[]): string[] {
    return [
      ...["gitops", "promote", "--release", "inventory", "--from", "e2e", "--to", "staging"],
      ...["--outputs", this.outputsFile, "--project", this.project, "--key", join(this.world.dir, "cosign.key")],
      ...(signOffs.length === 0 ? [] : ["--sign-offs", ...signOffs]),
      ...more,
    ];
  }

  /** Runs the command line in this process. */
  async run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const { io, printed } = captureIo({ env: { ...this.env, ...env } });
    const code = await dualreg(words, io);
    this.printed.push(printed);
    return { code, ...printed };
  }

  /** The same in a process of its own. */
  line(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return dualregChild(this.world, words, { ...this.env, ...env });
  }

  /** Runs it in a process of its own, which ends by SIGKILL when it says that it begins a step. */
  killedAt(words: readonly string[], step: string): Promise<NodeJS.Signals | null> {
    return killedLine(words, `inventory: ${step}\n`, { ...this.env, TMPDIR: this.world.dir });
  }

  /** Outputs of uat with whatever is to be different. */
  useOutputs(outputs: StageOutputs): void {
    this.outputsFile = this.commands.outputs(quick(outputs));
  }

  async end(): Promise<void> {
    await Promise.all([this.forge.stop(), this.owns ? this.world.end() : undefined]);
    this.repository.remove();
  }
}
