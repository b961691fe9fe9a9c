import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../../src/base/digest";
import { dualreg } from "../../../src/cli/program";
import type { StageOutputs } from "../../../src/outputs";
import { captureIo } from "../io";
import { type Built, Commands, quick } from "../release/commands";
import type { Ran } from "../release/dualreg";
import { outputsFor, type StageFacts } from "../release/outputsFor";
import { trivyReport } from "../release/scans";
import { buildOf, World } from "../release/world";
import { BareRepository } from "./bareRepository";
import { type ForgeStandIn, startGithubForge, startGitlabForge } from "./forges";
import { helmRelease } from "./ground";
import { killedLine } from "./killedLine";

/** The stages' files. */
const FILES = {
  dev: "apps/dev/inventory.yaml",
  qa: "apps/e2e/inventory.yaml",
  uat: "apps/staging/inventory.yaml",
  prod: "clusters/production/inventory.yaml",
} as const;

const IMAGE = "orders/api";
const POLICY = "apps/dev/policy.yaml";

/** A path below which a stage has its repositories, in the registry of its account. */
const FOLDERS = { dev: "dev", qa: "e2e", uat: "staging", prod: "production" } as const;

/** A stage of the walk. */
export type WalkStage = keyof typeof FILES;

/** Where a command is killed: how a line that it says begins, or `result`. Undefined: nowhere. */
export type KillAt = (step: string) => string | undefined;

/**
 * The delivery of S3: an account for development with dev and end-to-end tests, and one for production with staging and
 * production, each with a registry; a git repository for both of the first, for staging and for production.
 */
export class Walk {
  /** What each command of the last walk said on standard error, by the name of its step. */
  readonly told = new Map<string, readonly string[]>();
  private readonly project: string;
  private readonly files: string;
  private readonly outputsFiles: Readonly<Record<WalkStage, string>>;

  private constructor(
    readonly world: World,
    private readonly commands: Commands,
    readonly repositories: Readonly<Record<"development" | "staging" | "production", BareRepository>>,
    readonly forges: Readonly<Record<"development" | "staging" | "production", ForgeStandIn>>,
  ) {
    this.project = mkdtempSync(join(world.dir, "project-"));
    this.files = mkdtempSync(join(world.dir, "files-"));
    this.outputsFiles = {
      dev: commands.outputs(this.outputs("dev")),
      qa: commands.outputs(this.outputs("qa", "dev")),
      uat: commands.outputs(this.outputs("uat", "qa")),
      prod: commands.outputs(this.outputs("prod", "uat")),
    };
    this.configure();
  }

  static async begin(): Promise<Walk> {
    const world = await World.begin();
    const repositories = {
      development: new BareRepository({
        [FILES.dev]: helmRelease("dev", `${world.qa.host}/dev`, { [IMAGE]: "v0.0.1" }),
        [POLICY]: FLUX_POLICY,
      }),
      staging: new BareRepository({ CODEOWNERS: "* @company/qa-managers\n" }),
      production: new BareRepository({ CODEOWNERS: "/clusters/production/ @company/sre\n" }),
    };
    const forges = {
      development: await startGithubForge(repositories.development),
      staging: await startGithubForge(repositories.staging),
      production: await startGitlabForge(repositories.production),
    };
    return new Walk(world, new Commands(world), repositories, forges);
  }

  /** The registry of a stage's account. */
  host(stage: WalkStage): string {
    return stage === "dev" || stage === "qa" ? this.world.qa.host : this.world.uat.host;
  }

  private outputs(stage: WalkStage, before?: WalkStage): StageOutputs {
    const { policy } = this.world;
    const facts: StageFacts = { stage, host: this.host(stage), kind: "distribution", policy };
    const signed = before === "qa" || before === "uat";
    const outputs = outputsFor({
      ...facts,
      ...(signed ? { roles: ["qa", "uat"], signOffSigners: policy.signers } : {}),
      ...(before && { before: { stage: before, host: this.host(before), kind: "distribution" } }),
    });
    const { stageBefore } = outputs;
    return quick({
      ...outputs,
      registries: below(outputs.registries, stage),
      ...(stageBefore &&
        before && { stageBefore: { ...stageBefore, registries: below(stageBefore.registries, before) } }),
    });
  }

