import { status } from "@grpc/grpc-js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { ORGANIZATION } from "./runProgram";
import { WireError } from "./wire";

/** What became of a stage, as far as those who refer to it care. */
export type StageOutcome = { failed: false; outputs: Struct } | { failed: true };

/** What the board asks of whoever runs the stages. */
export interface StageStarter {
  project: string;
  /** True when the stage has a stack file. */
  exists(stack: string): boolean;
  /** The stage's outcome; starts the stage when it was not asked for. */
  outcome(stack: string): Promise<StageOutcome>;
}

/** The error of a reference whose stage failed: the stage that reads it is blameless. */
export class ConsequenceError extends WireError {}

/** Which stage waits for which: answers stack references and refuses to let stages wait in a circle. */
export class ReferenceBoard {
  private readonly waits = new Map<string, Set<string>>();

  constructor(private readonly stages: StageStarter) {}

  /**
   * The outputs of a referenced stack, when its stage is finished.
   *
   * @param from the stage that asks
   * @param reference `stack`, `organization/stack` or `organization/project/stack`
   * @returns the outputs as they came over the wire; `undefined` for another organization's or project's stack
   * @throws WireError for a stack that does not exist, a circle of references, or (ConsequenceError) a failed stage
   */
  async outputsOf(from: string, reference: string): Promise<Struct | undefined> {
    const stack = this.ownStack(reference);
    if (stack === undefined) return undefined;
    if (!this.stages.exists(stack)) throw new WireError(status.UNKNOWN, `unknown stack "${reference}"`);
    const circle = this.path(stack, from);
    if (circle !== undefined) {
      const names = [from, ...circle].join(" -> ");
      throw new WireError(status.FAILED_PRECONDITION, `Stack references go in a circle: ${names}`);
    }
    const waiting = this.waits.get(from) ?? new Set();
    this.waits.set(from, waiting.add(stack));
    const outcome = await this.stages.outcome(stack);
    waiting.delete(stack);
    if (outcome.failed) {
      const message = `Cannot read the outputs of stack "${reference}": its own preview failed`;
      throw new ConsequenceError(status.FAILED_PRECONDITION, message);
    }
    return outcome.outputs;
  }

  /** The stack's name when it is one of this project's. */
  private ownStack(reference: string): string | undefined {
    const parts = reference.split("/");
    const stack = parts.pop();
    const [organization = ORGANIZATION, project = this.stages.project] = parts;
    return organization === ORGANIZATION && project === this.stages.project ? stack : undefined;
  }

  /** The stages from one to another along their waits, both included. */
  private path(from: string, to: string): string[] | undefined {
    if (from === to) return [to];
    for (const next of this.waits.get(from) ?? []) {
      const rest = this.path(next, to);
      if (rest !== undefined) return [from, ...rest];
    }
    return undefined;
  }
}
