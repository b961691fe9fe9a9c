import { resolve } from "node:path";
import { defined } from "../src/base/defined";
import { middle, type Sample } from "./support/measure";
import { runUnderPulumi, withTemporary } from "./support/program";
import type { Row } from "./support/table";

const PROGRAMS = {
  stage: resolve(__dirname, "../examples/company"),
  empty: resolve(__dirname, "programs/empty"),
  template: resolve(__dirname, "programs/template"),
} as const;

type Name = keyof typeof PROGRAMS;
const NAMES = Object.keys(PROGRAMS) as Name[];
const figures = ({ seconds, megabytes }: Sample) => `${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB`;

/**
 * The program's own process for qa under Pulumi's Node runtime, cold (nothing transpiled yet: every CI run) and warm,
 * against an empty program and against the template that type-checks. One after the other, so that the machine's moods
 * meet all alike.
 */
export async function startup(runs: number): Promise<Row[]> {
  const cold: Record<Name, Sample[]> = { stage: [], empty: [], template: [] };
  const warm: Record<Name, Sample[]> = { stage: [], empty: [], template: [] };
  for (let run = 0; run < runs; run++) {
    for (const name of NAMES) {
      await withTemporary(async (temporary) => {
        cold[name].push(await runUnderPulumi({ folder: PROGRAMS[name], stack: "qa" }, temporary));
        warm[name].push(await runUnderPulumi({ folder: PROGRAMS[name], stack: "qa" }, temporary));
      });
    }
  }
  const c = { stage: middle(cold.stage), empty: middle(cold.empty), template: middle(cold.template) };
  const w = { stage: middle(warm.stage), empty: middle(warm.empty), template: middle(warm.template) };
  const against = (ours: Sample, theirs: Sample) => `${figures(ours)} / ${figures(theirs)}`;
  return [
    row("time, cold, against the template", c.stage.seconds / c.template.seconds, against(c.stage, c.template), 0.6),
    row("memory, cold, against the template", c.stage.megabytes / c.template.megabytes, "", 0.5),
    row("time, cold, against an empty program", c.stage.seconds / c.empty.seconds, against(c.stage, c.empty)),
    row("time, warm, against an empty program", w.stage.seconds / w.empty.seconds, against(w.stage, w.empty)),
    row("time, warm, against the template", w.stage.seconds / w.template.seconds, against(w.stage, w.template)),
  ];
}

function row(what: string, value: number, figures: string, bar?: number): Row {
  return { what, value, figures, ...defined({ bar }) };
}