  private configure(): void {
    const { repositories, forges } = this;
    const repository = (name: keyof typeof repositories, forge: "github" | "gitlab") => ({
      ...{ address: repositories[name].address, forge, project: "company/deploy", api: forges[name].url },
    });
    const config = {
      stages: { value: ["dev", "qa", "uat", "prod"] },
      product: { value: { name: "orders", domain: "company.com", repository: "orders" } },
      images: { value: this.world.outputs.uat.images },
      gitops: {
        value: {
          repositories: {
            development: repository("development", "github"),
            staging: repository("staging", "github"),
            production: repository("production", "gitlab"),
          },
          releases: {
            inventory: {
              images: [IMAGE],
              stages: {
                dev: { repository: "development", files: [FILES.dev] },
                qa: { repository: "development", files: [FILES.qa] },
                uat: { repository: "staging", files: [FILES.uat] },
                prod: { repository: "production", files: [FILES.prod] },
              },
            },
          },
        },
      },
    };
    writeFileSync(
      join(this.project, "Pulumi.yaml"),
      JSON.stringify({ name: "dual-registry", runtime: "nodejs", config }),
    );
  }

  private get env(): Record<string, string> {
    const { forges } = this;
    const tokens = { GITHUB_TOKEN: forges.staging.token, GITLAB_TOKEN: forges.production.token };
    return { ...this.commands.env, PATH: process.env["PATH"] ?? "", TMPDIR: this.world.dir, ...tokens };
  }

  /** Runs a step, killed before where that is wanted. @throws what it said where it did not end with 0 */
  private async run(step: string, words: readonly string[], killAt: KillAt): Promise<Ran> {
    const at = killAt(step);
    if (at !== undefined) {
      const signal = await killedLine(words, at, this.env);
      if (signal !== "SIGKILL") throw new Error(`${step} was not killed at "${at}"`);
    }
    const { io, printed } = captureIo({ env: this.env });
    const code = await dualreg(words, io);
    if (code !== 0) throw new Error(`${step}, killed at "${at ?? "no line"}", ended with ${code}: ${printed.stderr}`);
    this.told.set(step, printed.stderr.split("\n").slice(0, -1));
    return { code, ...printed };
  }

  private get signing(): string[] {
    return ["--key", join(this.world.dir, this.world.keyFile)];
  }

  /**
   * A version from its build to production: dev deploys by itself what Flux's policy chooses, end-to-end tests get it as a
   * candidate, staging and production by requests.
   *
   * @param version without a suffix
   */
  async release(version: string, killAt: KillAt = () => undefined): Promise<Built> {
    const built = await this.world.build(version, { seed: version });
    await this.publish(built, version, killAt);
    await this.deployDev(version, killAt);
    await this.deployEndToEnd(version, killAt);
    await this.request("qa", "uat", [built, `${version}-rc1`], killAt);
    await this.request("uat", "prod", [built, `${version}-rc1`], killAt);
    return built;
  }

  private async publish(built: Built, version: string, killAt: KillAt): Promise<void> {
    const words = ["image", "publish", `oci:${built.layout}`, "--image", IMAGE, "--outputs", this.outputsFiles.dev];
    const build = this.commands.file("build", buildOf(version));
    const scan = this.commands.file("scan", trivyReport(built.config.digest));
    await this.run("publish", [...words, "--build", build, "--scan", scan, ...this.signing], killAt);
  }

  /** What Flux's automation does: the tag that its policy chooses, in the file, on the branch. */
  private async deployDev(version: string, killAt: KillAt): Promise<void> {
    const policy = join(this.files, "policy.yaml");
    writeFileSync(policy, this.repositories.development.show(POLICY));
    const repository = `${this.host("dev")}/dev/${IMAGE}`;
    const words = ["gitops", "winner", "--file", policy, "--repository", repository, "--format", "json"];
    const { winner } = JSON.parse((await this.run("choose", words, killAt)).stdout) as { winner: string };
    if (winner !== version) throw new Error(`Flux chooses ${winner}, and ${version} is newer`);
    await this.set("dev", "set in dev", ["--tag", winner], killAt);
  }

