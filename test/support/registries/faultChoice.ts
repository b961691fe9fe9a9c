import { COMMON_FAULTS, type Fault, type FaultPlan, type Hit } from "./faults";

/** Decides what happens to each request of a plan, in the order in which they come. */
export class FaultChoice {
  private readonly hits = new Map<object, number>();
  private readonly draw: () => number;

  constructor(private readonly plan: FaultPlan) {
    this.draw = seeded(plan.chance?.seed ?? 0);
  }

  /** The fault for a request, if any. Every rule that matches counts it, whichever comes first. */
  next(hit: Hit): Fault | undefined {
    let chosen: Fault | undefined;
    for (const rule of this.plan.rules ?? []) {
      if (!rule.match(hit)) continue;
      const count = (this.hits.get(rule) ?? 0) + 1;
      this.hits.set(rule, count);
      if (rule.at === undefined || rule.at === count) chosen ??= rule.fault;
    }
    return chosen ?? this.byChance(hit);
  }

  private byChance(hit: Hit): Fault | undefined {
    const { chance } = this.plan;
    if (chance === undefined || !(chance.match ?? (() => true))(hit)) return undefined;
    const [falls, which] = [this.draw(), this.draw()];
    const faults = chance.faults ?? COMMON_FAULTS;
    return falls < chance.probability ? faults[Math.floor(which * faults.length)] : undefined;
  }
}

/** Numbers from 0 up to 1 that a seed decides: a linear congruence modulo 2^32, of which the high bits are used. */
function seeded(seed: number): () => number {
  let state = (seed ^ 0x2545f491) >>> 0;
  const step = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  for (let i = 0; i < 8; i++) step();
  return () => step() / 2 ** 32;
}
