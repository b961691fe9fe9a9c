import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../../src/base/defined";
import type { Digest } from "../../../src/base/digest";
import type { ExitCode } from "../../../src/base/errors";
import { promote, type PromoteOptions } from "../../../src/cli/image/promote";
import { publish, type PublishOptions } from "../../../src/cli/image/publish";
import type { Io } from "../../../src/cli/io";
import type { SignOffs } from "../../../src/domain/flow/signOffs";
import type { RegistryOutput, StageOutputs } from "../../../src/outputs";
import type { KeySigner } from "../../../src/signing/keySigner";
import { runCommand } from "../io";
import { dualreg, type Ran } from "./dualreg";
import { trivyReport } from "./scans";
import { buildOf, type World } from "./world";

/** An image that was built into a layout of its own. */
export interface Built {
  layout: string;
  descriptor: { digest: Digest };
  config: { digest: Digest };
}

/** What differs from a publication in which all is well: orders/api to qa, scanned just now, signed. */
export interface Publishing {
  outputs?: StageOutputs;
  image?: string;
  build?: object;
  scans?: readonly object[];
  /** Default: the image's layout. */
  source?: string;
  /** A key's file, or none. @default the world's */
  key?: string | undefined;
  options?: Partial<PublishOptions>;
}

/** What differs from a promotion in which all is well: orders/api from qa to uat, signed off by both. */
export interface Promoting {
  outputs?: StageOutputs;
  image?: string;
  /** What the sign-offs say. */
  said?: Partial<SignOffs>;
  /** Who signs them. */
  signer?: KeySigner;
  key?: string | undefined;
  options?: Partial<PromoteOptions>;
}

/** The commands as functions, in this process; everything they print is kept. */
export class Commands {
  /** What was printed so far, by whatever command. */
  readonly transcript: string[] = [];
  private files = 0;

  /** @param variables what this process has beside its login */
  constructor(
    readonly world: World,
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {
    mkdirSync(join(world.dir, "docker"), { recursive: true });
    const { acr } = world;
    const auth = acr && Buffer.from(`${acr.credentials.username}:${acr.credentials.password}`).toString("base64");
    const config = { auths: acr ? { [acr.host]: { auth } } : {} };
    writeFileSync(join(world.dir, "docker", "config.json"), JSON.stringify(config), { mode: 0o600 });
  }

  get env(): Record<string, string> {
    return {
      DOCKER_CONFIG: join(this.world.dir, "docker"),
      HOME: this.world.dir,
      COSIGN_PASSWORD: this.world.password,
      ...this.variables,
    };
  }

  /** Outputs as a file. */
  outputs(outputs: StageOutputs): string {
    return this.file(`outputs-${outputs.stage}`, outputs);
  }

  file(name: string, content: string | Buffer | object): string {
    return this.world.write(`${name}-${++this.files}.json`, content);
  }

  /** Publishes an image. @param version also its build's */
  publish(built: Built, version: string, different: Publishing = {}): Promise<Ran> {
    const { outputs = quick(this.world.outputs.qa), options = {}, build = buildOf(version) } = different;
    const scans = different.scans ?? [trivyReport(built.config.digest)];
    const key = "key" in different ? different.key : join(this.world.dir, this.world.keyFile);
    const all: PublishOptions = {
      outputs: this.outputs(outputs),
      image: different.image ?? "orders/api",
      build: this.file("build", build),
      scan: scans.map((scan) => this.file("scan", scan)),
      lock: "now",
      format: "text",
      ...defined({ key }),
      ...options,
    };
    return this.run((io) => publish.run(different.source ?? `oci:${built.layout}`, all, io));
  }

  /** Promotes an image that qa has under its version. */
  async promote(built: Built, version: string, different: Promoting = {}): Promise<Ran> {
    const { world } = this;
    const { image = "orders/api", outputs = quick(world.outputs.uat), said = {}, signer, options = {} } = different;
    const signOffs = world.signOffs(built.descriptor.digest, version, { repository: image, ...said });
    const key = "key" in different ? different.key : join(world.dir, world.keyFile);
    const all: PromoteOptions = {
      outputs: this.outputs(outputs),
      signOffs: [await world.signOffFile(signOffs, signer)],
      lock: "now",
      format: "text",
      ...defined({ key }),
      ...options,
    };
    return this.run((io) => promote.run([`${image}:${version}`], all, io));
  }

  /** Runs a command's function as the command line does: refusals on standard error, with their exit code. */
  async run(command: (io: Io) => Promise<ExitCode>): Promise<Ran> {
    const ran = await runCommand(command, this.env);
    this.transcript.push(ran.stdout, ran.stderr);
    return ran;
  }

  /** The command line itself, in a process of its own. */
  async line(...args: readonly string[]): Promise<Ran> {
    const ran = await dualreg(this.world, args);
    this.transcript.push(ran.stdout, ran.stderr);
    return ran;
  }
}

/** The same outputs, of a registry that keeps its tags itself: so nobody waits to see whether a tag stays. */
export function quick(outputs: StageOutputs): StageOutputs {
  const keeps = (registry: RegistryOutput): RegistryOutput => ({
    ...registry,
    rules: { ...registry.rules, "tag-immutability": { support: "native" } },
  });
  const { secure, standard } = outputs.registries;
  return { ...outputs, registries: { secure: keeps(secure), standard: keeps(standard) } };
}
