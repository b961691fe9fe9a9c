import { type EngineSample, hasEngine, withEngine } from "./support/engine";
import { median } from "./support/measure";
import { withTemporary } from "./support/program";
import { writeFlatProject, writeStageProject } from "./support/projects";
import type { Row } from "./support/table";

const OPERATIONS = ["preview", "up"] as const;
type Operation = (typeof OPERATIONS)[number];
interface Life extends Record<Operation, EngineSample> {
  resources: number;
}

/** Previews and makes a stack under the real engine: cold, as a CI run is. */
async function life(write: (folder: string, consumers: number) => void, consumers: number): Promise<Life> {
  const lives: Life[] = [];
  await withTemporary((folder) =>
    withTemporary(async (room) => {
      write(folder, consumers);
      await withEngine(folder, room, async ({ run, standing }) => {
        const preview = await run("preview");
        const up = await run("up", "--yes", "--skip-preview");
        lives.push({ preview, up, resources: standing() });
      });
    }),
  );
  const [only] = lives;
  if (only === undefined) throw new Error("The engine's life left no figures");
  return only;
}

/** Without passwords, of which the flat program has none either: they are made by Azure, not by the engine. */
const writeWithoutPasswords = (folder: string, consumers: number) =>
  writeStageProject(folder, consumers, { "dual-registry:passwords": "off" });

/**
 * A stage with many consumers against the same registries and tokens in a flat program without components, both under
 * the real engine over the same stand-ins. The stage also makes its log and its gates, which count against it.
 */
export async function engine(consumers: number, runs: number): Promise<Row[]> {
  if (!hasEngine()) {
    console.error("engine: left out, no pulumi command was found");
    return [];
  }
  const stage: Life[] = [];
  const flat: Life[] = [];
  for (let run = 0; run < runs; run++) {
    stage.push(await life(writeWithoutPasswords, consumers));
    flat.push(await life(writeFlatProject, consumers));
  }
  const counts = `${stage[0]?.resources ?? 0} / ${flat[0]?.resources ?? 0} resources`;
  return OPERATIONS.flatMap((operation) => {
    const of = (figure: keyof EngineSample) => {
      const [ours, theirs] = [stage, flat].map((lives) => median(lives.map((each) => each[operation][figure])));
      return [ours ?? Number.NaN, theirs ?? Number.NaN] as const;
    };
    const row = (what: string, unit: string, [ours, theirs]: readonly [number, number]): Row => ({
      what: `${operation}, ${consumers} consumers, ${what} against a flat program`,
      figures: `${ours.toFixed(1)} ${unit} / ${theirs.toFixed(1)} ${unit}, ${counts}`,
      value: ours / theirs,
      bar: 1.2,
    });
    return [row("time", "s", of("seconds")), row("memory", "MB", of("megabytes"))];
  });
}
