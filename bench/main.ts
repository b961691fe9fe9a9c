import { compliance } from "./compliance";
import { imageConsole } from "./console";
import { copying } from "./copying";
import { engine } from "./engine";
import { gates } from "./gates";
import { gitopsCheck } from "./gitopsCheck";
import { gitopsPromote } from "./gitopsPromote";
import { growth } from "./growth";
import { labels } from "./labels";
import { planning } from "./planning";
import { sample } from "./sample";
import { stages } from "./stages";
import { startup } from "./startup";
import { type Row, table } from "./support/table";

/** Each part of the bench with the runs that its medians are of. */
const PARTS: Readonly<Record<string, () => Promise<Row[]> | Row[]>> = {
  startup: () => startup(5),
  planning: () => planning(5),
  stages: () => stages(5),
  "growth-10": () => growth(10, 5),
  "growth-100": () => growth(100, 5),
  "growth-1000": () => growth(1_000, 1),
  "engine-200": () => engine(200, 1),
  copying: () => copying(3),
  gates: () => gates(3),
  sample: () => sample(5),
  "gitops-check": () => gitopsCheck(3),
  "gitops-promote": () => gitopsPromote(3),
  compliance: () => compliance(3),
  console: () => imageConsole(7),
  labels: () => labels(3),
};

/** `npm run bench [-- part ...]`: prints ratios measured in one run; figures are of this machine, ratios travel. */
async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((part) => !(part in PARTS));
  if (unknown.length > 0) {
    console.error(`No such part: ${unknown.join(", ")}; allowed: ${Object.keys(PARTS).join(", ")}`);
    return 2;
  }
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    if (process.stderr.isTTY) console.error(`${name} …`);
    rows.push(...(await part()));
  }
  console.log(table(rows));
  return 0;
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
