import { join } from "node:path";
import type { Digest } from "../../../src/base/digest";
import { publishAll, type PublishAllOptions } from "../../../src/cli/image/publishAll";
import { tag, type TagOptions } from "../../../src/cli/image/tag";
import type { StageOutputs } from "../../../src/outputs";
import { Commands, type Publishing, quick } from "./commands";
import type { Ran } from "./dualreg";
import { outputsFor } from "./outputsFor";
import { trivyReport } from "./scans";
import { buildOf, type World } from "./world";

/** The product's images, as the map of the outputs has them. */
export const PRODUCT = ["orders/api", "orders/console", "orders/web"] as const;

/** A product of three images, one of them bound to its stage, on a registry of a test. */
export class ProductGround {
  readonly commands: Commands;
  readonly outputs: StageOutputs;

  /** @param host of both classes' registry in qa @param outputs default: of a registry that keeps tags itself */
  constructor(
    readonly world: World,
    readonly host: string,
    outputs?: StageOutputs,
    commands?: Commands,
  ) {
    const { policy } = world;
    this.outputs = outputs ?? quick(outputsFor({ stage: "qa", host, kind: "distribution", policy }));
    this.commands = commands ?? new Commands(world);
  }

  /** Builds an image of the product. @param seed images of one seed are the same */
  async build(repository: string, version: string, seed = version) {
    const bound = { "io.dual-registry.binding": "stage-bound", "io.dual-registry.registry-host": this.host };
    const labels = repository === "orders/console" ? bound : {};
    return this.world.build(version, { seed: `${repository} ${seed}`, labels });
  }

  /** Builds and pushes one image by digest. @returns what it printed, as a file, or how it was refused */
  async push(repository: string, version: string, different: Publishing = {}, seed = version): Promise<Pushed> {
    const built = await this.build(repository, version, seed);
    const ran = await this.commands.publish(built, version, {
      outputs: this.outputs,
      image: repository,
      ...different,
      options: { ...different.options, pushByDigest: true, format: "json" },
    });
    return { ...ran, file: this.commands.file("result", ran.stdout), digest: built.descriptor.digest };
  }

  /** Pushes every image of the product by digest. @returns files of their results */
  async pushAll(version: string, seed = version): Promise<string[]> {
    const pushed = await Promise.all(PRODUCT.map((repository) => this.push(repository, version, {}, seed)));
    for (const { code, stderr } of pushed) if (code !== 0) throw new Error(stderr);
    return pushed.map(({ file }) => file);
  }

  /** Runs `image tag` on results. */
  tag(files: readonly string[], different: Partial<TagOptions> = {}): Promise<Ran> {
    const outputs = this.commands.outputs(this.outputs);
    const options: TagOptions = { outputs, lock: "now", format: "json", ...different };
    return this.commands.run((io) => tag.run([...files], options, io));
  }

  /** Runs `image publish-all` on a list. */
  publishAll(list: object | string, different: Partial<PublishAllOptions> = {}): Promise<Ran> {
    const { world, commands } = this;
    const file = commands.file("list", list);
    const options: PublishAllOptions = {
      ...{ outputs: commands.outputs(this.outputs), key: join(world.dir, world.keyFile) },
      ...{ lock: "now", format: "json", ...different },
    };
    return commands.run((io) => publishAll.run(file, options, io));
  }

  /** What a list says of an image that was built and scanned. */
  async listed(repository: string, version: string): Promise<{ image: string; source: string; scan: string[] }> {
    const built = await this.build(repository, version);
    const scan = [this.commands.file("scan", trivyReport(built.config.digest))];
    return { image: repository, source: `oci:${built.layout}`, scan };
  }

  buildFile(version: string): string {
    return this.commands.file("build", buildOf(version));
  }

  /** What a tag stands for in each repository, where it is there. */
  async standing(version: string, host = this.host): Promise<Record<string, Digest | undefined>> {
    return this.world.registries(async (registries) => {
      const found = PRODUCT.map(async (repository) => {
        const resolved = await registries.session(host).repository(repository).resolve(version);
        return [repository, resolved?.digest] as const;
      });
      return Object.fromEntries(await Promise.all(found));
    });
  }
}

/** A publication by digest, and the file of its result. */
export interface Pushed extends Ran {
  file: string;
  digest: Digest;
}
