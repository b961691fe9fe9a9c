import { middle, type Sample } from "./support/measure";
import { runUnderPulumi, withTemporary } from "./support/program";
import { writeFlatProject, writeStageProject } from "./support/projects";
import type { Row } from "./support/table";

type Grown = Sample & { resources: number };

async function sample(write: (folder: string, consumers: number) => void, consumers: number): Promise<Grown> {
  return withTemporary(async (folder) => {
    write(folder, consumers);
    return withTemporary((temporary) => runUnderPulumi({ folder, stack: "qa" }, temporary));
  });
}

/** The program of a stage against a flat program of the same registries and tokens, by number of consumers. */
export async function growth(consumers: number, runs: number): Promise<Row[]> {
  const stage: Grown[] = [];
  const flat: Grown[] = [];
  for (let run = 0; run < runs; run++) {
    stage.push(await sample(writeStageProject, consumers));
    flat.push(await sample(writeFlatProject, consumers));
  }
  const [ours, theirs] = [middle(stage), middle(flat)];
  const perResource = (one: Sample, all: readonly Grown[]) => one.seconds / (all[0]?.resources ?? Number.NaN);
  const text = (one: Sample) => `${one.seconds.toFixed(1)} s, ${one.megabytes.toFixed(0)} MB`;
  return [
    {
      what: `time a resource, ${consumers} consumers, against a flat program`,
      figures: `${text(ours)} / ${text(theirs)}`,
      value: perResource(ours, stage) / perResource(theirs, flat),
      bar: 1.5,
    },
  ];
}
