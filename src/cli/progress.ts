import { flowedText, timeText } from "../base/text/units";
import { type Finished, type PhaseListener, runTransaction, type Transaction } from "../images/phases";
import { type Io, isLive } from "./io";
import { showPhases } from "./liveList";

/** Runs a transaction where people can follow: a live list on a terminal, a line a phase elsewhere. */
export async function followPhases<Result>(
  transaction: Transaction<Result>,
  io: Io,
  lead = "",
): Promise<Finished<Result>> {
  const { stderr } = io;
  if (lead === "" && stderr.terminal && isLive(io)) return showPhases(transaction, stderr.terminal);
  const listener = lines((text) => stderr.write(`${lead}${text}\n`));
  return runTransaction(transaction, listener);
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
