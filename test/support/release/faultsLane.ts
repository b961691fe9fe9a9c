import { type Fault, type FaultProxy, startFaultProxy } from "../registries";
import type { Hit } from "../registries/faults";
import type { Ground } from "./faultsGround";
import { beginning, type Job, runJob, type SessionTuning } from "./faultsJob";

/** A sort of request in one phase of a transaction. */
export interface Slot {
  phase: string;
  side: "qa" | "uat";
  kind: string;
}

/** Patience for a test: what hangs is given up after a second. */
export const TUNING: SessionTuning = {
  timeouts: { connect: 3000, headers: 1000, idle: 1000, response: 3000, commit: 1000 },
  retry: { attempts: 5, base: 10, maxPause: 50, maxRetryAfter: 500 },
};

const SHAPES: readonly [RegExp, string][] = [
  [/^\/oauth2\//, "token"],
  [/^\/acr\/v1\/.*\/_tags\//, "lock of a tag"],
  [/^\/acr\/v1\//, "lock of a manifest"],
  [/\/blobs\/uploads\//, "upload"],
  [/\/blobs\//, "blob"],
  [/\/referrers\//, "referrers"],
  [/\/tags\/list/, "tags"],
  [/\/manifests\/sha256:/, "manifest"],
  [/\/manifests\/sha256-/, "list of referrers"],
  [/\/manifests\//, "tag"],
];

/** The sort of a request, such as "PUT manifest". */
export function kindOf({ method, path }: Hit): string {
  const shape = SHAPES.find(([pattern]) => pattern.test(path));
  return `${method} ${shape?.[1] ?? "ping"}`;
}

/** A way to both registries by which things can go wrong; one job at a time. */
export class Lane {
  private phase = "";

  private constructor(
    readonly ground: Ground,
    readonly proxies: Readonly<Record<"qa" | "uat", FaultProxy>>,
  ) {}

  static async begin({ qa, uat, ...rest }: Ground): Promise<Lane> {
    const proxies = { qa: await startFaultProxy(qa.host), uat: await startFaultProxy(uat.host) };
    const facts = { ...rest, qa: { ...qa, host: proxies.qa.host }, uat: { ...uat, host: proxies.uat.host } };
    return new Lane(facts, proxies);
  }

  /** Runs a job while nothing goes wrong, and tells the sorts of its requests by phase. */
  async observe(job: Job): Promise<readonly Slot[]> {
    const slots = new Map<string, Slot>();
    const see = (side: "qa" | "uat") => (hit: Hit) => {
      const slot = { phase: this.phase, side, kind: kindOf(hit) };
      slots.set(JSON.stringify(slot), slot);
      return false;
    };
    await this.run(job, (side) => ({ match: see(side), fault: { kind: "expired" } }));
    return [...slots.values()];
  }

  /** Runs a job; the first request of a sort goes wrong. */
  runOnce(job: Job, slot: Slot, fault: Fault, tuning?: SessionTuning): Promise<void> {
    const match = (side: string) => (hit: Hit) =>
      side === slot.side && this.phase === slot.phase && kindOf(hit) === slot.kind;
    return this.run(job, (side) => ({ match: match(side), at: 1, fault }), tuning);
  }

  /** Runs a job; from the beginning of a phase on, whatever `match` says goes wrong at the target. */
  runFrom(job: Job, phase: string, match: (hit: Hit) => boolean, fault: Fault): Promise<void> {
    const target = job.what === "promote" ? "uat" : (job.to ?? "qa");
    let begun = false;
    return this.run(job, (side) => ({
      match: (hit) => {
        begun ||= this.phase === phase;
        return begun && side === target && match(hit);
      },
      fault,
    }));
  }

  /** Runs a job while nothing goes wrong. */
  runWell(job: Job): Promise<void> {
    return this.run(job, () => ({ match: () => false, fault: { kind: "expired" } }));
  }

  private async run(
    job: Job,
    ruleOf: (side: "qa" | "uat") => { match: (hit: Hit) => boolean; at?: number; fault: Fault },
    tuning = TUNING,
  ): Promise<void> {
    this.phase = "";
    for (const side of ["qa", "uat"] as const) this.proxies[side].use({ rules: [ruleOf(side)] });
    try {
      await runJob(this.ground, job, { tuning, listener: beginning((phase) => (this.phase = phase)) });
    } finally {
      for (const proxy of Object.values(this.proxies)) proxy.use({});
    }
  }

  async end(): Promise<void> {
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.stop()));
  }
}

/** Works off tasks, each on a lane that is free. */
export async function onLanes<T>(
  lanes: readonly Lane[],
  tasks: readonly T[],
  work: (lane: Lane, task: T) => Promise<void>,
): Promise<void> {
  const waiting = [...tasks];
  const failures: unknown[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        await work(lane, task).catch((error: unknown) => failures.push(error));
      }
    }),
  );
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join("\n"));
}