  /** The candidate's name on the digest of dev; then that in the file. */
  private async deployEndToEnd(version: string, killAt: KillAt): Promise<void> {
    const words = ["image", "promote", `${IMAGE}:${version}`, "--version", `${version}-rc1`, "--format", "json"];
    const promote = [...words, "--outputs", this.outputsFiles.qa, ...this.signing];
    const [row] = JSON.parse((await this.run("retag", promote, killAt)).stdout) as { digest: Digest; tags: string[] }[];
    if (row === undefined) throw new Error("nothing was promoted");
    const file = { [FILES.qa]: helmRelease("qa", `${this.host("qa")}/e2e`, { [IMAGE]: "v0.0.1-rc1" }) };
    const { development } = this.repositories;
    if (!development.git("ls-tree", "--name-only", "-r", "main").includes(FILES.qa)) development.commit(file);
    await this.set("qa", "set in e2e", ["--tag", row.tags[0] ?? "", "--digest", row.digest], killAt);
  }

  private async set(stage: "dev" | "qa", step: string, to: readonly string[], killAt: KillAt): Promise<void> {
    const { development } = this.repositories;
    const file = join(this.files, "inventory.yaml");
    writeFileSync(file, development.show(FILES[stage]));
    const image = `${FOLDERS[stage]}/${IMAGE}`;
    const words = ["gitops", "set", "--file", file, "--image", image, "--stage", stage, "--project", this.project];
    await this.run(step, [...words, ...to], killAt);
    development.commit({ [FILES[stage]]: readFileSync(file, "utf8") }, `Deploy to ${stage}`);
  }

  /** A promotion by a request, which is merged. */
  private async request(
    from: WalkStage,
    to: "uat" | "prod",
    [built, candidate]: [Built, string],
    killAt: KillAt,
  ): Promise<void> {
    const { world } = this;
    const signOffs = world.signOffs(built.descriptor.digest, candidate, { from, to });
    const words = [
      ...["gitops", "promote", "--release", "inventory", "--from", from, "--to", to, "--project", this.project],
      ...["--outputs", this.outputsFiles[to], "--sign-offs", await world.signOffFile(signOffs), ...this.signing],
    ];
    await this.run(`request for ${to}`, words, killAt);
    this.merge(to);
  }

  /** Asks for a former version in production, and merges that. */
  async rollback(version: string, killAt: KillAt = () => undefined): Promise<void> {
    const words = ["gitops", "rollback", "--release", "inventory", "--stage", "prod", "--to", version];
    await this.run("roll back", [...words, "--outputs", this.outputsFiles.prod, "--project", this.project], killAt);
    this.merge("prod");
  }

  /** Merges the one request that is open. */
  private merge(stage: "uat" | "prod"): void {
    const forge = this.forges[stage === "uat" ? "staging" : "production"];
    const [request, ...others] = forge.requests.filter(({ state }) => state === "open");
    if (request === undefined || others.length > 0) throw new Error(`${others.length + 1} requests are open`);
    forge.merge(request.number);
  }

  /** The image that a stage's file names, as it stands on the branch: `host/path:tag`, with a digest or without. */
  deployed(stage: WalkStage): string {
    const repository = { dev: "development", qa: "development", uat: "staging", prod: "production" } as const;
    const text = this.repositories[repository[stage]].show(FILES[stage]);
    const [, name, tag] = /repository: (.*)\n +tag: (.*) # what runs/.exec(text) ?? [];
    return `${name ?? ""}:${tag ?? ""}`;
  }

  /** What a stage's registry has of an image: the types of what refers to it, sorted. */
  async attached(stage: WalkStage, digest: Digest): Promise<string[]> {
    return this.world.registries(async (registries) => {
      const target = registries.session(this.host(stage)).repository(`${FOLDERS[stage]}/${IMAGE}`);
      return (await target.referrers(digest)).map(({ artifactType }) => artifactType ?? "").sort();
    });
  }

  async end(): Promise<void> {
    await Promise.all(Object.values(this.forges).map((forge) => forge.stop()));
    await this.world.end();
    for (const repository of Object.values(this.repositories)) repository.remove();
  }
}

/** The repositories of a stage, below a path of their own. */
function below(registries: StageOutputs["registries"], stage: WalkStage): StageOutputs["registries"] {
  const { secure, standard } = registries;
  const namespace = FOLDERS[stage];
  return { secure: { ...secure, namespace }, standard: { ...standard, namespace } };
}

/** What Flux goes by in dev: any release, and no candidate. */
const FLUX_POLICY = `apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: { name: inventory }
spec:
  imageRepositoryRef: { name: inventory }
  policy:
    semver: { range: 1.x }
`;
