import { utimesSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf } from "../../../src/base/digest";
import { runSweep, type SweepOptions, type SweepResult } from "../../../src/cli/image/sweep";
import { pushTiny, tinyImage } from "../../../src/images/smoke";
import { MEDIA } from "../../../src/oci/manifest";
import type { RegistryRepository } from "../../../src/oci/registry/session";
import { type LogEvent, LogWorkspace } from "../azure/logAnalytics";
import { Mint } from "../azure/mint";
import { type StandIn, startStandIn } from "../azure/standIn";
import { throughStandIn } from "../azure/throughStandIn";
import { Commands } from "./commands";
import { World } from "./world";

const GROUP = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-orders/providers";
const WORKSPACE = `${GROUP}/Microsoft.OperationalInsights/workspaces/log-orders`;
const REGISTRY = `${GROUP}/Microsoft.ContainerRegistry/registries/ordersuatsecure`;
const PATH = "orders/api";
const DAY = 86_400_000;

/** A time so many days ago. */
export const ago = (days: number): Date => new Date(Date.now() - days * DAY);

/** One repository of a registry that behaves as Azure's, and the workspace that its audit log is in. */
export class SweepGround {
  private constructor(
    readonly world: World,
    readonly commands: Commands,
    readonly workspace: LogWorkspace,
    readonly standIn: StandIn,
    readonly mint: Mint,
  ) {}

  static async begin(): Promise<SweepGround> {
    const world = await World.begin("acr");
    const mint = new Mint();
    const workspace = new LogWorkspace(WORKSPACE, mint);
    return new SweepGround(world, new Commands(world), workspace, await startStandIn(workspace.service), mint);
  }

  async end(): Promise<void> {
    await this.standIn.stop();
    await this.world.end();
  }

  /** A log that is whole: a push elsewhere every three days of the last 120. */
  wholeLog(): void {
    this.workspace.events.length = 0;
    this.workspace.clock = () => new Date();
    this.workspace.mostRows = Infinity;
    this.workspace.partial = undefined;
    for (let days = 120; days >= 0; days -= 3) {
      this.event({ at: ago(days), repository: "other/image", operation: "Push" });
    }
  }

  event(over: Partial<LogEvent>): void {
    const table = "ContainerRegistryRepositoryEvents" as const;
    this.workspace.events.push({ table, at: ago(1), resourceId: REGISTRY.toUpperCase(), repository: PATH, ...over });
  }

  /** Forgets events. */
  keepEvents(keep: (at: Date) => boolean): void {
    const { events } = this.workspace;
    events.splice(0, Infinity, ...events.filter(({ at }) => keep(at)));
  }

  /** Pushes an image and makes its files as old as that. */
  async push(tag: string | undefined, days: number): Promise<Digest> {
    const image = tinyImage();
    await this.inRepository(async (target) => {
      await pushTiny(target, image);
      if (tag !== undefined) await target.writeManifest(image.manifest, { tag });
    });
    return this.aged(image.manifest.digest, days);
  }

  /** Pushes an index of manifests that are there. */
  async index(tag: string, children: readonly Digest[], days: number): Promise<Digest> {
    return this.inRepository(async (target) => {
      const manifests = await Promise.all(children.map((child) => target.resolve(child)));
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }));
      const manifest = { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociIndex };
      await target.writeManifest(manifest, { tag });
      return this.aged(manifest.digest, days);
    });
  }

  async isThere(digest: Digest): Promise<boolean> {
    return this.inRepository(async (target) => (await target.resolve(digest)) !== undefined);
  }

  outputs(days: number) {
    const { uat } = this.world.outputs;
    const secure = { ...uat.registries.secure, id: REGISTRY };
    const categories = ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"];
    return {
      ...uat,
      registries: { ...uat.registries, secure },
      retention: { ...uat.retention, rule: { rule: "inactive" as const, days } },
      logging: { workspaceId: WORKSPACE, categories },
    };
  }

  /** Runs the sweep by the log. `why` is what it says of a manifest. */
  async sweep(options: Partial<SweepOptions> = {}, days = 90, named = [PATH]) {
    const outputs = this.commands.outputs(this.outputs(days));
    const all: SweepOptions = { outputs, maxGap: 7, format: "json", activity: "log", ...options };
    const account = throughStandIn(this.standIn.url, this.mint);
    const ran = await this.commands.run((io) => runSweep(named, all, io, account));
    const [result] = ran.stdout === "" ? [] : (JSON.parse(ran.stdout) as SweepResult[]);
    const why = (digest: Digest) => {
      const decision = result?.plan.decisions.find((one) => one.digest === digest);
      return `${decision?.action ?? ""}: ${decision?.why ?? ""}`;
    };
    return { ...ran, result, why };
  }

  private inRepository<T>(use: (target: RegistryRepository) => Promise<T>): Promise<T> {
    return this.world.registries((registries) => use(registries.session(this.world.uatHost).repository(PATH)));
  }

  private aged(digest: Digest, days: number): Digest {
    const revisions = `docker/registry/v2/repositories/${PATH}/_manifests/revisions/sha256`;
    utimesSync(join(this.world.uat.storageDir, revisions, digest.slice(7)), ago(days), ago(days));
    return digest;
  }
}
