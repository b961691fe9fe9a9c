import { judgePull, type PullStage } from "./judgePull";
import type { PullLine, PullSource } from "./line";
import { lineStream } from "./lineStream";
import { containerdParser } from "./sources/containerd";
import { crioParser } from "./sources/crio";
import { dockerParser } from "./sources/docker";
import { eventsParser } from "./sources/events";
import type { PullParser } from "./sources/parser";

const PARSERS: Readonly<Record<PullSource, (now: () => Date) => PullParser>> = {
  containerd: containerdParser,
  crio: crioParser,
  events: eventsParser,
  docker: dockerParser,
};

/** What a source is read by. */
export interface PullLogOptions {
  source: PullSource;
  stage: PullStage;
  now: () => Date;
  /** Who pulls, where the source does not say it. */
  who?: { node?: string; identity?: string };
}

/** What was read. */
export interface PullLogCounts {
  lines: number;
  /** Lines that are unreadable or too long: counted, and nothing else. */
  unreadable: number;
}

/** The agent's whole work: one judged line for every pull that a source tells of, as soon as it is complete. */
export async function* pullLog(
  input: AsyncIterable<Buffer | string>,
  { source, stage, now, who = {} }: PullLogOptions,
  counts: PullLogCounts,
): AsyncGenerator<PullLine> {
  const parser = PARSERS[source](now);
  const judge = (event: Parameters<typeof judgePull>[0]) => judgePull({ ...who, ...event }, stage);
  const skipped = () => {
    counts.unreadable += 1;
    parser.skipped?.();
  };
  for await (const line of lineStream(input, skipped)) {
    counts.lines += 1;
    const events = parser.feed(line);
    if (events === undefined) counts.unreadable += 1;
    for (const event of events ?? []) yield judge(event);
  }
  for (const event of parser.end()) yield judge(event);
}
