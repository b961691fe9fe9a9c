import { Listr, type ListrDefaultRendererLogLevels, ListrLogger, ProcessOutput } from "listr2";
import { flowedText, flowText, timeText } from "../base/text/units";
import type { Phase, PhaseTime } from "../images/phases";

/** Milliseconds between two pictures of a flow. */
const EVERY = 200;

/** Shows the phases as a live list on standard error: bytes, rate and time left while bytes flow. */
export async function showPhases<State>(phases: readonly Phase<State>[], state: State): Promise<readonly PhaseTime[]> {
  const times: PhaseTime[] = [];
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  });
  const tasks = phases.map(({ name, run }) => ({
    title: name,
    rendererOptions: { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true },
    task: async (_: unknown, task: { title: string; output: string }) => {
      const start = performance.now();
      let [done, total, shown] = [0, 0, 0];
      const bytes = (count: number) => {
        done += count;
        const now = performance.now();
        if (now - shown < EVERY) return;
        shown = now;
        task.title = `${name}: ${flowText(done, total, now - start)}`;
      };
      await run(state, { bytes, total: (more) => (total += more), note: (line) => (task.output = line) });
      const milliseconds = performance.now() - start;
      times.push({ phase: name, milliseconds });
      task.title = `${name}: ${timeText(milliseconds)}${done > 0 ? `, ${flowedText(done, total, milliseconds)}` : ""}`;
    },
  }));
  await new Listr(tasks, { exitOnError: true, rendererOptions: { logger, collapseErrors: false } }).run();
  return times;
}
