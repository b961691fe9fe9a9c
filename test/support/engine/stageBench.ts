import assert from "node:assert/strict";
import { recordStages } from "../../../src/preview/record/recordStages";
import type { Recording } from "../../../src/preview/recording";
import { type Providers, startProviders } from "../providers/startProviders";
import { type EngineAzure, startEngineAzure } from "./engineAzure";
import { EngineProject } from "./engineProject";
import { EngineStack } from "./engineStack";
import { seedFoundThere } from "./foundThere";

/** A project of its own, a cloud of its own, and the stacks of both. */
export class StageBench {
  private readonly stacks = new Map<string, Promise<EngineStack>>();

  private constructor(
    readonly project: EngineProject,
    readonly providers: Providers,
    /** What the program's own resources talk to. */
    readonly azure: EngineAzure,
  ) {}

  /**
   * With what the project's stages find there already.
   *
   * @param name the project: `company` or a fixture's
   */
  static async open(name: string): Promise<StageBench> {
    const providers = await startProviders();
    seedFoundThere(name, providers.cloud);
    return new StageBench(new EngineProject(name), providers, await startEngineAzure(providers));
  }

  /** A stage's stack; the first time it is asked for it is made. */
  stack(stage: string): Promise<EngineStack> {
    const stack =
      this.stacks.get(stage) ?? EngineStack.create(this.project, stage, this.providers, this.azure.azure.url);
    this.stacks.set(stage, stack);
    return stack;
  }

  /** What the offline preview says of a stage as its files stand now. */
  async record(stage: string): Promise<Recording> {
    const { recordings, failures } = await recordStages({ projectDir: this.project.dir, stages: [stage] });
    const recording = recordings.get(stage);
    assert.ok(recording, failures.map(({ message }) => message).join("\n"));
    return recording;
  }

  /** The ids of all that stands in the cloud, sorted. */
  get standing(): readonly string[] {
    return this.providers.cloud
      .all()
      .map(({ id }) => id)
      .sort();
  }

  /** Takes all protection off in a stage's file, as somebody does who tears it down on purpose. */
  unprotect(stage: string): void {
    for (const imageClass of ["secure", "standard"]) {
      this.project.set(["dual-registry:registries", imageClass, "protect"], false, stage);
    }
    this.project.set(["dual-registry:protection"], { lock: false, retain: false }, stage);
  }

  async close(): Promise<void> {
    await this.providers.close();
    await this.azure.azure.stop();
    this.project.remove();
  }
}
