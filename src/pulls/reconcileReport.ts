import { escapeUnsafe } from "../base/text/unsafe";
import { terminalTable } from "../base/text/table";
import type { PullStage } from "./judgePull";
import { JOIN_VERDICTS, type JoinedPull } from "./reconcile";

/** What `dualreg pulls reconcile --format json` writes. */
export interface ReconcileReport {
  reconciliation: "dual-registry pulls";
  version: 1;
  product: string;
  stage: string;
  /** ISO 8601 in UTC. */
  reconciledAt: string;
  /** The time it is about, ISO 8601 in UTC. */
  from: string;
  to: string;
  /** Seconds that a line and an event may be apart. */
  window: number;
  counts: Record<JoinedPull["verdict"], number>;
  pulls: readonly JoinedPull[];
}

/** Where and when was looked. */
interface Reconciled {
  stage: PullStage;
  from: Date;
  to: Date;
  window: number;
  now: Date;
}

/** The report of what was joined. */
export function reconcileReport(
  pulls: readonly JoinedPull[],
  { stage, from, to, window, now }: Reconciled,
): ReconcileReport {
  const counts = Object.fromEntries(
    JOIN_VERDICTS.map((verdict) => [verdict, pulls.filter((one) => one.verdict === verdict).length]),
  ) as ReconcileReport["counts"];
  return {
    ...{ reconciliation: "dual-registry pulls", version: 1, product: stage.product, stage: stage.stage },
    ...{ reconciledAt: now.toISOString(), from: from.toISOString(), to: to.toISOString(), window, counts, pulls },
  };
}

/** The report as a table, and below it what each verdict is known by. */
export function reconcileText({ product, stage, from, to, pulls, counts }: ReconcileReport): string {
  const rows = pulls.map(({ verdict, trust, line, events: [event], by }) => [
    ...[verdict, trust, line?.time ?? event?.time ?? "", line?.verdict ?? "-"],
    line?.reference ?? `${event?.registry ?? ""}/${event?.repository ?? ""}`,
    ...[(line?.digest ?? event?.digest ?? "-").slice(0, 19), by[0] ?? ""],
  ]);
  const head = ["VERDICT", "TRUST", "TIME", "LOGGED AS", "IMAGE", "DIGEST", "BY"];
  const sum = JOIN_VERDICTS.map((verdict) => `${counts[verdict]} ${verdict}`).join(", ");
  const table = terminalTable([head, ...rows].map((cells) => cells.map((cell) => escapeUnsafe(cell))));
  return `${[`${escapeUnsafe(product)} ${escapeUnsafe(stage)}, ${from} to ${to}`, ...table, sum].join("\n")}\n`;
}
