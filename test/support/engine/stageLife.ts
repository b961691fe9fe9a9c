import assert from "node:assert/strict";
import type { Recording } from "../../../src/preview/recording";
import type { Yaml } from "./engineProject";
import type { EngineRun } from "./engineRun";
import type { EngineStack } from "./engineStack";
import * as expect from "./expectations";
import { StageBench } from "./stageBench";

/** Which stage lives. */
export interface LifeOf {
  /** See `projectFolder`. */
  project: string;
  stage: string;
  /** The stage that it reads from; it is deployed first. */
  before?: string;
  /** What a refresh learns, since what was made later changed it: `<name> <property>`. Default: nothing. */
  learns?: readonly string[];
}

/** A token of every project whose stage lives. */
export const TOKEN = "orders-secure-token-shop-pull";

/** Its password. */
export const PASSWORD = "orders-passwords-secure-shop-pull";

/** One stage from nothing to nothing: its stack, and what the offline preview said of it last. */
export class StageLife {
  private constructor(
    readonly of: LifeOf,
    readonly bench: StageBench,
    readonly stack: EngineStack,
    /** Of the facts that the last update has seen. */
    public recording: Recording,
    /** What stood in the cloud before the stage came. */
    readonly foundThere: readonly string[],
  ) {}

  static async begin(of: LifeOf): Promise<StageLife> {
    const bench = await StageBench.open(of.project);
    if (of.before !== undefined) expect.assertWell(await (await bench.stack(of.before)).up());
    const stack = await bench.stack(of.stage);
    return new StageLife(of, bench, stack, await bench.record(of.stage), bench.standing);
  }

  /** Brings the stage to its facts, checked at every step: the two previews agree, the update does just this. */
  async change(steps: readonly string[], unsettled: readonly string[] = []): Promise<EngineRun> {
    const head = await this.bench.record(this.of.stage);
    const preview = await this.stack.preview();
    expect.assertSteps(preview, steps);
    assert.deepEqual(preview.unsettled, unsettled);
    expect.assertSameVerdict(this.recording, head, preview);
    const run = await this.stack.up();
    expect.assertSteps(run, steps);
    expect.assertSameState(head, this.stack);
    this.recording = head;
    return run;
  }

  /** Sets a fact of one of the stage's registries; `undefined` takes it out. */
  setRegistry(imageClass: "secure" | "standard", field: string, value: Yaml | undefined): void {
    this.bench.project.set(["dual-registry:registries", imageClass, field], value, this.of.stage);
  }
}
