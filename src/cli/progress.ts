import { createRequire } from "node:module";
import { flowedText, timeText } from "../base/text/units";
import { type Finished, type PhaseListener, runTransaction, type Transaction } from "../images/phases";
import type * as Shown from "./listProgress";
import type { Surroundings } from "./previewRun";

const load = createRequire(__filename);

/** Runs a transaction where people can follow: a live list on a terminal, a line a phase elsewhere. */
export async function followPhases<Result>(
  transaction: Transaction<Result>,
  { stderr, env }: Surroundings,
  lead = "",
): Promise<Finished<Result>> {
  if (lead === "" && isLive(stderr, env)) return (load("./listProgress") as typeof Shown).showPhases(transaction);
  return runTransaction(
    transaction,
    lines((text) => stderr.write(`${lead}${text}\n`)),
  );
}

/** True for a terminal that somebody looks at; one without columns would get a line a letter. */
function isLive(stderr: Surroundings["stderr"], env: Surroundings["env"]): boolean {
  const columns = "columns" in stderr ? stderr.columns : undefined;
  return stderr.isTTY === true && columns !== 0 && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
}

/** A line when a phase ends, with its time and what flowed; notes as they come. */
function lines(write: (text: string) => void): PhaseListener {
  const flowed = new Map<string, { bytes: number; total: number }>();
  return {
    begin: (phase) => {
      const flow = { bytes: 0, total: 0 };
      flowed.set(phase, flow);
      return {
        total: (bytes) => (flow.total += bytes),
        bytes: (count) => (flow.bytes += count),
        note: (line) => write(`${phase}: ${line}`),
      };
    },
    end: (phase, milliseconds) => {
      const { bytes, total } = flowed.get(phase) ?? { bytes: 0, total: 0 };
      write(`${phase}: ${timeText(milliseconds)}${bytes > 0 ? `, ${flowedText(bytes, total, milliseconds)}` : ""}`);
    },
  };
}
