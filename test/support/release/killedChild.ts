import type { Ground } from "./faultsGround";
import { beginning, type Job, runJob } from "./faultsJob";

/** What the parent sends: once to get everything loaded, once to begin. */
export type Order = { ground: Ground; warm: Job } | { job: Job };

/** What the child tells: that it is loaded, where it is, that it is through. */
export type Told = { ready: true } | { phase: string } | { done: true } | { failed: string };

const tell = (told: Told): void => void process.send?.(told);

/** Runs transactions as they are ordered, one after the other, until it is killed. */
async function obey(ground: Ground, order: Order): Promise<void> {
  if ("ground" in order) {
    // A look at the image alone loads nearly everything that a run needs.
    await runJob(ground, order.warm);
    tell({ ready: true });
    return;
  }
  await runJob(ground, order.job, { listener: beginning((phase) => tell({ phase })) });
  tell({ done: true });
}

let ground: Ground | undefined;
process.on("message", (order: Order) => {
  if ("ground" in order) ground = order.ground;
  if (ground === undefined) return;
  obey(ground, order).catch((error: unknown) => tell({ failed: String(error) }));
});
process.on("disconnect", () => process.exit(0));
