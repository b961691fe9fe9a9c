import { outputsSchema } from "../src/outputs";
import { FORMATS, RENDERERS, type ReportFormat } from "../src/reports";
import { makeReport } from "../src/reports/makeReport";
import type { StageSource } from "../src/reports/model";
import { stageOfOutputs } from "../src/reports/stages";
import { outputsOf } from "../test/support/compliance/reportGround";
import { median } from "./support/measure";
import type { Row } from "./support/table";

const NOW = new Date("2026-11-21T12:00:00Z");

/** Registries in the outputs of one stage. */
const PAIR = 2;

const BASE = JSON.stringify(outputsOf({ stack: "prod" }));

/** The outputs of that many registries, each stage of a product of its own, as text. */
function* texts(registries: number): Generator<string> {
  for (let at = 0; at < registries / PAIR; at++) yield BASE.replace('"product":"orders"', `"product":"orders${at}"`);
}

const decode = (text: string) => outputsSchema.parse(JSON.parse(text));

/** Seconds of processor time, garbage collection among it: what else runs on the machine counts for nothing. */
function seconds(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const decoding = (registries: number): number =>
  seconds(() => {
    for (const text of texts(registries)) decode(text);
  });

/** From the text of outputs to the text of the report. */
const reporting = (registries: number, format: ReportFormat): number =>
  seconds(() => {
    const stages: StageSource[] = [];
    for (const text of texts(registries)) stages.push(stageOfOutputs(decode(text), "bench"));
    return RENDERERS[format](makeReport(stages, NOW), { now: NOW, toolVersion: "0.0.0", folder: "" }).length;
  });

/** The middle of ratios whose two sides were measured one right after the other. */
function ratio(runs: number, one: () => number, other: () => number): { value: number; figures: string } {
  const pairs = Array.from({ length: runs }, () => [one(), other()] as const);
  const [a, b] = [median(pairs.map(([first]) => first)), median(pairs.map(([, second]) => second))];
  return {
    value: median(pairs.map(([first, second]) => first / second)),
    figures: `${a.toFixed(2)} s / ${b.toFixed(2)} s`,
  };
}

/** Reports of 1,000 registries against their decoding, in every format; and of 10,000 against ten times 1,000. */
export function compliance(runs: number): Row[] {
  for (const format of FORMATS) reporting(100, format);
  const rows = FORMATS.map((format) => ({
    what: `compliance of 1,000 registries as ${format}, against decoding their outputs`,
    ...ratio(
      runs,
      () => reporting(1_000, format),
      () => decoding(1_000),
    ),
    bar: 10,
  }));
  const linear = ratio(
    runs,
    () => reporting(10_000, "json"),
    () => Array.from({ length: 10 }, () => reporting(1_000, "json")).reduce((sum, one) => sum + one, 0),
  );
  return [...rows, { what: "compliance of 10,000 registries against ten times 1,000", ...linear, bar: 1 }];
}
